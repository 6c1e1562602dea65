"""What is the judge shown? What was stored and what the outside world received, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.events import Event
from bot.domain.people import Roster
from bot.domain.signoff import Signoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One audit entry. `written_at` is when it was committed by the database's own clock, if that
    is known from elsewhere than the entry.
    """

    seq: int
    signoff: str
    event: Event
    written_at: datetime | None = None

    @property
    def moment(self) -> datetime:
        return self.written_at or self.event.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that reached the pipeline; not `taken`: it said that it never will.

    `digest` names its exact body.
    """

    message_id: str
    signoff: str
    status: str
    digest: str
    at: datetime
    taken: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A row of the outbox; `effect` is its kind."""

    signoff: str
    effect: str
    parked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Roster and policy from this moment until the next."""

    since: datetime
    roster: Roster
    policy_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a person pressed. `words` are the reason that stands in no other review; `counted`: they
    were told that it was.
    """

    id: str
    person: str
    words: str
    counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Those who were asked are to be reminded: when that was written down."""

    signoff: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """Nobody could have acted on a deadline: no process, or no database."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`entries` in the order of the chain. `acknowledged` are the keys of changes whose senders
    were told that we have them, `keep_older` connections
    whose newer changes supersede none, `of_house` the numbers of entries about no signoff. `calm`: all is up again, and had the time to catch up.

    What is left empty is not known, and not judged. `sweep` is how late an expiry may be while
    somebody could have acted on it; None: nothing is said of that.
    """

    entries: Sequence[Entry]
    stored: Mapping[str, Signoff]
    received: Sequence[Received]
    ended_at: datetime
    waiting: Sequence[Waiting] = ()
    attested: frozenset[str] | None = None
    in_force: Sequence[InForce] = ()
    presses: Sequence[Press] = ()
    reminders: Sequence[Reminder] = ()
    acknowledged: frozenset[str] = frozenset()
    outages: Sequence[Outage] = ()
    sweep: timedelta | None = None
    tolerance: timedelta = timedelta()
    keep_older: frozenset[str] = frozenset()
    of_house: frozenset[int] = frozenset()
    calm: bool = True


@dataclass(frozen=True, slots=True)
class Violation:
    """A law that was broken, and how: in words."""

    law: str
    words: str

    def __str__(self) -> str:
        return f"{self.law}: {self.words}"

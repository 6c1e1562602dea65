"""What have `explain`, `policy test` and `simulate` found? Plain values, ready to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.asking.choosing import Choice
from bot.domain.change import Change
from bot.domain.explanation import RuleAnswer
from bot.domain.judging import Judged
from bot.domain.people import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A change as it would be judged at one moment, with a choice for each of its asks."""

    change: Change
    at: datetime
    judged: Judged
    choices: tuple[Choice, ...]
    roster: Roster
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a server says of one of its signoffs. Not `current`: the policy has changed since."""

    signoff: str
    status: str
    current: bool
    rules: tuple[RuleAnswer, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One expectation that was not met; `rules` and `more` show how it came to that."""

    what: str
    expected: str
    got: str
    rules: tuple[RuleAnswer, ...] = ()
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """An example, and what was not as expected."""

    name: str
    file: str
    line: int
    mismatches: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What nobody can know of people who were never asked."""

    minutes_per_review: float = 10
    reaction: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Share:
    """Of `all` changes, how many would have been asked for."""

    asked: int = 0
    all: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one policy would have asked for, of all changes and of those each rule applied to.

    `people` counts the asks of each person. `signatures` are all that would have been needed.
    `stuck`: too few could be asked; `late`: too few would have answered before it expired. The
    delays are those of all others, and None where there are none.
    """

    changes: Share
    ai: Mapping[str, Share]
    risk: Mapping[str, Share]
    rules: Mapping[str, Share]
    people: Mapping[str, int]
    signatures: int
    stuck: int
    late: int
    median_delay: timedelta | None
    p95_delay: timedelta | None
    shadow: bool = False


class Shift(StrEnum):
    """How the candidate treats a change otherwise than the policy of today."""

    NEWLY = "newly asked for"
    NO_LONGER = "no longer asked for"
    MORE = "more signatures"
    FEWER = "fewer signatures"
    OTHERWISE = "as many signatures, of others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """One change that is treated otherwise: what today's policy asks, and what the candidate."""

    shift: Shift
    change: Change
    at: datetime
    before: str
    after: str
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """`weeks` is the length of the span; `strangers` are the authors the roster does not know,
    with their changes, most first; `examples` are the first few of each shift."""

    since: datetime
    until: datetime
    roster: Roster
    assumptions: Assumptions
    today: Tally
    candidate: Tally | None = None
    shifts: Mapping[Shift, int] = field(default_factory=dict)
    examples: tuple[Shifted, ...] = ()
    strangers: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def weeks(self) -> float:
        """A day at least."""
        return max(self.until - self.since, timedelta(days=1)) / timedelta(days=7)

    def hours_a_week(self, tally: Tally) -> float:
        """Of those who sign."""
        return tally.signatures * self.assumptions.minutes_per_review / 60 / self.weeks

"""Who is reminded now, and of what? All that is due for a person is one message, in their time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.domain.notes import ListingKind
from bot.domain.people import Person, Roster
from bot.domain.signoff import Signoff
from bot.engine import lists
from bot.engine.bell import Bell
from bot.engine.circumstances import Circumstances
from bot.engine.digests import Digest, Digests
from bot.engine.patience import is_due
from bot.engine.peace import peace_until
from bot.engine.shares import by_urgency
from bot.ports import Closed
from storage import listings, nudges, rulebooks, surfaces
from storage.nudges import Nudge
from storage.store import Session, Store

log = logging.getLogger(__name__)

GAP = timedelta(minutes=5)
"""Two reminders of one person are at least so far apart, unless something is urgent."""

PULLED = timedelta(minutes=5)
"""What is due so soon is said along with what is due now."""

AT_ONCE = 16
"""So many share one commit, and a click that comes meanwhile waits for no more than these."""

KEPT = timedelta(days=14)
TIDY_EVERY = timedelta(hours=6)

Due = Mapping[str, tuple[Nudge, Signoff]]
"""Of what one person is to be reminded, by signoff."""


@dataclass(slots=True, kw_only=True)
class Reminding:
    """A duty of the heartbeat. Each person's list, and that it was sent, is one transaction."""

    store: Store
    roster: Roster
    circumstances: Circumstances
    clock: Clock
    bell: Bell
    new_id: Callable[[], str]
    rulebook_digest: str = ""
    _digests: Digests = field(init=False)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _tidied: datetime | None = None

    def __post_init__(self) -> None:
        self._digests = Digests(roster=self.roster, new_id=self.new_id)

    async def beat(self) -> None:
        """The lists of the day first: whoever gets theirs is not reminded of the same besides."""
        now = self.clock()
        await self._send_digests(now)
        people = await self.store.read(lambda session: nudges.people_due(session, now))
        await self._each(
            (person, partial(self._remind, person_id=person, now=now)) for person in people
        )
        await self._tidy(now)

    async def _send_digests(self, now: datetime) -> None:
        seen = self.circumstances.seen
        due = await self.store.read(lambda session: self._digests.due(session, seen, now))
        await self._each(
            (it.reader.name, partial(self._send_digest, digest=it, now=now)) for it in due
        )

    def _send_digest(self, session: Session, digest: Digest, now: datetime) -> bool:
        return self._is_current(session) and self._digests.send(session, digest, now)

    def _is_current(self, session: Session) -> bool:
        return not self.rulebook_digest or rulebooks.in_force(session, self.rulebook_digest)

    async def _each(self, units: Iterable[tuple[str, Callable[[Session], bool]]]) -> None:
        """Some side by side, so that they share a commit; one that fails stops no other."""
        sent = await asyncio.gather(*(self._alone(reader, unit) for reader, unit in units))
        if any(sent):
            self.bell.ring()

    async def _alone(self, reader: str, unit: Callable[[Session], bool]) -> bool:
        try:
            async with self._turn:
                return await self.store.write(unit)
        except Closed:
            raise
        except Exception:  # a full disk, say: the next beat tries it again
            log.exception("cannot send %s their list", reader)
            return False

    def _remind(self, session: Session, person_id: str, now: datetime) -> bool:
        """Whether a list is on its way. Whoever has an older roster knows not everybody."""
        if not self._is_current(session):
            return False
        person = self.roster.people.get(person_id)
        soon = nudges.of(session, person_id, now + PULLED)
        due = self._waiting(session, person, soon, now) if person and person.slack else {}
        stale = [nudge.signoff_id for nudge in soon if nudge.signoff_id not in due]
        nudges.done(session, person_id, stale)
        if person is None:
            return False
        due = self._undisturbed(session, person, self._not_held(session, person_id, due, now), now)
        if not any(nudge.due_at <= now for nudge, _ in due.values()):
            return False
        if wait := self._too_soon(session, person, due, now):
            nudges.put_off(session, person_id, list(due), wait)
            return False
        self._send(session, person, due, now)
        return True

    def _waiting(
        self, session: Session, person: Person, soon: Sequence[Nudge], now: datetime
    ) -> Due:
        """Without what is decided, what they answered, and what others were asked instead."""
        by_id = {nudge.signoff_id: nudge for nudge in soon}
        return {
            signoff.id: (by_id[signoff.id], signoff)
            for signoff in lists.look(session, list(by_id))
            if lists.may_answer(signoff, person.id, self.roster, now)
            and (
                lists.is_asked(signoff, person.id) or _said_when(by_id[signoff.id], signoff, person)
            )
        }

    def _not_held(self, session: Session, person_id: str, due: Due, now: datetime) -> Due:
        """What will be decided in a moment, or somebody else is on, comes up when that is over."""
        held = {id: until for id, (_, it) in due.items() if (until := _held(it, person_id, now))}
        for signoff_id, until in held.items():
            nudges.put_off(session, person_id, [signoff_id], until)
        return {id: it for id, it in due.items() if id not in held}

    def _undisturbed(self, session: Session, person: Person, due: Due, now: datetime) -> Due:
        """While they want their peace, only what is urgent; the rest waits until it ends."""
        peace = peace_until(session, person, self.circumstances.seen, now)
        if peace is None:
            return due
        later = [id for id, (nudge, _) in due.items() if not nudge.urgent]
        nudges.put_off(session, person.id, later, peace)
        return {id: it for id, it in due.items() if id not in later}

    def _too_soon(
        self, session: Session, person: Person, due: Due, now: datetime
    ) -> datetime | None:
        """Until when they are left alone after the reminder before this one."""
        if any(nudge.urgent for nudge, _ in due.values() if nudge.due_at <= now):
            return None
        last = listings.last(session, ListingKind.REMINDER, lists.reader_of(person).name)
        return last + GAP if last and last <= now < last + GAP else None

    def _send(self, session: Session, person: Person, due: Due, now: datetime) -> None:
        signoffs = by_urgency((signoff for _, signoff in due.values()), now)
        reader = lists.reader_of(person)
        lists.send(session, self.new_id(), ListingKind.REMINDER, reader, signoffs, now)
        nudges.done(session, person.id, list(due))

    async def _tidy(self, now: datetime) -> None:
        if not is_due(self._tidied, now, TIDY_EVERY):
            return
        await self.store.write(lambda s: surfaces.forget(s, listings.forget_before(s, now - KEPT)))
        self._tidied = now


def _said_when(nudge: Nudge, signoff: Signoff, person: Person) -> bool:
    """Whether they asked for it themselves, and did not pass it on since."""
    passed_on = any(it.by == person.id for it in signoff.delegations)
    return nudge.snoozed and not passed_on


def _held(signoff: Signoff, person_id: str, now: datetime) -> datetime | None:
    if signoff.settling and signoff.settling.until > now:
        return signoff.settling.until
    claim = signoff.claim
    on_it = claim is not None and claim.person != person_id and not signoff.escalated
    return claim.until if claim and on_it and claim.until > now else None

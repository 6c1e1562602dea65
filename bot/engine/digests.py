"""Whose daily list is due, and what stands on it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from bot.domain.asking.choosing import Seen
from bot.domain.notes import ListingKind
from bot.domain.people import Group, Person, Roster
from bot.domain.quiet import day_at, list_day, moment_of, working
from bot.domain.signoff import Signoff
from bot.engine import lists
from bot.engine.lists import Reader
from bot.engine.peace import peace_until
from bot.engine.shares import by_urgency
from bot.ports import Surface
from storage import listings, nudges, preferences, searching
from storage.store import Session

DIGEST = ListingKind.DIGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """One reader's list: whose clock shows which day, and `waits` says what stands on it."""

    reader: Reader
    zone: str
    day: date
    waits: Callable[[Signoff], bool]
    person: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A list that is due, with what it was about when we looked."""

    morning: Morning
    signoff_ids: Sequence[str]

    @property
    def reader(self) -> Reader:
        return self.morning.reader


@dataclass(slots=True, kw_only=True)
class Digests:
    """`_done` spares us a look into the database at every beat; what counts is there."""

    roster: Roster
    new_id: Callable[[], str]
    _done: dict[str, date] = field(default_factory=dict)

    def due(self, session: Session, seen: Mapping[str, Seen], now: datetime) -> list[Digest]:
        """What waits is read once, and only where a list is due."""
        mornings = [it for it in self._mornings(session, now) if self._may(session, it, seen, now)]
        if not mornings:
            return []
        concerned = (
            signoff
            for signoff in searching.each_pending(session)
            if any(it.waits(signoff) for it in mornings)
        )
        waiting = by_urgency(concerned, now)
        return [
            Digest(morning=it, signoff_ids=[signoff.id for signoff in waiting if it.waits(signoff)])
            for it in mornings
        ]

    def send(self, session: Session, digest: Digest, now: datetime) -> bool:
        """Once a day. Where nothing waits nothing is sent, today."""
        it, ids = digest.morning, digest.signoff_ids
        if _is_done(session, it):
            return False
        signoffs = [found for found in lists.look(session, ids[: lists.LINES]) if it.waits(found)]
        if not signoffs:
            lists.none_waits(session, self.new_id(), DIGEST, it.reader, now)
            return False
        more = len(ids[lists.LINES :])
        lists.send(session, self.new_id(), DIGEST, it.reader, signoffs, now, more)
        if it.person:
            nudges.spare(session, it.person.id, [signoff.id for signoff in signoffs], now)
        return True

    def _mornings(self, session: Session, now: datetime) -> Iterator[Morning]:
        for group in self.roster.groups.values():
            if morning := self._of_group(group, now):
                yield morning
        for id, said in preferences.everybody(session).items():
            person = self.roster.people.get(id)
            if person and person.slack and said.digest:
                hours = person.works(working(said.hours))
                if morning := self._of_person(person, hours.start, now):
                    yield morning

    def _of_group(self, group: Group, now: datetime) -> Morning | None:
        start = moment_of(group.digest)
        day = list_day(start, group.timezone, now) if start and group.channel else None
        if day is None:
            return None
        return Morning(
            reader=Reader(name=group.id, place=Surface(channel=group.channel)),
            zone=group.timezone,
            day=day,
            waits=lambda signoff: lists.is_open(signoff, now) and group.id in signoff.groups,
        )

    def _of_person(self, person: Person, start: time, now: datetime) -> Morning | None:
        day = list_day(start, person.timezone, now)
        if day is None:
            return None
        return Morning(
            reader=lists.reader_of(person),
            zone=person.timezone,
            day=day,
            waits=lambda signoff: (
                lists.is_asked(signoff, person.id)
                and lists.may_answer(signoff, person.id, self.roster, now)
            ),
            person=person,
        )

    def _may(self, session: Session, it: Morning, seen: Mapping[str, Seen], now: datetime) -> bool:
        """Whether it was not sent yet, and whoever gets it does not want their peace."""
        if self._done.get(it.reader.name) == it.day:
            return False
        if _is_done(session, it):
            self._done[it.reader.name] = it.day
            return False
        return it.person is None or peace_until(session, it.person, seen, now) is None


def _is_done(session: Session, it: Morning) -> bool:
    last = listings.last(session, DIGEST, it.reader.name)
    return last is not None and day_at(it.zone, last) >= it.day

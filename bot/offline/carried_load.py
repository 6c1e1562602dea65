"""Who waits to answer what, as the past goes by, and when would enough of them have answered?"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.asking.choosing import Load
from bot.domain.calendar import WorkingHours
from bot.domain.people import Person, Roster
from bot.domain.signoff import Ask

LATELY = timedelta(days=7)


@dataclass(slots=True, kw_only=True)
class CarriedLoad:
    """The asks of each person; time only goes forward."""

    _open: Counter[str] = field(default_factory=Counter)
    _week: Counter[str] = field(default_factory=Counter)
    _until: list[tuple[datetime, str]] = field(default_factory=list)
    _since: deque[tuple[datetime, str]] = field(default_factory=deque)

    def at(self, at: datetime) -> Mapping[str, Load]:
        while self._until and self._until[0][0] <= at:
            self._open[heapq.heappop(self._until)[1]] -= 1
        while self._since and self._since[0][0] <= at - LATELY:
            self._week[self._since.popleft()[1]] -= 1
        # Every open ask counts, and some are older than a week.
        people = self._open.keys() | self._week.keys()
        return {id: Load(open=self._open[id], week=self._week[id]) for id in people}

    def since(self, begins: Mapping[str, datetime]) -> Mapping[str, int]:
        """How often each of these people was asked since their own moment, within the last days."""
        earliest = min(begins.values(), default=None)
        found = Counter[str]()
        for at, person in reversed(self._since):
            if earliest is None or at < earliest:
                break
            if person in begins and at >= begins[person]:
                found[person] += 1
        return found

    def add(self, people: Iterable[str], at: datetime, until: datetime) -> None:
        """They are asked `at` this moment, and it waits for them `until` that one."""
        for person in people:
            self._open[person] += 1
            self._week[person] += 1
            heapq.heappush(self._until, (until, person))
            self._since.append((at, person))


@dataclass(slots=True, kw_only=True)
class Answering:
    """When those who are asked would answer: `reaction` after they are first at work."""

    roster: Roster
    reaction: timedelta
    _hours: dict[str, WorkingHours] = field(default_factory=dict)

    def enough(self, asks: Iterable[Ask], people: Iterable[str], at: datetime) -> datetime | None:
        """When as many of `people` have answered as every ask wants; None: there are too few."""
        answers = {it: self._answer(it, at) for it in people if it in self.roster.people}
        last = at
        for ask in asks:
            fitting = sorted(
                moment for it, moment in answers.items() if moment and self._fits(it, ask)
            )
            if len(fitting) < ask.approvals:
                return None
            last = max(last, fitting[ask.approvals - 1])
        return last

    def _answer(self, person: str, at: datetime) -> datetime | None:
        hours = self._hours.get(person) or self._known(self.roster.people[person])
        begins = hours.opens(at)
        return begins + self.reaction if begins else None

    def _known(self, person: Person) -> WorkingHours:
        return self._hours.setdefault(person.id, person.works())

    def _fits(self, person: str, ask: Ask) -> bool:
        within = person in ask.people or any(
            person in self.roster.groups[id].members
            for id in ask.groups
            if id in self.roster.groups
        )
        return within and self.roster.reaches(self.roster.people[person].level, ask.level)

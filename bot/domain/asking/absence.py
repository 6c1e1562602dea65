"""Who is away of those who may sign, who stands in for them, and what is said of it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.asking.moments import coming_day
from bot.domain.asking.situation import Leave, Situation
from bot.domain.asking.turns import Turn
from bot.domain.people import Person, Roster

_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """`eligible` are the ids of all who may sign, `leave` is that of those who are away now."""

    roster: Roster
    situation: Situation
    eligible: frozenset[str]
    leave: Mapping[str, Leave]

    def stood_in_for(self, deputy: str) -> tuple[str, ...]:
        """The names of those who named this deputy."""
        named = (id for id, it in self.leave.items() if it.deputy == deputy != id)
        return tuple(self.roster.name(id) for id in named)

    def back(self, stands: Turn) -> tuple[datetime, tuple[object, ...]]:
        """Whoever is back first is called first."""
        return (self.leave[stands.person].until or _FOREVER, stands.place)

    def words(self, person: str) -> str:
        """Why somebody who is away is not asked, and why nobody is in their place."""
        return f"is {self._until(person)}{self._no_deputy(person)}"

    def call(self, person: str) -> tuple[str, ...]:
        """Why somebody is asked who is away."""
        called = f"{self._until(person)}, but too few others may sign"
        return (called, "not back at work before it expires") if self._misses(person) else (called,)

    def _until(self, person: str) -> str:
        until = self.leave[person].until
        if until is None:
            return "away until further notice"
        return f"away until {coming_day(until, self.roster.people[person], self.situation.at)}"

    def _no_deputy(self, person: str) -> str:
        deputy = self.leave[person].deputy
        if not deputy or deputy == person:
            return ""
        if deputy not in self.eligible:
            return f"; the deputy {self.roster.name(deputy)} may not sign this"
        return f"; the deputy {self.roster.name(deputy)} is away, too" * (deputy in self.leave)

    def _misses(self, person: str) -> bool:
        until, due = self.leave[person].until, self.situation.until
        if due is None or due <= self.situation.at:
            return False
        if until is None or until >= due:
            return True
        return not self.roster.people[person].works().time_within(until, due)


def away(eligible: Iterable[Person], roster: Roster, situation: Situation) -> Away:
    people = frozenset(person.id for person in eligible)
    found = ((id, situation.leave[id]) for id in sorted(people) if id in situation.leave)
    leave = {id: it for id, it in found if it.until is None or it.until > situation.at}
    return Away(roster=roster, situation=situation, eligible=people, leave=leave)

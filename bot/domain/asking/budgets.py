"""How much may anybody be asked in a day? Who has had that is left in peace, where others can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from bot.domain.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Asks in a day, for everybody and for single people; None: as many as there are."""

    per_day: int | None = None
    people: Mapping[str, int] = field(default_factory=dict)

    def of(self, person: str) -> int | None:
        return self.people.get(person, self.per_day)

    def used_up(self, person: str, today: int) -> bool:
        budget = self.of(person)
        return budget is not None and today >= budget


NO_BUDGETS = Budgets()


def day_begins(person: Person, at: datetime) -> datetime:
    """When the day that it is where this person lives began there, in UTC."""
    zone = ZoneInfo(person.works().zone)
    return datetime.combine(at.astimezone(zone).date(), time(), zone).astimezone(UTC)


def had(today: int) -> str:
    """Why somebody is passed over."""
    return f"has had {today} today"


def had_already(today: int) -> str:
    """Why somebody is asked all the same."""
    return f"has had {today} today, but too few others may sign"

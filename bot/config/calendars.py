"""When is working time, by the calendars of the config?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.config import shape, shape_people
from bot.config.public_holidays import days_off
from bot.config.times import DAYS, hours
from bot.domain.calendar import WorkingHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """By name; `usual` is Monday to Friday, nine to five in UTC, when the company is not closed."""

    named: Mapping[str, WorkingHours]
    usual: WorkingHours

    def of_sla(self, sla: shape.Sla) -> WorkingHours | None:
        """None: every minute counts."""
        if sla.clock == "elapsed":
            return None
        if sla.calendar:
            return self.named[sla.calendar]
        start, end = hours(sla.hours) if sla.hours else (self.usual.start, self.usual.end)
        days = frozenset(map(DAYS.index, sla.days)) if sla.days else self.usual.days
        return replace(self.usual, start=start, end=end, zone=sla.timezone or "UTC", days=days)

    def of_person(self, person: shape_people.Person) -> WorkingHours:
        """Their own time zone goes before that of their calendar."""
        known = self.named[person.calendar] if person.calendar else self.usual
        own_zone = "timezone" in person.model_fields_set
        return replace(known, zone=person.timezone) if own_zone else known


def calendars(file: shape.File) -> Calendars:
    usual = WorkingHours(closed=_days(file.closures))
    return Calendars(
        named={name: _calendar(it, usual) for name, it in file.calendars.items()}, usual=usual
    )


def _calendar(written: shape.Calendar, usual: WorkingHours) -> WorkingHours:
    start, end = hours(written.hours) if written.hours else (usual.start, usual.end)
    public = days_off(written.holidays) if written.holidays else frozenset[date]()
    return WorkingHours(
        start=start,
        end=end,
        zone=written.timezone,
        days=frozenset(map(DAYS.index, written.days)) if written.days else usual.days,
        closed=usual.closed | public | _days(written.closures),
    )


def _days(closures: tuple[str, ...]) -> frozenset[date]:
    found: set[date] = set()
    for closure in closures:
        first, _, last = closure.partition("/")
        begins, ends = date.fromisoformat(first), date.fromisoformat(last or first)
        found |= {begins + timedelta(days=n) for n in range((ends - begins).days + 1)}
    return frozenset(found)

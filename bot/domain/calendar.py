"""When is a working duration over? Working time, exact across both clock changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_COUNTED = 400
"""How far one answer looks ahead; whatever comes later is not counted."""

_HOURS = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """From `start` to `end` on `days` (Monday is 0), as the clocks of `zone` show it."""

    start: time = time(9)
    end: time = time(17)
    zone: str = "UTC"
    days: frozenset[int] = frozenset(range(5))

    def add(self, start: datetime, working: timedelta) -> datetime:
        """The moment `working` is used up, counting from `start`; both aware, the answer in UTC."""
        if not self.days or self.start >= self.end:
            raise ValueError("working hours need a day, and must start before they end")
        left, day = working, start.astimezone(ZoneInfo(self.zone)).date()
        while True:
            opens, closes = self._window(day)
            begins = max(opens, start.astimezone(UTC))
            if day.weekday() in self.days and begins < closes:
                if closes - begins >= left:
                    return begins + left
                left -= closes - begins
            day += timedelta(days=1)

    def is_open(self, at: datetime) -> bool:
        """Whether this moment is working time; the closing moment is not."""
        return self.closes(at) is not None

    def closes(self, at: datetime) -> datetime | None:
        """When the working day ends that `at` falls in, in UTC; None outside working time."""
        day = at.astimezone(ZoneInfo(self.zone)).date()
        opens, closes = self._window(day)
        return closes if day.weekday() in self.days and opens <= at < closes else None

    def opens(self, at: datetime) -> datetime | None:
        """The first moment of working time from `at` on, in UTC; None if there is none."""
        day = at.astimezone(ZoneInfo(self.zone)).date()
        for _ in range(DAYS_COUNTED):
            opens, closes = self._window(day)
            begins = max(opens, at.astimezone(UTC))
            if day.weekday() in self.days and begins < closes:
                return begins
            day += timedelta(days=1)
        return None

    def time_within(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between; of the first `DAYS_COUNTED` days alone."""
        day, total = start.astimezone(ZoneInfo(self.zone)).date(), timedelta()
        for _ in range(DAYS_COUNTED):
            opens, closes = self._window(day)
            if opens >= end:
                break
            if day.weekday() in self.days:
                total += max(min(closes, end) - max(opens, start), timedelta())
            day += timedelta(days=1)
        return total

    def _window(self, day: date) -> tuple[datetime, datetime]:
        zone = ZoneInfo(self.zone)
        opens = datetime.combine(day, self.start, zone).astimezone(UTC)
        return opens, datetime.combine(day, self.end, zone).astimezone(UTC)


def working_hours(written: str, zone: str) -> WorkingHours:
    """From "09:00-17:30" as the clocks of `zone` show it, from Monday to Friday.

    What is no such thing counts as not said: from nine to five, and UTC.
    """
    usual = WorkingHours(zone=_known(zone))
    found = _HOURS.fullmatch(written)
    start, end = (
        (time.fromisoformat(part) for part in found.groups()) if found else (time(), time())
    )
    return WorkingHours(start=start, end=end, zone=usual.zone) if start < end else usual


def _known(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (KeyError, ValueError, OSError):  # no such zone, no such name, a folder of zones
        return "UTC"

"""When is a working duration over? Working time, exact across both clock changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


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

    def _window(self, day: date) -> tuple[datetime, datetime]:
        zone = ZoneInfo(self.zone)
        opens = datetime.combine(day, self.start, zone).astimezone(UTC)
        return opens, datetime.combine(day, self.end, zone).astimezone(UTC)

"""Is this a moment when nothing should ship, or when the load is at its peak?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Weekly hours, a span of dates, or both: as the clocks of `zone` show them.

    `kind` is "freeze" or "peak". `days` counts from Monday, 0; none means every day. An `end` not
    after `start` is on the next day, so that equal times are a whole day. `since` and `until` are
    the first and the last day on which it begins.
    """

    name: str
    kind: str = "freeze"
    days: frozenset[int] = _EVERY_DAY
    start: time = time(0)
    end: time = time(0)
    zone: str = "UTC"
    since: date | None = None
    until: date | None = None

    def is_open(self, at: datetime) -> bool:
        """Without a clock to read it by (a zone nobody knows), it is open."""
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        try:
            local = aware.astimezone(ZoneInfo(self.zone))
            yesterday = local.date() - timedelta(days=1)
        except (ValueError, KeyError, OSError, OverflowError):
            return True
        clock, over_midnight = local.time(), self.end <= self.start
        began_today = self._begins(local.date()) and self.start <= clock
        if not over_midnight:
            return began_today and clock < self.end
        return began_today or (self._begins(yesterday) and clock < self.end)

    def _begins(self, day: date) -> bool:
        return (
            (not self.days or day.weekday() in self.days)
            and (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
        )


def open_windows(windows: tuple[Window, ...], at: datetime) -> tuple[Window, ...]:
    return tuple(window for window in windows if window.is_open(at))

"""When does somebody want their peace, and when the list of what waits today?"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.calendar import WorkingHours, working_hours

LATE = timedelta(hours=4)
"""So long after its time the list of the day is still worth sending."""

_TIME = r"((?:[01][0-9]|2[0-3]):[0-5][0-9])"
_MOMENT, _WINDOW = re.compile(_TIME), re.compile(f"{_TIME}-{_TIME}")


def window(written: str) -> tuple[time, time] | None:
    """From "20:00-08:00", over midnight too; None if it is no such thing, or all day."""
    found = _WINDOW.fullmatch(written)
    if found is None:
        return None
    start, end = (time.fromisoformat(part) for part in found.groups())
    return (start, end) if start != end else None


def working(written: str) -> str:
    """These working hours; nothing if they are none: a working day starts before it ends."""
    hours = window(written)
    return written if hours and hours[0] < hours[1] else ""


def quiet_until(written: str, zone: str, at: datetime) -> datetime | None:
    """When the quiet ends that `at` falls in, by the clocks of `zone`, in UTC; None: it is not quiet."""
    hours = window(written)
    if hours is None:
        return None
    start, end = hours
    every_day = frozenset(range(7))
    quiet = WorkingHours(start=start, end=end, zone=_clock(zone).key, days=every_day)
    return quiet.closes(at)


def moment_of(written: str) -> time | None:
    """From "09:00"; None if it is no such thing."""
    return time.fromisoformat(written) if _MOMENT.fullmatch(written) else None


def list_day(start: time, zone: str, at: datetime) -> date | None:
    """The working day whose list is due by now, and not too late yet; None if there is none.

    What is due in the evening is due until midnight: so one day's list is never sent on another.
    """
    clock = _clock(zone)
    day = at.astimezone(clock).date()
    late = at - datetime.combine(day, start, clock).astimezone(UTC)
    is_due = day.weekday() < 5 and timedelta() <= late < LATE
    return day if is_due else None


def day_at(zone: str, at: datetime) -> date:
    """Which day it is there."""
    return at.astimezone(_clock(zone)).date()


def _clock(zone: str) -> ZoneInfo:
    """UTC where there is no such zone."""
    return ZoneInfo(working_hours("", zone).zone)

"""When is a working duration over? Working time, exact across both clock changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.clocks import Span, shown_between

DAYS_COUNTED = 400
"""How far one answer looks ahead; whatever comes later is not counted."""

DAYS_AT_MOST = 40_000
"""No working time in a hundred years is none at all."""

_DAY = timedelta(days=1)
_HOURS = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """From `start` to `end` on `days` (Monday is 0) that are not `closed`, as the clocks of `zone`
    show it: an hour that they show twice is worked twice.

    Hours over midnight belong to the day on which they begin. `start` equal to `end` is no time.
    """

    start: time = time(9)
    end: time = time(17)
    zone: str = "UTC"
    days: frozenset[int] = frozenset(range(5))
    closed: frozenset[date] = frozenset()

    def add(self, start: datetime, working: timedelta) -> datetime:
        """The moment `working` is used up, counting from `start`; both aware, the answer in UTC."""
        if not self.days or self.start == self.end:
            raise ValueError("working hours need a day, and must not end when they start")
        left = working
        for opens, closes in self._spans(start, DAYS_AT_MOST):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise ValueError("there is not so much working time in a hundred years")

    def is_open(self, at: datetime) -> bool:
        """Whether this moment is working time; the closing moment is not."""
        return self.closes(at) is not None

    def closes(self, at: datetime) -> datetime | None:
        """When the working time ends that `at` falls in, in UTC; None outside working time."""
        opens, closes = next(self._spans(at, 2), (None, None))
        return closes if opens and opens <= at else None

    def opens(self, at: datetime) -> datetime | None:
        """The first moment of working time from `at` on, in UTC; None if there is none."""
        return next((opens for opens, _ in self._spans(at, DAYS_COUNTED)), None)

    def time_within(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between; of the first `DAYS_COUNTED` days alone."""
        total = timedelta()
        for opens, closes in self._spans(start, DAYS_COUNTED):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def _spans(self, since: datetime, days: int) -> Iterator[Span]:
        """The working time of so many days from there on, in order, each span as long as it can be."""
        since, clock = since.astimezone(UTC), ZoneInfo(self.zone)
        day, waiting = since.astimezone(clock).date(), list[Span]()
        if self.start > self.end:
            waiting = self._of(day - _DAY, clock)
        for _ in range(days):
            today = self._of(day, clock)
            day += _DAY
            alone = not waiting and len(today) == 1
            for span in today if alone else _before(waiting, today):
                if span[1] > since:
                    yield span if span[0] >= since else (since, span[1])
        for opens, closes in waiting:
            if closes > since:
                yield max(opens, since), closes

    def _of(self, day: date, clock: ZoneInfo) -> list[Span]:
        """The working time that begins on this day."""
        if day.weekday() not in self.days or day in self.closed or self.start == self.end:
            return []
        last = day if self.start < self.end else day + _DAY
        begins = datetime.combine(day, self.start, clock)
        return shown_between(begins, datetime.combine(last, self.end, clock))


def _before(waiting: list[Span], today: list[Span]) -> Iterator[Span]:
    """Takes what begins before today from what waits, and lets today wait.

    Where clocks go back, the work of one day may begin before that of the day before has ended.
    """
    mixed = bool(waiting) and len(today) + len(waiting) > 2
    waiting += today
    if mixed:
        waiting.sort()
    while waiting and (not today or waiting[0] < today[0]):
        yield waiting.pop(0)


OFFICE = WorkingHours()
"""Where nothing else is said."""


@lru_cache(maxsize=4_096)
def working_hours(written: str, zone: str, usual: WorkingHours = OFFICE) -> WorkingHours:
    """From "09:00-17:30" as the clocks of `zone` show it, on the days of the `usual` ones.

    What is no such thing counts as not said: the usual hours, from nine to five, and UTC.
    """
    found = _HOURS.fullmatch(written)
    start, end = (
        (time.fromisoformat(part) for part in found.groups()) if found else (time(), time())
    )
    if start >= end:
        start, end = usual.start, usual.end
    return replace(usual, start=start, end=end, zone=_known(zone))


def _known(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (KeyError, ValueError, OSError):  # no such zone, no such name, a folder of zones
        return "UTC"

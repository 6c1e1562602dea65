"""What is asked of the figures? So many weeks, and all of them or those under one name.

Weeks are whole, from Monday to Sunday by UTC; the last of them is the one that is running.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

SPANS = (4, 13, 26, 53)
USUAL = 13
ALL = "all"
SORTS = ("group", "environment", "connection", "tool", "rule")
"""What one may ask to see alone."""

_EPOCH = date(1970, 1, 1)
_MONDAY = 3
"""The first of January 1970 was a Thursday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`sort` and `of`: only what is counted under this name; `today` by UTC. `production`: which
    environments DORA's keys are of, as globs.
    """

    name: str
    today: date
    weeks: int = USUAL
    sort: str = ALL
    of: str = ""
    production: tuple[str, ...] = ("production*",)

    def __post_init__(self) -> None:
        if self.weeks not in SPANS:
            raise ValueError(f"so many weeks: {SPANS}")
        if self.sort not in (ALL, *SORTS) or (self.sort == ALL) != (not self.of):
            raise ValueError(f"one of {SORTS}, with its name")

    @property
    def is_of_all(self) -> bool:
        return self.sort == ALL

    @property
    def last_week(self) -> int:
        return week_of(day_of(self.today))

    @property
    def first_week(self) -> int:
        return self.last_week - self.weeks + 1

    @property
    def since_day(self) -> int:
        """Days since 1970, as `until_day`, which is among them."""
        return self.first_week * 7 - _MONDAY

    @property
    def until_day(self) -> int:
        return self.last_week * 7 - _MONDAY + 6

    @property
    def since(self) -> datetime:
        return _midnight(date_of(self.since_day))

    @property
    def lately(self) -> datetime:
        """When the last seven days began, today among them."""
        return _midnight(self.today - timedelta(days=6))

    def each_week(self) -> Iterator[tuple[int, date]]:
        """The number of each and its Monday, oldest first."""
        for week in range(self.first_week, self.last_week + 1):
            yield week, date_of(week * 7 - _MONDAY)


def day_of(at: date) -> int:
    return (at - _EPOCH).days


def date_of(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def week_of(day: int) -> int:
    return (day + _MONDAY) // 7


def _midnight(at: date) -> datetime:
    return datetime(at.year, at.month, at.day, tzinfo=UTC)

"""What is asked of a figure, and which signoffs is that of?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.figures.oracle import Tables

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """So many weeks from Monday to Sunday, the last of them that of `today`; `of` of a `sort`."""

    today: date
    weeks: int = 13
    sort: str = "all"
    of: str = ""

    def mondays(self) -> list[date]:
        last = self.today - timedelta(days=self.today.weekday())
        return [last - timedelta(weeks=it) for it in reversed(range(self.weeks))]

    def within(self, day: int) -> bool:
        first, last = self.mondays()[0], self.mondays()[-1]
        return first <= on(day) < last + timedelta(weeks=1)

    def rows(self, tables: Tables) -> list[Row]:
        """What was opened in these weeks, and is under that name."""
        return [
            row
            for row in tables.rows.values()
            if self.within(row["day"]) and self._is_of(row, names_of(tables, row))
        ]

    def _is_of(self, row: Row, names: dict[str, set[str]]) -> bool:
        if self.sort == "all":
            return True
        if self.sort in ("environment", "connection"):
            return bool(row[self.sort] == self.of)
        return self.of in names.get(self.sort, ())


def on(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


def monday_of(day: int) -> date:
    return on(day) - timedelta(days=on(day).weekday())


def names_of(tables: Tables, row: Row) -> dict[str, set[str]]:
    """Of one signoff, by sort; looked up once for all."""
    known = getattr(tables, "by_signoff", None)
    if known is None:
        known = {}
        for sort, name, _, signoff_id in tables.names:
            known.setdefault(signoff_id, {}).setdefault(sort, set()).add(name)
        tables.by_signoff = known  # type: ignore[attr-defined]
    found: dict[str, set[str]] = known.get(row["signoff_id"], {})
    return found


def nearest(values: list[int], percent: int) -> int | None:
    """The smallest that so many of a hundred do not exceed; of fewer than five: none."""
    if len(values) < 5:
        return None
    for value in sorted(values):
        if sum(it <= value for it in values) * 100 >= percent * len(values):
            return value
    return None


def wilson(hits: int, of: int) -> tuple[float | None, float | None, float | None]:
    """The share, and both ends: where the distance to the share is z standard errors of that end."""
    if not of:
        return None, None, None
    share, z2 = hits / of, 1.959964**2
    a, b, c = of + z2, -(2 * hits + z2), hits * share
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return share, max(0.0, (-b - root) / (2 * a)), min(1.0, (-b + root) / (2 * a))

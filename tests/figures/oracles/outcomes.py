"""What became of what went out: counted one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from tests.figures.oracle import Tables, day_of, whole
from tests.figures.oracles.asked import Asked, Row, monday_of, names_of, nearest, wilson
from tests.figures.oracles.speed import AI, Rows

_EPOCH = date(1970, 1, 1)


def failures(tables: Tables, asked: Asked) -> Rows:
    names = ("AI-assisted", "Said to be without", "Unknown", "Automation")
    rows = asked.rows(tables)
    return [_rate(name, [row for row in rows if AI[row["ai"]] == at])
            for at, name in enumerate(names)]  # fmt: skip


def time_and_outcome(tables: Tables, asked: Asked) -> Rows:
    ends = (300, 900, 3600, 14400, 28800, 86400, 259200, float("inf"))
    names = ("5 min", "15 min", "1 h", "4 h", "8 h", "1 d", "3 d", "longer")
    found, above = [], -1.0
    its = [row for row in asked.rows(tables) if row["took"] is not None]
    for name, end in zip(names, ends, strict=True):
        found.append(_rate(name, [row for row in its if above < row["took"] <= end]))
        above = end
    return found


def escapes(by: str) -> Callable[[Tables, Asked], Rows]:
    def found(tables: Tables, asked: Asked) -> Rows:
        named: dict[str, list[Row]] = {}
        told = _told(tables, asked) if by == "group" else None
        for row in asked.rows(tables):
            if row["status"] == "approved" and row["shipped_at"]:
                for name in names_of(tables, row).get(by, ()):
                    known = name if told is None or name in told else "others"
                    named.setdefault(known, []).append(row)
        large = [it for it in named.items() if len(it[1]) >= 20 and it[0] != "others"]
        shown = sorted(large, key=lambda it: (-len(it[1]), it[0]))[:20]
        rest = [row for name, its in named.items() if name not in dict(shown) for row in its]
        return [_rate(name, its) for name, its in [*shown, *([("others", rest)] if rest else [])]]

    return found


def _told(tables: Tables, asked: Asked) -> set[str]:
    """The groups for which five people at least reviewed in these weeks, of a quarter at most."""
    lately = replace(asked, weeks=min(asked.weeks, 13))
    people: dict[str, set[str]] = {}
    for row in tables.rows.values():
        names = names_of(tables, row)
        for group in names.get("group", ()) if lately.within(row["day"]) else ():
            people.setdefault(group, set()).update(names.get("reviewer", ()))
    return {group for group, who in people.items() if len(who) >= 5}


def lead(tables: Tables, asked: Asked) -> Rows:
    """Of what went out to production in these weeks, whenever it was opened."""
    parts: list[tuple[int, ...]] = []
    for row in tables.rows.values():
        moments = [row[it] for it in ("committed_at", "opened_at", "decided_at", "shipped_at")]
        if not row["environment"].startswith("production") or None in moments:
            continue
        if day_of(row["shipped_at"]) >= (asked.mondays()[0] - _EPOCH).days:
            written, opened, decided, shipped = moments
            ends = [whole(it) for it in (written, opened, decided, shipped)]
            parts.append(tuple(max(0, ends[at + 1] - ends[at]) for at in range(3)))
    together = sum(map(sum, parts))
    names = ("Written, until we were asked", "The wait for sign-off", "Decided, until deployed")
    return [
        (
            name,
            nearest([it[at] for it in parts], 50),
            sum(it[at] for it in parts) / together if len(parts) >= 5 and together else None,
        )
        for at, name in enumerate(names)
    ]


def keys(tables: Tables, asked: Asked) -> Rows:
    went = [
        row
        for row in tables.rows.values()
        if row["shipped_at"] and row["environment"].startswith("production")
    ]
    unasked = [
        day
        for sort, name, day, _ in tables.names
        if sort == "unasked" and name.startswith("production")
    ]
    found = []
    for monday in asked.mondays():
        its = [row for row in went if monday_of(day_of(row["shipped_at"])) == monday]
        found.append(
            (
                monday,
                len(its),
                sum(monday_of(day) == monday for day in unasked),
                sum(row["failed"] for row in its),
            )
        )
    return found


def _rate(name: str, rows: list[Row]) -> tuple[object, ...]:
    went = [row for row in rows if row["shipped_at"]]
    failed = sum(row["failed"] for row in went)
    return (name, *wilson(failed, len(went)), failed, len(went))


FIGURES = {
    "failures": failures,
    "time-and-outcome": time_and_outcome,
    "lead": lead,
    "keys": keys,
    **{f"escapes-{by}": escapes(by) for by in ("rule", "tool", "path", "group")},
}

"""How fast, and what became of it: counted one by one."""

from __future__ import annotations

from typing import Any

from tests.figures.oracle import Tables
from tests.figures.oracles.asked import Asked, Row, monday_of, nearest, wilson

Rows = list[tuple[Any, ...]]

AI = {
    "assisted": 0, "contradicted": 0, "declared_human": 1, "undeclared": 2, "suspected": 2, "automation": 3
}  # fmt: skip
TIERS = {"low": 0, "normal": 1, "high": 2, "critical": 3, "": 4}


def waits(tables: Tables, asked: Asked) -> Rows:
    ends = {
        "5 min": 300,
        "15 min": 900,
        "1 h": 3600,
        "4 h": 14400,
        "8 h": 28800,
        "1 d": 86400,
        "3 d": 259200,
    }
    found = dict.fromkeys([*ends, "longer"], 0)
    for row in asked.rows(tables):
        if row["took"] is not None:
            fitting = [name for name, end in ends.items() if row["took"] <= end]
            found[fitting[0] if fitting else "longer"] += 1
    return list(found.items())


def pace(tables: Tables, asked: Asked) -> Rows:
    found, rows = [], asked.rows(tables)
    for monday in asked.mondays():
        took = [
            row["took"]
            for row in rows
            if monday_of(row["day"]) == monday and row["took"] is not None
        ]
        found.append((monday, nearest(took, 50), nearest(took, 90), len(took)))
    return found


def in_time(tables: Tables, asked: Asked) -> Rows:
    found, rows = [], asked.rows(tables)
    for monday in asked.mondays():
        its = [row["status"] for row in rows if monday_of(row["day"]) == monday]
        decided = sum(it in ("approved", "rejected") for it in its)
        due = decided + its.count("expired")
        share, low, high = wilson(decided, due if due >= 5 else 0)
        found.append((monday, share, decided, due, low, high))
    return found


def funnel(tables: Tables, asked: Asked) -> Rows:
    return _steps([(AI[row["ai"]], row) for row in asked.rows(tables)], 4)


def tiers(tables: Tables, asked: Asked) -> Rows:
    return _steps([(TIERS[row["tier"]], row) for row in asked.rows(tables)], 5)


def _steps(rows: list[tuple[int, Row]], columns: int) -> Rows:
    steps = {
        "Opened": lambda row: True,
        "Put to people": lambda row: row["status"] != "not_required",
        "Decided by people": lambda row: row["status"] in ("approved", "rejected"),
        "Allowed to go on": lambda row: row["status"] in ("approved", "overridden", "not_required"),
        "Deployed": lambda row: row["shipped_at"] is not None,
        "Failed after that": lambda row: row["shipped_at"] is not None and row["failed"],
    }
    return [
        (
            name,
            *(
                sum(bool(fits(row)) for at, row in rows if at == column)
                for column in range(columns)
            ),
        )
        for name, fits in steps.items()
    ]


FIGURES = {"waits": waits, "pace": pace, "in-time": in_time, "funnel": funnel, "tiers": tiers}

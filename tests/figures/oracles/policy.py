"""What each rule asks for, costs and caught: counted one by one."""

from __future__ import annotations

from tests.figures.oracle import Tables
from tests.figures.oracles.asked import Asked, names_of
from tests.figures.oracles.speed import Rows


def _costs(tables: Tables, asked: Asked) -> list[tuple[str, int, int, int, int, int, int]]:
    """Rule, applied, caught, alone, looked, shipped, failed."""
    found: dict[str, list[int]] = {}
    for row in asked.rows(tables):
        names = names_of(tables, row)
        for rule in names.get("rule", ()):
            its = found.setdefault(rule, [0] * 6)
            went = row["shipped_at"] is not None
            its[0] += 1
            its[1] += row["status"] == "rejected"
            its[2] += rule in names.get("rule alone", ())
            its[3] += row["looked"]
            its[4] += went
            its[5] += went and row["failed"]
    return [(rule, *its) for rule, its in found.items()]  # type: ignore[misc]


def rules(tables: Tables, asked: Asked) -> Rows:
    return list(sorted(_costs(tables, asked), key=lambda it: (-it[1], it[0]))[:20])


def rule_hours(tables: Tables, asked: Asked) -> Rows:
    ordered = sorted(_costs(tables, asked), key=lambda it: (-it[4], it[0]))
    return [(rule, looked, applied, caught) for rule, applied, caught, _, looked, *_ in ordered][
        :20
    ]


FIGURES = {"rules": rules, "rule-hours": rule_hours}

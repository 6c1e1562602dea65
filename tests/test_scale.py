"""Is the model behind docs/scale.md the same each time, and does it lose nothing?"""

from __future__ import annotations

from tests.bench.scale import written
from tests.bench.writer import PLACES, Load, simulate

BUSY = Load(rate=5.0, lasts=30.0, late=60)
SQLITE, NEARBY, *_, FAR = PLACES


def test_the_same_seed_is_the_same_day() -> None:
    assert simulate(SQLITE, BUSY, seed=3) == simulate(SQLITE, BUSY, seed=3)
    assert simulate(SQLITE, BUSY, seed=3) != simulate(SQLITE, BUSY, seed=4)


def test_whatever_came_was_served_once_also_where_it_is_too_much() -> None:
    for place in (SQLITE, FAR):
        outcome = simulate(place, BUSY)
        assert {unit: len(waits) for unit, waits in outcome.waited.items()} == outcome.arrived
        assert set(outcome.arrived) == {"change", "click", "deadline", "following"}
        assert outcome.busy <= outcome.ended


def test_nobody_waits_for_less_than_their_own_turn() -> None:
    shortest = min(simulate(NEARBY, BUSY).waited["click"])
    assert round(shortest, 6) >= round(NEARBY.lasts(["click"]), 6)


def test_only_what_is_between_the_marks_is_replaced() -> None:
    document = "before\n<!-- carried -->\nold\n<!-- end -->\nafter\n"
    expected = "before\n<!-- carried -->\nnew\n<!-- end -->\nafter\n"
    assert written(document, {"carried": ["new"]}) == expected

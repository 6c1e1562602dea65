"""Does the judge of the timers see what must never happen, and is an expiry one for whoever asks?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import count

import pytest

from tests.bench.rivals.contest import Fired, Happened, Timer, Watch, seconds
from tests.bench.timers import _judge
from tests.bench.timers_expiry import Expiries
from tests.bench.timers_shown import Measured, Sizes, report

DUE = 1_000.0


@pytest.fixture
async def expiries(database_url: str) -> AsyncIterator[Expiries]:
    made = Expiries(database_url)
    yield made
    await made.close()


async def test_what_is_due_expires_once_however_often_it_is_asked_for(expiries: Expiries) -> None:
    due = seconds()
    await expiries.expect([Timer(id=1, due=due), Timer(id=2, due=due + 3600)])
    assert [await expiries.record(1), await expiries.record(1)] == [True, False]
    ((timer, at),) = await expiries.all()
    assert timer == 1
    assert at >= due - 1e-6


async def test_an_engine_that_is_ahead_of_the_clock_waits_until_it_is_due(
    expiries: Expiries,
) -> None:
    due = seconds() + 0.1
    await expiries.expect([Timer(id=1, due=due)])
    assert await expiries.record(1)
    assert seconds() >= due


async def test_what_is_lost_early_or_doubled_is_seen() -> None:
    right = judged({1: 1.0, 2: 1.0}, [(1, 0.5), (2, 0.5)])
    assert (right.lost, right.early, right.doubled, right.rate) == (0, 0, 0, 2)
    lost = judged({1: 1.0, 2: 1.0}, [(1, 0.5)])
    assert (lost.lost, lost.early, lost.doubled) == (1, 0, 0)
    early = judged({1: 1.0, 2: 1.0}, [(1, -0.5), (2, 0.5)])
    assert (early.lost, early.early, early.doubled) == (0, 1, 0)
    doubled = judged({1: 1.0, 2: 1.0}, [(1, 0.5), (2, 0.5), (2, 0.7)])
    assert (doubled.lost, doubled.early, doubled.doubled) == (0, 0, 1)


async def test_where_no_process_lived_the_trail_tells_how_late_it_was() -> None:
    assert judged({}, [(1, 0.5), (2, 2.0)]).rate == 1


def judged(committed: Mapping[int, float], effects: Sequence[tuple[int, float]]) -> Measured:
    """Of two timers; all moments are after they were due."""
    happened = [Happened(timer, DUE + after) for timer, after in effects]

    async def all_of_them() -> Sequence[Happened]:
        return happened

    known = {timer: DUE + after for timer, after in committed.items()}
    fired = Fired(armed=0, committed=known, effects=all_of_them, refused=0)
    return _judge([Timer(id=1, due=DUE), Timer(id=2, due=DUE)], fired, happened, Watch())


def test_each_is_held_against_apscheduler_on_the_same_store_and_a_commit_is_priced() -> None:
    rates = count(100, 100)
    names = (
        "Countersign on SQLite",
        "APScheduler's store on SQLite",
        "Countersign on PostgreSQL",
        "APScheduler's store on PostgreSQL",
        "procrastinate",
    )
    rows = {"burst": {name: [measured(next(rates))] for name in names}}
    said = list(report(rows, Sizes(rounds=1), {"SQLite": 0.06, "PostgreSQL": 1.5}))
    assert said[0] == "A commit of one row on this disk: 0.06 ms on SQLite, 1.50 ms on PostgreSQL."
    table = [line.split(" | ")[:3] for line in said if line.startswith("| ") and "×" in line]
    assert [ratio for *_, ratio in table] == ["0.50×", "1.00×", "0.75×", "1.00×", "1.25×"]


def measured(rate: float) -> Measured:
    return Measured(
        p50=1,
        p99=1,
        rate=rate,
        blocked=0,
        own_cpu=0,
        database_cpu=0,
        lost=0,
        early=0,
        doubled=0,
    )

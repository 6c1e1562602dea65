"""Is each figure what the trail alone says? Drawn from the tables, and counted anew by an oracle."""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from bot.domain.seeing.chart import Chart
from bot.domain.seeing.question import Question
from bot.engine.charts.every import EVERY
from bot.engine.counting import Counting
from storage.store import Session, Store
from tests.builders import NOW, FakeClock
from tests.figures.lived import World
from tests.figures.oracle import Tables, tables
from tests.figures.oracles import outcomes, policy, speed, work
from tests.figures.oracles.asked import Asked

ORACLES: dict[str, Any] = {**speed.FIGURES, **work.FIGURES, **policy.FIGURES, **outcomes.FIGURES}
TODAY = (NOW + timedelta(days=4)).date()
LIVES = 100


def test_every_figure_has_an_oracle() -> None:
    assert set(EVERY) == {*ORACLES, *work.OF_ENTRIES}


async def test_every_figure_is_what_the_trail_says(database_url: str) -> None:
    store = Store(database_url, clock=FakeClock())
    world = World(Random(11))  # noqa: S311 -- an invented past
    await store.write(lambda session: world.go_on(session, LIVES))
    counting = Counting(store=store, signoffs=50)
    while await counting.turn():
        pass
    entries = await store.read(_entries)
    known = tables(entries)
    told = 0
    for question, asked in _questions(known):
        for name in ORACLES:
            chart = await _drawn(store, name, question)
            assert _same(chart, ORACLES[name](known, asked)), (name, asked)
            told += not chart.too_few
        for name, oracle in work.OF_ENTRIES.items():
            chart = await _drawn(store, name, question)
            assert _same(chart, oracle(entries, asked)), (name, asked)
    assert told > 60, "they have something to say"
    await store.close()


async def _drawn(store: Store, name: str, question: Question) -> Chart:
    return await store.read(lambda session: EVERY[name](session, question))


def _questions(known: Tables) -> list[tuple[Question, Asked]]:
    """Of all, of each group, of each tool and of some others."""
    names = {(sort, name) for sort, name, *_ in known.names if sort in ("group", "tool", "rule")}
    only = [("all", ""), *sorted(names), ("environment", "staging"), ("group", "nobody")]
    return [
        (
            Question(name="", today=TODAY, weeks=weeks, sort=sort, of=of),
            Asked(today=TODAY, weeks=weeks, sort=sort, of=of),
        )
        for sort, of in only
        for weeks in ((4, 13) if sort == "all" else (4,))
    ]


def _entries(session: Session) -> list[tuple[int, str, str]]:
    rows = session.execute(text("SELECT seq, signoff_id, body FROM audit ORDER BY seq"))
    return [(seq, about, body) for seq, about, body in rows]


def _same(chart: Chart, wanted: list[tuple[Any, ...]]) -> bool:
    """To the second; rates as far as two ways of computing them agree."""
    assert len(chart.rows) == len(wanted), (chart.rows, wanted)
    for row, other in zip(chart.rows, wanted, strict=True):
        for cell, its in zip(row, other, strict=True):
            close = isinstance(cell, float) and isinstance(its, float)
            assert math.isclose(cell, its, abs_tol=1e-9) if close else cell == its, (row, other)  # type: ignore[arg-type]
    return True

"""What does the one writer spend on a change, a click, a deadline, and on all that follows?

`python -m tests.bench.costs`: the real store and engine on a SQLite file and on a PostgreSQL of
its own. What it prints stands in tests/bench/writer.py. A turn lasts from when the writer takes its
connection until it gives it back, committed. Told is processor time, of the writer's thread and of
the database: others use this machine too. Disk and network are the model's to add.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import mean, median
from typing import Any

from sqlalchemy import event

from bot.domain.signoff import Signoff, Verdict
from storage.store import Session
from tests.bench.rivals.cluster import durable
from tests.builders import FakeClock, a_change, a_click, hours
from tests.engine.house import House, a_house_at

TOGETHER = 32
ROUNDS = 12
LATE = 50
"""Deadlines that pass at once."""


@dataclass(frozen=True, slots=True)
class Turn:
    ms: float
    statements: int


@dataclass(slots=True)
class Watch:
    """Sees every turn of the writer."""

    turns: list[Turn] = field(default_factory=list)
    _since: float = 0.0
    _statements: int = 0

    def begin(self, connection: Any, *_: object) -> None:
        self._since, self._statements = _spent(connection), 0

    def said(self, *_: object) -> None:
        self._statements += 1

    def end(self, connection: Any, *_: object) -> None:
        self.turns.append(Turn(_spent(connection) - self._since, self._statements))


def _spent(connection: Any) -> float:
    """Milliseconds that this thread, and the database's process, have computed so far."""
    if isinstance(connection, sqlite3.Connection):
        return 1000 * time.thread_time()
    of = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    return 1000 * time.thread_time() + int(of.read_text().split()[0]) / 1e6


@dataclass(slots=True)
class Sort:
    """One sort of unit, alone in a turn and many together."""

    alone: list[Turn] = field(default_factory=list)
    together: list[Turn] = field(default_factory=list)

    def __str__(self) -> str:
        one, many = middle(self.alone), middle(self.together)
        statements = (self.together[-1].statements - self.alone[-1].statements) / (TOGETHER - 1)
        each = (many - one) / (TOGETHER - 1)
        return f"alone {one:.2f} ms, each of {TOGETHER} {each:.2f} ms, {statements:.1f} statements"


def watched(house: House) -> Watch:
    watch, engine = Watch(), house.store._ground.writing
    event.listen(engine, "checkout", watch.begin)
    event.listen(engine, "checkin", watch.end)
    event.listen(engine, "before_cursor_execute", watch.said)
    return watch


async def together(
    house: House, watch: Watch, what: Sequence[Awaitable[Any]]
) -> tuple[Turn, list[Any]]:
    """All of these in one turn: the writer is held until all of them wait for it."""
    held, gate = threading.Event(), threading.Event()

    def hold(_: Session) -> None:
        held.set()
        gate.wait(10)

    before = asyncio.create_task(house.store.write(hold))
    await asyncio.to_thread(held.wait, 10)
    tasks = [asyncio.ensure_future(it) for it in what]
    while house.store.backlog < len(tasks):  # noqa: ASYNC110 -- it does not tell
        await asyncio.sleep(0.001)
    watch.turns.clear()
    gate.set()
    results = await asyncio.gather(before, *tasks)
    return watch.turns[1], results[1:]


def middle(turns: Sequence[Turn]) -> float:
    return median(turn.ms for turn in turns)


async def measure(url: str) -> AsyncIterator[str]:
    clock = FakeClock()
    async with a_house_at(url, clock) as house:
        watch, numbers = watched(house), count()
        changes, clicks, after = Sort(), Sort(), list[Turn]()

        async def opened() -> Signoff:
            n = next(numbers)
            change = a_change(key=f"deploy/{n}", repository=f"acme/payments-{n}")
            return (await house.signoffs.open(change)).signoff

        began = time.process_time()
        for turn in range(ROUNDS + 1):
            for size in (1, TOGETHER):
                found = await _round(house, watch, opened, size)
                if turn:  # the first is to warm up
                    for sort, its in ((changes, found[0]), (clicks, found[1])):
                        (sort.alone if size == 1 else sort.together).append(its)
                    after += found[2]
        spent = 1000 * (time.process_time() - began) / ((ROUNDS + 1) * (1 + TOGETHER))
        yield f"the process, without HTTP: {spent:.1f} ms a signoff"
        yield f"change: {changes}"
        yield f"click: {clicks}"
        yield _what_follows(after, ROUNDS * (1 + TOGETHER))
        for _ in range(LATE):
            await opened()
        clock.go_on(hours(0.3))
        watch.turns.clear()
        yield _deadlines(await house.signoffs.pass_deadlines(), watch.turns)


async def _round(
    house: House, watch: Watch, opened: Callable[[], Awaitable[Signoff]], size: int
) -> tuple[Turn, Turn, list[Turn]]:
    """Some changes come, are shown, are approved, and their pipelines are told."""
    change, signoffs = await together(house, watch, [opened() for _ in range(size)])
    watch.turns.clear()
    await house.settle()
    shown = list(watch.turns)
    click, _ = await together(
        house, watch, [house.signoffs.review(a_click(s), Verdict.APPROVE) for s in signoffs]
    )
    watch.turns.clear()
    await house.settle()
    return change, click, shown + watch.turns


def _what_follows(turns: Sequence[Turn], signoffs: int) -> str:
    ms, statements = (mean(it) for it in zip(*((t.ms, t.statements) for t in turns), strict=True))
    many = len(turns) / signoffs
    return (
        f"what follows a signoff: {many:.1f} turns of {ms:.2f} ms (median "
        f"{middle(turns):.2f}), {statements:.1f} statements"
    )


def _deadlines(passed: int, turns: Sequence[Turn]) -> str:
    ms, statements = sum(t.ms for t in turns), sum(t.statements for t in turns)
    return f"deadline: {passed} in {ms:.0f} ms, {ms / passed:.2f} each, {statements / passed:.1f} statements"


async def tell(name: str, url: str) -> None:
    async for line in measure(url):
        sys.stdout.write(f"{name}, {line}\n")


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-costs-")))
        asyncio.run(tell("SQLite", f"sqlite:///{folder / 'costs.db'}"))
        server = stack.enter_context(durable())
        asyncio.run(tell("PostgreSQL", server.new_database()))


if __name__ == "__main__":
    main()

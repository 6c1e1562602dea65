"""What does a unit of work cost? To approve, to pass what is due, and both among very many others.

`python -m tests.bench.units`. The rival, an AsyncSession over aiosqlite, takes part where aiosqlite
is installed in the Python that runs this; the project does not need it.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import Session

from bot.domain.signoff import Review, Signoff, Verdict
from storage import moment
from storage.postgresql import driver_url
from storage.store import Store
from tests.bench.filling import Copies, fill
from tests.bench.rivals.cluster import durable
from tests.builders import NOW, FakeClock, a_click
from tests.engine.house import House, furnish

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
RIVAL = "AsyncSession over aiosqlite"
AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`approved`, `due` and `probes` are signoffs a round; `most` is how many are stored at most."""

    rounds: int = 5
    approved: int = 600
    due: int = 10_000
    probes: int = 200
    most: int = 1_000_000


@dataclass(slots=True, kw_only=True)
class Town:
    """A house whose signoffs are told apart by a number."""

    store: Store
    house: House
    clock: FakeClock
    opened: int = 0

    async def open(self) -> Signoff:
        self.opened += 1
        number = f"{self.store.alone}-{time.perf_counter_ns()}-{self.opened}"
        return await self.house.open(key=number, repository=f"acme/payments-{number}")


@asynccontextmanager
async def _town(url: str, prefix: str) -> Iterator[Town]:  # type: ignore[misc]
    numbers = iter(range(10**9))
    clock = FakeClock()
    store = Store(url, clock=clock)
    house = furnish(store, clock, new_id=lambda: f"sgn_{prefix}{next(numbers)}")
    try:
        yield Town(store=store, house=house, clock=clock)
    finally:
        await store.close()


async def _all(works: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """How many a second, so many in flight."""
    waiting = iter(works)

    async def worker() -> None:
        for work in waiting:
            await work()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return len(works) / (time.perf_counter() - began)


# Approving: the same statements, within the same transaction.


async def _approvals(town: Town, url: str, count: int, *, rival: bool) -> float:
    signoffs = [await town.open() for _ in range(count)]
    if not rival:
        return await _all([lambda it=it: town.house.review(it) for it in signoffs])  # type: ignore[misc]
    engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"), pool_size=1)
    event.listen(engine.sync_engine, "connect", _as_ours)
    event.listen(engine.sync_engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        return await _all([lambda it=it: _approve(engine, town, it) for it in signoffs])  # type: ignore[misc]
    finally:
        await engine.dispose()


def _as_ours(connection: object, _: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


async def _approve(engine, town: Town, signoff: Signoff) -> None:  # type: ignore[no-untyped-def]
    click = a_click(signoff)
    review = Review(
        person=click.person,
        verdict=Verdict.APPROVE,
        at=town.clock(),
        revision=click.revision,
        policy_digest=click.policy_digest,
    )
    info = moment.given(town.clock)
    clicks = town.house.signoffs._clicks
    async with (
        AsyncSession(engine, sync_session_class=Session, info=info) as session,
        session.begin(),
    ):
        await session.run_sync(lambda sync: clicks.review(sync, click, review))


# What is due, and what is stored.


async def _copied(url: str, count: int, *, decided: bool) -> None:
    """So many like one that a house made."""
    async with _town(url, "first") as town:
        first = await town.open()
        if decided:
            await town.house.review(first)
    engine = create_engine(driver_url(url) if url.startswith("postgres") else url)
    with engine.connect() as connection:
        fill(connection, [Copies(of=first.id, count=count, apart=0.1, days=0)], 100)
    engine.dispose()


async def _deadlines(url: str, count: int) -> tuple[float, float]:
    """Reminders a second, and expiries a second: state, trail, who is nudged, what hangs."""
    await _copied(url, count, decided=False)
    rates = []
    async with _town(url, "due") as town:
        for later in (0.3, 9):
            town.clock.now = NOW.replace(hour=10 + int(later), minute=int(later % 1 * 60))
            began = time.perf_counter()
            passed = await town.house.signoffs.pass_deadlines()
            assert passed >= count, "they were not due"
            rates.append(passed / (time.perf_counter() - began))
    return rates[0], rates[1]


async def _probe(town: Town, count: int) -> float:
    """Milliseconds that opening and approving one takes."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        await town.house.review(await town.open())
        took.append(1000 * (time.perf_counter() - began))
    return median(took)


@dataclass(slots=True, kw_only=True)
class Figures:
    """By store, or contender; a figure for each round."""

    approve: dict[str, list[float]]
    due: dict[str, list[tuple[float, float]]]
    stored: dict[tuple[str, int], list[float]]


async def measure(sizes: Sizes, new_url: Callable[[str], str]) -> Figures:
    """`new_url` makes a database of its own of that sort."""
    figures = Figures(approve={}, due={}, stored={})
    rival = importlib.util.find_spec("aiosqlite") is not None
    for turn in range(sizes.rounds):
        for name in (SQLITE, POSTGRESQL, *([RIVAL] if rival else [])):
            url = new_url(SQLITE if name == RIVAL else name)
            async with _town(url, "approved") as town:
                rate = await _approvals(town, url, sizes.approved, rival=name == RIVAL)
            figures.approve.setdefault(name, []).append(rate)
        for name in (SQLITE, POSTGRESQL):
            rates = await _deadlines(new_url(name), sizes.due)
            figures.due.setdefault(name, []).append(rates)
        sys.stderr.write(f"round {turn} done\n")
    for name in (SQLITE, POSTGRESQL):
        await _among_many(figures, sizes, name, new_url)
    return figures


async def _among_many(
    figures: Figures, sizes: Sizes, name: str, new_url: Callable[[str], str]
) -> None:
    async with AsyncExitStack() as stack:
        towns = {}
        for count in (1_000, sizes.most // 10, sizes.most):
            url = new_url(name)
            await _copied(url, count, decided=True)
            towns[count] = await stack.enter_async_context(_town(url, "probe"))
            await _probe(towns[count], sizes.probes // 4)
        for _ in range(sizes.rounds):
            for count, town in towns.items():
                took = await _probe(town, sizes.probes)
                figures.stored.setdefault((name, count), []).append(took)


def report(sizes: Sizes | None = None) -> list[str]:
    """Markdown, for docs/performance.md; for a loop of its own."""
    sizes = sizes or Sizes()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="units-")))
        server = stack.enter_context(durable())
        numbers = iter(range(10**6))

        def new_url(name: str) -> str:
            sqlite = f"sqlite:///{folder / f'{next(numbers)}.db'}"
            return sqlite if name == SQLITE else server.new_database()

        figures = asyncio.run(measure(sizes, new_url))
    return [*_approve_table(figures), "", *_due_table(figures, sizes), "", *_stored_table(figures)]


def _approve_table(figures: Figures) -> Iterator[str]:
    yield from (f"| approve, {AT_ONCE} in flight | a second | against the rival |", "|---|---|---|")
    base = median(figures.approve[RIVAL]) if RIVAL in figures.approve else 0
    for name, rates in figures.approve.items():
        rate = median(rates)
        yield f"| {name} | {rate:.0f} | {f'{rate / base:.1f}×' if base else '–'} |"


def _due_table(figures: Figures, sizes: Sizes) -> Iterator[str]:
    yield f"| {sizes.due:,} due at once | reminders a second | expiries a second |"
    yield "|---|---|---|"
    for name, rounds in figures.due.items():
        reminders, expiries = (median(rates) for rates in zip(*rounds, strict=True))
        yield f"| {name} | {reminders:.0f} | {expiries:.0f} |"


def _stored_table(figures: Figures) -> Iterator[str]:
    yield from (
        "| opened and approved | stored | median ms | against the first |",
        "|---|---|---|---|",
    )
    first: dict[str, float] = {}
    for (name, count), rounds in figures.stored.items():
        took = median(rounds)
        base = first.setdefault(name, took)
        yield f"| {name} | {count:,} | {took:.2f} | {took / base:.2f}× |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.units", description=__doc__)
    for f in fields(Sizes):
        parser.add_argument(f"--{f.name}", type=int, default=f.default)
    sys.stdout.write("\n".join(report(Sizes(**vars(parser.parse_args())))) + "\n")

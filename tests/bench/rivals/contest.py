"""What must a contender do in a benchmark, and how is it watched?"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

from bot.clock import system_clock

State = TypeVar("State")
Load = TypeVar("Load")
Result = TypeVar("Result")

ROW, EXPIRY = "row", "expiry"
CROWD = 10**9
"""Numbers from here on are of those that only wait, for a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a contender works: an empty database and an empty folder, for this round alone.

    `patience`: seconds after which what has not happened never will. `crowd`: how many others
    wait in the store meanwhile. `effect`: what happens at each deadline.
    """

    url: str
    folder: Path
    patience: float
    crowd: int = 0
    effect: str = ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender(Generic[Load, State, Result]):
    """`prepare` makes tables, and whatever takes its time; `run` is what is measured."""

    prepare: Callable[[Place], Awaitable[State]]
    run: Callable[[State, Load], Awaitable[Result]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who takes part. `lead`: seconds that arming one timer may take. `crowd`: how many it can
    let wait at most, where starting them would take longer than anybody waits."""

    name: str
    store: str
    module: str
    needs: tuple[str, ...] = ()
    lead: float = 0.001
    crowd: int = 10**9

    @property
    def missing(self) -> str:
        """Why it cannot take part; empty if it can."""
        absent = [name for name in self.needs if importlib.util.find_spec(name) is None]
        if absent:
            return f"not installed: {', '.join(absent)}"
        return "" if importlib.util.find_spec(self.module) else "not written yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Its effect must happen once, at `due` (seconds of Unix time) or as soon after as it can."""

    id: int
    due: float


class Happened(NamedTuple):
    """When its effect took place, as it says itself."""

    timer: int
    at: float


class Effect(Protocol):
    """What follows when something is due."""

    async def expect(self, timers: Sequence[Timer]) -> None:
        """Store what has to be there before."""

    async def record(self, timer: int) -> bool:
        """Durable when it returns; False if it had happened before."""

    async def all(self) -> Sequence[Happened]:
        """What happened twice is there twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """`committed`: when the process knew an effect to be durable; empty if there was none to know.
    `effects` reads what the database holds in the end. `refused`: second effects that only a unique
    key or the lifecycle kept out. `armed`: when the last timer was armed."""

    armed: float
    committed: Mapping[int, float]
    effects: Callable[[], Awaitable[Sequence[Happened]]]
    refused: int


@dataclass(slots=True, kw_only=True)
class Tally:
    """Notes what was committed, and wakes who waits for the last."""

    expected: int
    committed: dict[int, float] = field(default_factory=dict)
    refused: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _all: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, timer: int, fresh: bool) -> None:
        """From any thread."""
        if fresh:
            self.committed[timer] = seconds()
        else:
            self.refused += 1
        if len(self.committed) >= self.expected:
            self._loop.call_soon_threadsafe(self._all.set)

    async def wait(self, until: float) -> None:
        """For the last one; or until that moment, for there may be none."""
        try:
            async with asyncio.timeout(max(0.1, until - seconds())):
                await self._all.wait()
        except TimeoutError:
            pass  # what is missing is counted by who asked


@dataclass(slots=True, kw_only=True)
class Watch:
    """How long did the event loop hear nobody, and what did it all cost the processors? Whatever
    processes it started are counted as its own."""

    postmaster: int = 0
    blocked: float = 0.0
    own_cpu: float = 0.0
    database_cpu: float = 0.0
    _task: asyncio.Task[None] | None = None

    def begin(self, at: float) -> None:
        self._task = asyncio.create_task(self._tick(at))

    async def end(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.own_cpu = cpu_of(os.getpid()) - self.own_cpu
        self.database_cpu = cpu_of(self.postmaster) - self.database_cpu

    async def _tick(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - seconds()))
        self.own_cpu, self.database_cpu = cpu_of(os.getpid()), cpu_of(self.postmaster)
        while True:
            before = time.perf_counter()
            try:
                await asyncio.sleep(0.005)
            finally:  # cancelled, it may have been kept waiting as well
                self.blocked = max(self.blocked, time.perf_counter() - before - 0.005)


def unfinished(rows: Mapping[str, Mapping[str, Sequence[object]]], rounds: int) -> Iterator[str]:
    """Which rounds ended with an error: a report must not hide them."""
    for work, contenders in rows.items():
        for name, ended in contenders.items():
            if len(ended) < rounds:
                yield f"- {name}, {work}: only {len(ended)} of {rounds} rounds came to an end."


def crowd_of(place: Place) -> Sequence[Timer]:
    """Those that only wait."""
    far = seconds() + 365 * 86400
    return [Timer(id=CROWD + number, due=far) for number in range(place.crowd)]


def seconds() -> float:
    """Unix time."""
    return system_clock().timestamp()


def cpu_of(parent: int) -> float:
    """Seconds of processor time of a process and of its children, dead ones included."""
    if not parent:
        return 0.0
    before, ticks = -1, 0
    while (dead := _ticks(parent, slice(13, 15))) != before:  # nobody died while we counted
        living = (int(it.parent.name) for it in Path("/proc").glob("[0-9]*/stat"))
        children = sum(_ticks(it, slice(11, 13)) for it in living if _parent(it) == parent)
        before, ticks = dead, _ticks(parent, slice(11, 13)) + dead + children
    return ticks / os.sysconf("SC_CLK_TCK")


def _parent(process: int) -> int:
    return sum(map(int, _stat(process)[1:2]))


def _ticks(process: int, which: slice) -> int:
    return sum(map(int, _stat(process)[which]))


def _stat(process: int) -> Sequence[str]:
    """What comes after its name; nothing if it ended meanwhile."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ()

"""What if the process that passes the deadlines is killed in the middle, or has two others beside it?

`python -m tests.bench.timers_torn URL` is such a process: Countersign as in timers_ours.py, without
the news that replicas tell each other of cards. Judged by the audit trail alone: no process that
counts has to survive.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import psycopg

from tests.bench.rivals.contest import Contender, Fired, Happened, Place, Timer, seconds
from tests.bench.timers_expiry import Expiries

LOOK_EVERY = 0.02
_LEFT = "SELECT count(*) FROM signoff WHERE status = 'pending'"


@dataclass(slots=True, kw_only=True)
class State:
    place: Place
    processes: list[Process]
    killed: bool


async def prepare(place: Place, *, processes: int = 1, killed: bool = False) -> State:
    started = [await _started(place.url) for _ in range(processes)]
    return State(place=place, processes=started, killed=killed)


async def run(state: State, timers: Sequence[Timer]) -> Fired:
    url = state.place.url
    expiries = Expiries(url)
    await expiries.expect(timers)
    await expiries.close()
    await asyncio.gather(*(_opened(it) for it in state.processes))
    armed, until = seconds(), max(it.due for it in timers) + state.place.patience
    if state.killed:
        await _until(lambda: _left(url) <= len(timers) * 2 / 3, until)
        await _killed(state)
    await _until(lambda: _left(url) == 0, until)
    await asyncio.gather(*(it.communicate(b"") for it in state.processes))
    return Fired(armed=armed, committed={}, effects=partial(_witnessed, url), refused=0)


async def _killed(state: State) -> None:
    """And started again at once."""
    state.processes[0].kill()
    await state.processes[0].wait()
    if _left(state.place.url) == 0:
        raise SystemExit("all were passed before it could be killed: take more of them")
    state.processes[0] = await _started(state.place.url)
    await _opened(state.processes[0])


async def _started(url: str) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.timers_torn", url, stdin=PIPE, stdout=PIPE
    )
    await _line(process)
    return process


async def _opened(process: Process) -> None:
    assert process.stdin
    process.stdin.write(b"open\n")
    await _line(process)


async def _line(process: Process) -> None:
    assert process.stdout
    assert await process.stdout.readline(), "it ended at once"


async def _until(condition: Callable[[], bool], until: float) -> None:
    while not condition() and seconds() < until:  # noqa: ASYNC110 -- in other processes
        await asyncio.sleep(LOOK_EVERY)


def _left(url: str) -> int:
    if url.startswith("sqlite"):
        file = url.replace("sqlite:///", "file:") + "?mode=ro"  # it must not checkpoint
        with closing(sqlite3.connect(file, uri=True)) as reader:
            return int(reader.execute(_LEFT).fetchone()[0])
    with psycopg.connect(url) as connection:
        ((left,),) = connection.execute(_LEFT).fetchall()
        return int(left)


async def _witnessed(url: str) -> Sequence[Happened]:
    expiries = Expiries(url)
    effects = await expiries.all()
    await expiries.close()
    return effects


async def _serve(url: str) -> None:
    """Opens when it is told to, as a SQLite file is for one process; ends when nobody listens."""
    _say("here")
    await asyncio.to_thread(sys.stdin.readline)
    expiries = Expiries(url)
    heart = expiries.heart()
    heart.start()
    _say("open")
    await asyncio.to_thread(sys.stdin.read)
    await heart.stop()
    await expiries.close()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


_ONE = Contender(prepare=prepare, run=run)
_KILLED = Contender(prepare=partial(prepare, killed=True), run=run)

CONTENDERS = {
    "Countersign on SQLite, one process": _ONE,
    "Countersign on SQLite, killed once": _KILLED,
    "Countersign on PostgreSQL, one process": _ONE,
    "Countersign on PostgreSQL, killed once": _KILLED,
    "Countersign on PostgreSQL, three processes": Contender(
        prepare=partial(prepare, processes=3), run=run
    ),
}

if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))

"""What if each deadline were a job of pgqueuer?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from tests.bench.rivals.contest import Contender, Fired, Place, Tally, Timer, seconds
from tests.bench.rivals.effects import Effects

CHUNK = 5_000


@dataclass(slots=True)
class _State:
    queuer: PgQueuer
    queries: Queries
    effects: Effects
    place: Place


async def prepare(place: Place) -> _State:
    driver = AsyncpgDriver(await asyncpg.connect(place.url))
    queries = Queries(driver)
    await queries.install()
    effects = Effects(place.url)
    await effects.open()
    state = _State(PgQueuer(driver), queries, effects, place)
    await _arm(state, ((10**9 + n, 365 * 86400.0) for n in range(place.crowd)))
    return state


async def run(state: _State, timers: Sequence[Timer]) -> Fired:
    tally = Tally(expected=len(timers))

    @state.queuer.entrypoint("fire")
    async def fire(job: Job) -> None:
        timer = int(job.payload or b"")
        tally.note(timer, await state.effects.record(timer))

    await _arm(state, ((t.id, t.due - seconds()) for t in timers))
    armed = seconds()
    worker = asyncio.create_task(state.queuer.run(batch_size=100))
    await tally.wait(max(t.due for t in timers) + state.place.patience)
    state.queuer.shutdown.set()
    await asyncio.wait({worker}, timeout=10)
    return Fired(
        armed=armed,
        committed=tally.committed,
        effects=await state.effects.all(),
        refused=tally.refused,
    )


async def _arm(state: _State, timers: Iterable[tuple[int, float]]) -> None:
    """It takes how long from now, not when; hence the moment is asked again for every timer."""
    rows = list(timers)
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        await state.queries.enqueue(
            ["fire"] * len(some),
            [str(timer).encode() for timer, _ in some],
            [0] * len(some),
            [timedelta(seconds=pause) for _, pause in some],
        )


CONTENDERS = {"pgqueuer": Contender(prepare=prepare, run=run)}

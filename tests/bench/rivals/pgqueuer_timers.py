"""What if each deadline were a job of pgqueuer?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from tests.bench.rivals.contest import (
    Contender,
    Effect,
    Fired,
    Place,
    Tally,
    Timer,
    crowd_of,
    seconds,
)
from tests.bench.rivals.effects import effect_of

CHUNK = 5_000


@dataclass(slots=True)
class _State:
    queuer: PgQueuer
    queries: Queries
    effect: Effect
    place: Place


async def prepare(place: Place) -> _State:
    effect = await effect_of(place)
    driver = AsyncpgDriver(await asyncpg.connect(place.url))
    queries = Queries(driver)
    await queries.install()
    state = _State(PgQueuer(driver), queries, effect, place)
    await _arm(state, crowd_of(place))
    return state


async def run(state: _State, timers: Sequence[Timer]) -> Fired:
    tally = Tally(expected=len(timers))

    @state.queuer.entrypoint("fire")
    async def fire(job: Job) -> None:
        timer = int(job.payload or b"")
        tally.note(timer, await state.effect.record(timer))

    await _arm(state, timers)
    armed = seconds()
    worker = asyncio.create_task(state.queuer.run(batch_size=100))
    await tally.wait(max(t.due for t in timers) + state.place.patience)
    state.queuer.shutdown.set()
    await asyncio.wait({worker}, timeout=10)
    return Fired(
        armed=armed,
        committed=tally.committed,
        effects=state.effect.all,
        refused=tally.refused,
    )


async def _arm(state: _State, timers: Sequence[Timer]) -> None:
    """It takes how long from now, not when; hence the moment is asked again for every timer."""
    await state.effect.expect(timers)
    for start in range(0, len(timers), CHUNK):
        some = timers[start : start + CHUNK]
        await state.queries.enqueue(
            ["fire"] * len(some),
            [str(it.id).encode() for it in some],
            [0] * len(some),
            [timedelta(seconds=it.due - seconds()) for it in some],
        )


CONTENDERS = {"pgqueuer": Contender(prepare=prepare, run=run)}

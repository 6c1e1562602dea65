"""What if each callback were a job of pgqueuer? Order is only to be had with one at a time to a
destination; and a job that is tried again is overtaken even so. A cap for each destination costs
its own kind of job each; without one all are of one kind.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial

import aiohttp
import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from tests.bench.rivals.contest import Contender, Place
from tests.bench.rivals.posting import PAUSE, Deliveries, Refused, new_session, post
from tests.bench.rivals.receiver import Callback


@dataclass(slots=True)
class _State:
    queuer: PgQueuer
    queries: Queries


async def prepare(place: Place) -> _State:
    driver = AsyncpgDriver(await asyncpg.connect(place.url))
    queries = Queries(driver)
    await queries.install()
    return _State(PgQueuer(driver), queries)


async def run(state: _State, load: Deliveries, cap: int | None) -> int:
    async with new_session(load) as session:
        kinds = [f"to-{it.destination}" if cap else "deliver" for it in load.callbacks]
        for kind in sorted(set(kinds)):
            _register(state, load, session, kind, cap or 0)
        await state.queries.enqueue(
            kinds,
            [json.dumps(asdict(it)).encode() for it in load.callbacks],
            [0] * len(load.callbacks),
        )
        load.begin()
        worker = asyncio.create_task(
            state.queuer.run(batch_size=load.in_flight // 2, max_concurrent_tasks=load.in_flight)
        )
        await load.finished()
        state.queuer.shutdown.set()
        await asyncio.wait({worker}, timeout=10)
    return sum(size.count for size in await state.queries.queue_size())


def _register(
    state: _State, load: Deliveries, session: aiohttp.ClientSession, kind: str, cap: int
) -> None:
    @state.queuer.entrypoint(kind, concurrency_limit=cap, on_failure="hold")
    async def deliver(job: Job) -> None:
        callback = Callback(**json.loads(job.payload or b""))
        try:
            await post(session, load.url, callback)
        except Refused as problem:
            raise RetryRequested(timedelta(seconds=PAUSE), str(problem)) from problem


CONTENDERS = {
    "pgqueuer, one at a time to each": Contender(prepare=prepare, run=partial(run, cap=1)),
    "pgqueuer, no order": Contender(prepare=prepare, run=partial(run, cap=8)),
    "pgqueuer, no order, no cap": Contender(prepare=prepare, run=partial(run, cap=None)),
}

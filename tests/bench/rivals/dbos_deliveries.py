"""What if each callback were a workflow of DBOS? A queue for each destination keeps the cap, a
partition of it for each key the order. Each partition is polled for, so there is also one queue
with a partition for each destination (one at a time), and one queue without any.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from tests.bench.rivals.contest import Contender, Place
from tests.bench.rivals.posting import PAUSE, Deliveries, new_session, post
from tests.bench.rivals.receiver import Callback

POLL = 0.05
"""Seconds; a queue is found by polling. The default is 1."""
AT_ONCE = 16
_running: dict[str, object] = {}


@DBOS.step(retries_allowed=True, max_attempts=1000, interval_seconds=PAUSE, backoff_rate=1.0)
async def send(callback: dict[str, object]) -> None:
    """Between two attempts it sleeps in memory, and keeps its place in the queue's cap."""
    session, url = _running["session"], _running["url"]
    await post(session, url, Callback(**callback))  # type: ignore[arg-type]


@DBOS.workflow()
async def deliver(callback: dict[str, object]) -> None:
    await send(callback)


async def prepare(place: Place) -> None:
    DBOS(
        config={
            "name": "bench",
            "system_database_url": place.url.replace("postgresql:", "postgresql+psycopg:"),
            "log_level": "CRITICAL",
        }
    )
    DBOS.launch()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """In which queue and partition a callback waits, and how many of them work at once."""

    queue: str
    partition: str | None
    limits: Mapping[str, int]


def _capped(callback: Callback, load: Deliveries) -> _Way:
    to = f"to-{callback.destination}"
    limits = {"global_concurrency": load.cap, "partition_concurrency": 1}
    return _Way(queue=to, partition=callback.key, limits=limits)


def _serial(callback: Callback, load: Deliveries) -> _Way:
    limits = {"global_concurrency": load.in_flight, "partition_concurrency": 1}
    return _Way(queue="out", partition=f"to-{callback.destination}", limits=limits)


def _free(callback: Callback, load: Deliveries) -> _Way:
    return _Way(queue="out", partition=None, limits={"worker_concurrency": load.in_flight})


async def run(_: None, load: Deliveries, way: Callable[[Callback, Deliveries], _Way]) -> int:
    ways = {it.id: way(it, load) for it in load.callbacks}
    async with new_session(load) as session:
        _running.update(session=session, url=load.url)
        await _enqueue(load, ways)
        load.begin()
        for queue, limits in {it.queue: it.limits for it in ways.values()}.items():
            await DBOS.register_queue_async(queue, polling_interval_sec=POLL, **limits)
        await load.finished()
        await asyncio.sleep(0.5)
        states = ["ENQUEUED", "PENDING"]
        return len(await DBOS.list_workflows_async(status=states, load_input=False))


async def _enqueue(load: Deliveries, ways: Mapping[str, _Way]) -> None:
    """The workflow id is the message id: enqueued twice it is still one."""
    waiting = iter(load.callbacks)

    async def some() -> None:
        for it in waiting:
            way = ways[it.id]
            with SetWorkflowID(it.id), SetEnqueueOptions(queue_partition_key=way.partition):
                await DBOS.enqueue_workflow_async(way.queue, deliver, asdict(it))

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


CONTENDERS = {
    "DBOS": Contender(prepare=prepare, run=partial(run, way=_capped)),
    "DBOS, one at a time to each": Contender(prepare=prepare, run=partial(run, way=_serial)),
    "DBOS, no order, no cap": Contender(prepare=prepare, run=partial(run, way=_free)),
}

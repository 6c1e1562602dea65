"""What if each callback were a job of procrastinate? A lock keeps the order, a queue for each
destination and a worker for each queue keep the cap (of this process; there is none across them).
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import partial

import aiohttp
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from tests.bench.rivals.contest import Contender, Place
from tests.bench.rivals.posting import PAUSE, Deliveries, Refused, new_session, post
from tests.bench.rivals.receiver import Callback


class _Patient(BaseRetryStrategy):
    """After three days it would say None, and the job is kept as failed."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        seconds = {"milliseconds": int(1000 * PAUSE)}
        return RetryDecision(retry_in=seconds) if isinstance(exception, Refused) else None


async def prepare(place: Place) -> App:
    app = App(connector=PsycopgConnector(conninfo=place.url, max_size=60))
    await app.open_async()
    await app.schema_manager.apply_schema_async()
    return app


async def run(app: App, load: Deliveries, capped: bool) -> int:
    """`capped`: else one worker takes everything, and one dead destination may fill it."""
    async with new_session(load) as session:
        _register(app, load, session)
        deliver = app.tasks["deliver"]
        await app.job_manager.batch_defer_jobs_async(
            jobs=[
                deliver.configure(
                    queue=f"to-{it.destination}", lock=f"{it.destination}/{it.key}"
                ).make_new_job(**asdict(it))
                for it in load.callbacks
            ]
        )
        load.begin()
        workers = (
            [_worker(app, [f"to-{it}"], load.cap) for it in load.destinations]
            if capped
            else [_worker(app, None, load.in_flight)]
        )
        await load.finished()
        for worker in workers:
            worker.cancel()
        await asyncio.wait(workers, timeout=10)
    left = await app.connector.execute_query_one_async(
        "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'"
    )
    return int(left["count"])


def _register(app: App, load: Deliveries, session: aiohttp.ClientSession) -> None:
    @app.task(name="deliver", retry=_Patient())
    async def deliver(id: str, destination: int, key: str, number: int) -> None:
        callback = Callback(id=id, destination=destination, key=key, number=number)
        await post(session, load.url, callback)


def _worker(app: App, queues: list[str] | None, cap: int) -> asyncio.Task[None]:
    return asyncio.create_task(
        app.run_worker_async(
            queues=queues,
            concurrency=cap,
            fetch_job_polling_interval=PAUSE,
            install_signal_handlers=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=1,
        )
    )


CONTENDERS = {
    "procrastinate": Contender(prepare=prepare, run=partial(run, capped=True)),
    "procrastinate, no cap": Contender(prepare=prepare, run=partial(run, capped=False)),
}

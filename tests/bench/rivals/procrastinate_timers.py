"""What if each deadline were a job of procrastinate?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from procrastinate import App, PsycopgConnector

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
POLL = 0.1
"""A scheduled job is only found by polling. Seconds; the default is 5."""


@dataclass(slots=True)
class _State:
    app: App
    effect: Effect
    place: Place


async def prepare(place: Place) -> _State:
    effect = await effect_of(place)
    app = App(connector=PsycopgConnector(conninfo=place.url, max_size=10))
    await app.open_async()
    await app.schema_manager.apply_schema_async()
    state = _State(app, effect, place)
    app.task(name="fire")(_unarmed)
    await _arm(state, crowd_of(place))
    return state


async def run(state: _State, timers: Sequence[Timer]) -> Fired:
    tally = Tally(expected=len(timers))

    async def fire(timer: int) -> None:
        tally.note(timer, await state.effect.record(timer))

    await _arm(state, timers)
    state.app.tasks["fire"].func = fire
    armed = seconds()
    worker = asyncio.create_task(
        state.app.run_worker_async(
            concurrency=32,
            fetch_job_polling_interval=POLL,
            install_signal_handlers=False,
            delete_jobs="successful",
        )
    )
    await tally.wait(max(t.due for t in timers) + state.place.patience)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    return Fired(
        armed=armed,
        committed=tally.committed,
        effects=state.effect.all,
        refused=tally.refused,
    )


async def _unarmed(timer: int) -> None:
    raise AssertionError("no worker runs yet")


async def _arm(state: _State, timers: Sequence[Timer]) -> None:
    await state.effect.expect(timers)
    task = state.app.tasks["fire"]
    due = ((it.id, datetime.fromtimestamp(it.due, UTC)) for it in timers)
    jobs = [task.configure(schedule_at=at).make_new_job(timer=timer) for timer, at in due]
    for start in range(0, len(jobs), CHUNK):
        await state.app.job_manager.batch_defer_jobs_async(jobs=jobs[start : start + CHUNK])


CONTENDERS = {"procrastinate": Contender(prepare=prepare, run=run)}

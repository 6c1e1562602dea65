"""What if each deadline were a workflow of DBOS that sleeps?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dbos import DBOS

from tests.bench.rivals.contest import Contender, Fired, Place, Tally, Timer, seconds
from tests.bench.rivals.effects import Effects

AT_ONCE = 16
"""Workflows that are being started at one time."""


@dataclass(slots=True)
class _State:
    effects: Effects
    place: Place


_running: dict[str, object] = {}
"""A workflow is a function of the module: this is how it finds its round."""


@DBOS.workflow()
async def sleep_and_fire(timer: int, due: float) -> None:
    await DBOS.sleep_async(due - seconds())
    effects, tally = _running["effects"], _running["tally"]
    tally.note(timer, await effects.record(timer))  # type: ignore[attr-defined]


async def prepare(place: Place) -> _State:
    DBOS(
        config={
            "name": "bench",
            "system_database_url": place.url.replace("postgresql:", "postgresql+psycopg:"),
            "log_level": "ERROR",
        }
    )
    DBOS.launch()
    effects = Effects(place.url)
    await effects.open()
    _running.update(effects=effects)
    far = seconds() + 365 * 86400
    await _arm((10**9 + n, far) for n in range(place.crowd))
    return _State(effects, place)


async def run(state: _State, timers: Sequence[Timer]) -> Fired:
    tally = Tally(expected=len(timers))
    _running.update(tally=tally)
    await _arm((t.id, t.due) for t in timers)
    armed = seconds()
    await tally.wait(max(t.due for t in timers) + state.place.patience)
    return Fired(
        armed=armed,
        committed=tally.committed,
        effects=await state.effects.all(),
        refused=tally.refused,
    )


async def _arm(timers: Iterable[tuple[int, float]]) -> None:
    waiting = iter(timers)

    async def start() -> None:
        for timer, due in waiting:
            await DBOS.start_workflow_async(sleep_and_fire, timer, due)

    await asyncio.gather(*(start() for _ in range(AT_ONCE)))


CONTENDERS = {"DBOS sleep": Contender(prepare=prepare, run=run)}

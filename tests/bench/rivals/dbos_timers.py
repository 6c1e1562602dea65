"""What if each deadline were a workflow of DBOS that sleeps?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from dbos import DBOS

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

AT_ONCE = 16
"""Workflows that are being started at one time."""


@dataclass(slots=True)
class _State:
    effect: Effect
    place: Place


_running: dict[str, object] = {}
"""A workflow is a function of the module: this is how it finds its round."""


@DBOS.workflow()
async def sleep_and_fire(timer: int, due: float) -> None:
    await DBOS.sleep_async(due - seconds())
    effect, tally = _running["effect"], _running["tally"]
    tally.note(timer, await effect.record(timer))  # type: ignore[attr-defined]


async def prepare(place: Place) -> _State:
    effect = await effect_of(place)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": place.url.replace("postgresql:", "postgresql+psycopg:"),
            "log_level": "ERROR",
        }
    )
    DBOS.launch()
    _running.update(effect=effect)
    state = _State(effect, place)
    await _arm(state, crowd_of(place))
    return state


async def run(state: _State, timers: Sequence[Timer]) -> Fired:
    tally = Tally(expected=len(timers))
    _running.update(tally=tally)
    await _arm(state, timers)
    armed = seconds()
    await tally.wait(max(t.due for t in timers) + state.place.patience)
    return Fired(
        armed=armed,
        committed=tally.committed,
        effects=state.effect.all,
        refused=tally.refused,
    )


async def _arm(state: _State, timers: Sequence[Timer]) -> None:
    await state.effect.expect(timers)
    waiting = iter(timers)

    async def start() -> None:
        for timer in waiting:
            await DBOS.start_workflow_async(sleep_and_fire, timer.id, timer.due)

    await asyncio.gather(*(start() for _ in range(AT_ONCE)))


CONTENDERS = {"DBOS sleep": Contender(prepare=prepare, run=run)}

"""What if each callback is what it is in the house: a report of a signoff, kept in the trail?

Everything is real but the adapter at its end, which sends what all contenders send: the signoffs
are stored, every success is an audit entry, a new document and cards that are no longer true.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import aiohttp
from sqlalchemy import bindparam, delete

from bot import main
from bot.domain.effects import TellPipeline
from bot.domain.lifecycle import advance, begin
from bot.domain.signoff import Signoff, Status
from bot.ports import Undelivered
from storage import moment, outbox, recording
from storage.store import Session, Store
from storage.tables import table
from tests.bench.rivals.contest import Contender, Place
from tests.bench.rivals.posting import Deliveries, Refused, new_session, post
from tests.bench.rivals.receiver import Callback
from tests.builders import a_change, approves, opened
from tests.engine.house import FakePipeline, House, furnish

FILLED_AT_ONCE = 500

_OUTBOX = table("outbox")
_NOTHING_YET = delete(_OUTBOX).where(_OUTBOX.c.signoff_id == bindparam("of"))


@dataclass(slots=True)
class Line(FakePipeline):
    """One destination: what it is to be told of each signoff, in order."""

    url: str = ""
    session: aiohttp.ClientSession | None = None
    waiting: dict[str, deque[Callback]] = field(default_factory=lambda: defaultdict(deque))

    async def report(self, signoff: Signoff) -> None:
        assert self.session is not None
        line = self.waiting[signoff.id]
        try:
            await post(self.session, self.url, line[0])
        except Refused as problem:
            raise Undelivered(str(problem)) from problem
        line.popleft()


async def prepare(place: Place) -> Store:
    sys.setswitchinterval(main.TURN)  # as we are served
    return Store(place.url)


async def run(store: Store, load: Deliveries) -> int:
    async with new_session(load) as session:
        lines = {
            f"ci-{number}": Line(url=load.url, session=session) for number in load.destinations
        }
        for callback in load.callbacks:
            lines[f"ci-{callback.destination}"].waiting[callback.key].append(callback)
        house = furnish(store, store.clock, pipelines=lines)  # type: ignore[arg-type]
        await _fill(store, lines)
        await house.dispatcher.prepare()
        load.begin()
        await _work(house, load)
        left = await store.read(outbox.backlog)
    await store.close()
    return sum(left.values())


async def _work(house: House, load: Deliveries) -> None:
    working = asyncio.create_task(house.dispatcher.run())
    ringing = asyncio.create_task(_beats(house))
    await load.finished()
    for task in (ringing, working):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            await house.dispatcher.finish()


async def _beats(house: House) -> None:
    """As the heartbeat does: what was put off is due some time."""
    while True:
        await asyncio.sleep(0.5)
        await house.dispatcher.beat()


async def _fill(store: Store, lines: dict[str, Line]) -> None:
    wanted = [
        (id, name, len(it)) for name, line in lines.items() for id, it in line.waiting.items()
    ]
    for start in range(0, len(wanted), FILLED_AT_ONCE):
        await store.write(partial(_insert, wanted=wanted[start : start + FILLED_AT_ONCE]))


def _insert(session: Session, wanted: list[tuple[str, str, int]]) -> None:
    """Decided signoffs, with as many reports as are wanted instead of one."""
    at = moment.now(session)
    for id, name, count in wanted:
        change = a_change(connection=name, key=id, repository=f"acme/{id}")
        event = opened(signoff_id=id, change=change)
        step = begin(event)
        recording.insert(session, event, step)
        review = approves("ada")
        decided = advance(step.signoff, review)
        recording.update(session, review, decided)
        session.connection().execute(_NOTHING_YET, {"of": id})
        recording.promise(session, decided.signoff, [TellPipeline(Status.APPROVED)] * count, at)


CONTENDERS = {
    "Countersign on SQLite": Contender(prepare=prepare, run=run),
    "Countersign on PostgreSQL": Contender(prepare=prepare, run=run),
}

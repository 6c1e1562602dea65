"""What leaves the house? Carrying out the outbox: at least once, until the other side accepts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import assert_never

from bot import logs
from bot.clock import Clock
from bot.domain.effects import Attest, TellPipeline
from bot.domain.signoff import Report, Signoff
from bot.engine.bell import Bell
from bot.engine.board import Board
from bot.engine.patience import Patience
from bot.engine.signoffs import Signoffs
from bot.ports import Closed, Pipeline, Undelivered, Unreachable
from storage import outbox, reading
from storage.outbox import Item
from storage.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    store: Store
    signoffs: Signoffs
    board: Board
    pipelines: Mapping[str, Pipeline]
    attest: Callable[[Signoff], str]
    clock: Clock
    bell: Bell
    patience: Patience
    _under_way: dict[asyncio.Task[None], str] = field(default_factory=dict)
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: int = 0

    async def prepare(self) -> None:
        """At the start nothing is under way: what a dead process had leased is free again."""
        self.bell.listen(self.wake)
        await self.store.write(outbox.release)

    async def run(self) -> None:
        """Carry out what is due, whenever the bell rings; until cancelled."""
        while True:
            await self._start_all()
            await self._awake.wait()
            self._awake.clear()

    def wake(self) -> None:
        """Something may be due."""
        self._awake.set()

    async def beat(self) -> None:
        """As a duty of the heartbeat: what was put off may be due by now."""
        self.wake()

    async def settle(self) -> None:
        """Carry out everything that is due now, and whatever follows from it."""
        ended = -1
        while ended != self._ends or self._under_way:  # what ended made room in its lane
            ended = self._ends
            await self._start_due()
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def finish(self) -> None:
        """Wait for what is under way; begin nothing new."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _start_all(self) -> None:
        try:
            while await self._start_due():
                pass  # a full lane may have hidden others
        except Exception:  # a full disk, say: the next beat looks again
            log.exception("could not look for what is due")

    async def _start_due(self) -> int:
        now, busy = self.clock(), Counter(self._under_way.values())
        items = await self.store.write(
            lambda session: outbox.claim(session, now, now + LEASE, busy)
        )
        for item in items:
            task = asyncio.create_task(self._deliver(item), name=f"outbox {item.id}")
            self._under_way[task] = item.lane
            task.add_done_callback(self._ended)
        return len(items)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._ends += 1
        self._awake.set()

    async def _deliver(self, item: Item) -> None:
        try:
            with logs.bind(item.signoff_id):
                await self._try(item)
        except Closed:
            log.info("left for the next start: %s of %s", item.effect.kind, item.signoff_id)

    async def _try(self, item: Item) -> None:
        try:
            await self._carry_out(item)
        except Closed:
            raise
        except Undelivered as problem:
            await self._put_off(item, str(problem), problem.final, problem.retry_after)
        except Unreachable as problem:
            await self._put_off(item, str(problem))
        except Exception as problem:  # whatever it is, the effect stays due
            log.exception("could not carry out %s of %s", item.effect.kind, item.signoff_id)
            await self._put_off(item, type(problem).__name__)

    async def _carry_out(self, item: Item) -> None:
        signoff = await self.board.signoff(item.signoff_id)
        if signoff is None:
            raise Undelivered("its signoff is gone", final=True)
        match item.effect:
            case TellPipeline():
                await self._tell_pipeline(item, signoff)
                return
            case Attest():
                envelope = self.attest(signoff)
                await self.store.write(
                    lambda session: reading.keep_envelope(session, signoff.id, envelope)
                )
            case effect:
                assert_never(effect)
        await self.store.write(lambda session: outbox.complete(session, item))

    async def _tell_pipeline(self, item: Item, signoff: Signoff) -> None:
        pipeline = self.pipelines.get(signoff.change.connection)
        if pipeline is None:
            raise Undelivered(f"no connection {signoff.change.connection} is configured any more")
        await pipeline.report(signoff)
        told = Report(at=self.clock(), accepted=True) if signoff.change.reply_to else None
        await self.signoffs.reported(item, told)

    async def _put_off(
        self, item: Item, error: str, final: bool = False, asked: timedelta | None = None
    ) -> None:
        now = self.clock()
        at = None if final else self.patience.next_try(item.attempts, item.since, now, asked)
        log.warning("%s of %s: %s", item.effect.kind, item.signoff_id, error)
        if at is not None:
            await self.store.write(partial(outbox.retry_later, item=item, at=at, error=error))
            self.bell.ring()  # the alarm is to be set for it
        elif isinstance(item.effect, TellPipeline):
            refused = Report(at=now, accepted=False, detail=error)
            await self.signoffs.refused(item, refused)
        else:
            await self.store.write(partial(outbox.park, item=item, error=error))

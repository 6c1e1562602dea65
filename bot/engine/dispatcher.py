"""What leaves the house? Carrying out the outbox: at least once, until the other side accepts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bot import logs
from bot.engine.bell import Bell
from bot.engine.carrying_out import Carrier
from bot.ports import Closed
from storage import moment, outbox
from storage.outbox import Item
from storage.store import Session, Store

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""A delivery, and some time before it begins and until what came of it is stored. It ends early
enough that what a dead replica had taken is soon carried out by another.
"""

A_MOMENT = timedelta(seconds=1)
"""By so much other processes' clocks may be ahead of ours."""

GRACE = timedelta(seconds=2)
"""How long the end waits for what is under way."""


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    store: Store
    carrier: Carrier
    bell: Bell
    grace: timedelta = GRACE
    _under_way: dict[asyncio.Task[None], str] = field(default_factory=dict)
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: int = 0

    async def prepare(self) -> None:
        """Where we are alone, nothing is under way at the start: what a dead process had leased is
        free again. Where we are not, it may be under way elsewhere, and becomes free in time.
        """
        self.bell.listen(self.wake)
        if self.store.alone:
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
        """Wait for what is under way, but not for what hangs: another process may have that."""
        if self._under_way:
            _, hanging = await asyncio.wait(self._under_way, timeout=self.grace.total_seconds())
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)

    async def _start_all(self) -> None:
        try:
            await self._start_due()
        except Exception:  # a full disk, say: the next beat looks again
            log.exception("could not look for what is due")

    async def _start_due(self) -> None:
        busy = Counter(self._under_way.values())
        if not await self._may_be_due(busy):
            return
        items = await self.store.write(lambda session: _claim(session, busy))
        for item in items:
            task = asyncio.create_task(self._deliver(item), name=f"outbox {item.id}")
            self._under_way[task] = item.lane
            task.add_done_callback(self._ended)

    async def _may_be_due(self, busy: Mapping[str, int]) -> bool:
        """Where we are not alone, every write keeps the others waiting, and a look does not. Where
        we are, a look costs as much as to write nothing.
        """
        if self.store.alone:
            return True
        return await self.store.read(
            lambda session: outbox.is_due(session, moment.now(session) + A_MOMENT, busy)
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._ends += 1
        self._awake.set()

    async def _deliver(self, item: Item) -> None:
        try:
            with logs.bind(item.signoff_id):
                await self.carrier.carry_out(item)
        except Closed:
            log.info("left for the next start: %s of %s", item.effect.kind, item.signoff_id)
        except asyncio.CancelledError:
            log.warning("broken off: %s of %s", item.effect.kind, item.signoff_id)
            await self.store.write(partial(outbox.let_go, item=item))
            raise
        except Exception:  # what came of it cannot be stored: it is due again when the lease ends
            log.exception("lost sight of %s of %s", item.effect.kind, item.signoff_id)


def _claim(session: Session, busy: Mapping[str, int]) -> Sequence[Item]:
    now = moment.now(session)
    return outbox.claim(session, now, now + LEASE, busy)

"""What leaves the house? Carrying out the outbox: at least once, until the other side accepts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import assert_never

from bot import logs
from bot.clock import Clock
from bot.domain.effects import Attest, TellPipeline
from bot.domain.signoff import Report, Signoff
from bot.engine.bell import Bell
from bot.engine.patience import ASKED_AT_MOST, Patience
from bot.engine.signoffs import Signoffs
from bot.ports import Closed, Pipeline, Undelivered, Unreachable
from storage import destinations, moment, outbox, reading
from storage.destinations import WELL
from storage.outbox import Item
from storage.recording import INSIDE_LANE
from storage.store import Session, Store

log = logging.getLogger(__name__)

LONGEST = timedelta(seconds=45)
"""One delivery, at most: two requests that hang for as long as the sender waits."""

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
    signoffs: Signoffs
    pipelines: Mapping[str, Pipeline]
    attest: Callable[[Signoff], str]
    clock: Clock
    bell: Bell
    patience: Patience
    grace: timedelta = GRACE
    _under_way: dict[asyncio.Task[None], str] = field(default_factory=dict)
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _ailing: set[str] = field(default_factory=set)
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
                await self._try(item)
        except Closed:
            log.info("left for the next start: %s of %s", item.effect.kind, item.signoff_id)
        except asyncio.CancelledError:
            log.warning("broken off: %s of %s", item.effect.kind, item.signoff_id)
            await self.store.write(partial(outbox.let_go, item=item))
            raise
        except Exception:  # what came of it cannot be stored: it is due again when the lease ends
            log.exception("lost sight of %s of %s", item.effect.kind, item.signoff_id)

    async def _try(self, item: Item) -> None:
        try:
            await self._carry_out(item)
        except Closed:
            raise
        except Undelivered as problem:
            if problem.final:
                await self._give_up(item, str(problem))
            else:
                await self._put_off(item, str(problem), problem.retry_after)
        except Unreachable as problem:
            await self._put_off(item, str(problem))
        except Exception as problem:  # whatever it is, the effect stays due
            log.exception("could not carry out %s of %s", item.effect.kind, item.signoff_id)
            await self._put_off(item, type(problem).__name__, ours=not item.alone)

    async def _carry_out(self, item: Item) -> None:
        signoff = item.signoff
        if signoff is None:
            raise Undelivered("its signoff is gone", final=True)
        match item.effect:
            case TellPipeline():
                await self._tell_pipeline(item, signoff)
            case Attest():
                envelope = self.attest(signoff)
                await self.store.write(lambda session: _attested(session, item, envelope))
            case effect:
                assert_never(effect)

    async def _tell_pipeline(self, item: Item, signoff: Signoff) -> None:
        pipeline = self.pipelines.get(signoff.change.connection)
        if pipeline is None:
            raise Undelivered(f"no connection {signoff.change.connection} is configured any more")
        if self.clock() + LONGEST > item.until:
            log.warning("too late to begin: %s of %s", item.effect.kind, item.signoff_id)
            return
        await _report(pipeline, signoff)
        told = Report(at=self.clock(), accepted=True) if signoff.change.reply_to else None
        await self.signoffs.reported(item, told)
        await self._answered(item)

    async def _answered(self, item: Item) -> None:
        """Its destination is well: what had been put off because of it is due."""
        if item.destination == WELL and item.lane not in self._ailing:
            return
        self._ailing.discard(item.lane)
        await self.store.write(partial(_recovered, item=item))
        self.bell.ring()

    async def _put_off(
        self, item: Item, error: str, asked: timedelta | None = None, *, ours: bool = False
    ) -> None:
        """Try it again, or give up after three days. Not `ours`: its destination is to blame."""
        log.warning("%s of %s: %s", item.effect.kind, item.signoff_id, error)
        at = self.patience.next_try(item.attempts, item.since, self.clock(), asked)
        if not ours and item.lane != INSIDE_LANE:
            self._ailing.add(item.lane)
            asked = asked and min(asked, ASKED_AT_MOST)
            blame = partial(self._blame, item=item, error=error, asked=asked)
            await self.store.write(blame)
        if at is None:
            await self._park(item, error)
        else:
            await self.store.write(partial(outbox.retry_later, item=item, at=at, error=error))
        self.bell.ring()  # the alarm is to be set for it

    def _blame(self, session: Session, item: Item, error: str, asked: timedelta | None) -> None:
        """Unless somebody else has the item by now, and will say how its destination does."""
        if outbox.holds(session, item):
            now, rest = moment.now(session), self.patience.rest
            destinations.failed(session, item.lane, error, now, rest, alone=item.alone, asked=asked)

    async def _give_up(self, item: Item, error: str) -> None:
        """A no for good is an answer."""
        log.warning("%s of %s, for good: %s", item.effect.kind, item.signoff_id, error)
        await self._park(item, error)
        await self._answered(item)

    async def _park(self, item: Item, error: str) -> None:
        if isinstance(item.effect, TellPipeline):
            refused = Report(at=self.clock(), accepted=False, detail=error)
            await self.signoffs.refused(item, refused)
        else:
            await self.store.write(partial(outbox.park, item=item, error=error))


def _claim(session: Session, busy: Mapping[str, int]) -> Sequence[Item]:
    now = moment.now(session)
    return outbox.claim(session, now, now + LEASE, busy)


async def _report(pipeline: Pipeline, signoff: Signoff) -> None:
    """Raises Unreachable if it takes too long, so that nobody else begins while we still wait."""
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            await pipeline.report(signoff)
    except TimeoutError:
        raise Unreachable(f"no answer within {LONGEST.seconds} seconds") from None


def _attested(session: Session, item: Item, envelope: str) -> None:
    if outbox.complete(session, item):
        reading.keep_envelope(session, item.signoff_id, envelope)


def _recovered(session: Session, item: Item) -> None:
    now = moment.now(session)
    if destinations.answered(session, item.lane, now, alone=item.alone):
        outbox.hurry(session, item.lane, now)

"""How is one effect carried out, and what follows when the other side does not take it?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar, assert_never

from bot.clock import Clock, elapsed
from bot.domain.effects import Attest, Publish, ShowWaiting, TakeBack, TellPipeline
from bot.domain.signoff import Report, Signoff
from bot.domain.statement import Signed
from bot.engine import steps
from bot.engine.answering import Telling
from bot.engine.bell import Bell
from bot.engine.patience import ASKED_AT_MOST, Patience
from bot.engine.signoffs import Signoffs
from bot.ports import Closed, Herald, NotYet, Pipeline, Subscriber, Undelivered, Unreachable
from bot.tallies import FAILED, INSIDE_US, LATER, REFUSED, TAKEN, UNHEARD, Tallies
from bot.tracing import UNTOLD, Traces
from storage import attestations, destinations, moment, outbox
from storage.destinations import WELL
from storage.outbox import Item
from storage.recording import INSIDE_LANE
from storage.store import Session, Store

LONGEST = timedelta(seconds=45)
"""One delivery, at most: two requests that hang for as long as the sender waits."""

SOON = timedelta(minutes=1)
"""How long a pipeline that is not at its gate yet is left alone, at most."""

SHOWN_AT_MOST = 4
"""How often it is tried anew to have a pipeline say that it waits."""

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Carrier:
    """`attest` signs a statement of the decision on the signoff of this id."""

    store: Store
    signoffs: Signoffs
    pipelines: Mapping[str, Pipeline]
    attest: Callable[[str], Awaitable[Signed]]
    clock: Clock
    bell: Bell
    patience: Patience
    subscribers: Mapping[str, Subscriber] = field(default_factory=dict)
    tallies: Tallies = UNHEARD
    traces: Traces = UNTOLD
    _ailing: set[str] = field(default_factory=set)

    async def carry_out(self, item: Item) -> None:
        """Once; what came of it is stored. Raises Closed, and whatever the database says."""
        if item.lane != INSIDE_LANE and self.clock() + LONGEST > item.until:
            log.warning("too late to begin: %s of %s", item.effect.kind, item.signoff_id)
            return
        began, since = self.clock(), elapsed()
        outcome = await self._carry_out(item)
        steps.carried(self.traces, self.tallies, item, began, elapsed() - since, outcome)

    async def _carry_out(self, item: Item) -> str:
        """What came of it, in a word."""
        try:
            await self._do(item)
        except Closed:
            raise
        except NotYet as problem:
            await self._put_off(item, str(problem), ours=True, soon=True)
            await self._answered(item)
            return LATER
        except Undelivered as problem:
            if problem.final:
                await self._give_up(item, str(problem))
                return REFUSED
            await self._put_off(item, str(problem), problem.retry_after)
            return LATER
        except Unreachable as problem:
            await self._put_off(item, str(problem))
            return FAILED
        except Exception as problem:  # whatever it is, the effect stays due
            log.exception("could not carry out %s of %s", item.effect.kind, item.signoff_id)
            await self._put_off(item, type(problem).__name__, ours=not item.alone)
            return INSIDE_US
        return TAKEN

    async def _do(self, item: Item) -> None:
        """Raises what adapters raise."""
        signoff = item.signoff
        if signoff is None:
            raise Undelivered("its signoff is gone", final=True)
        match item.effect:
            case TellPipeline():
                await self._tell_pipeline(item, signoff)
            case ShowWaiting():
                await self._show_waiting(item, signoff)
            case TakeBack():
                await self._take_back(item, signoff)
            case Publish() as news:
                await self._publish(item, signoff, news)
            case Attest():
                signed = await _in_time(self.attest(signoff.id))
                await self.store.write(partial(_attested, item=item, signed=signed))
            case effect:
                assert_never(effect)

    async def _tell_pipeline(self, item: Item, signoff: Signoff) -> None:
        pipeline = self._pipeline_of(signoff)
        _check_lasts(signoff, self.clock())
        spoke = await _in_time(self._answer(pipeline, signoff))
        detail = "" if spoke.id == signoff.id else f"{spoke.id} ({spoke.change.lineage})"
        told = Report(at=self.clock(), accepted=True, detail=detail)
        await self.signoffs.reported(item, told if signoff.change.reply_to else None)
        await self._answered(item)

    def _pipeline_of(self, signoff: Signoff) -> Pipeline:
        pipeline = self.pipelines.get(signoff.change.connection)
        if pipeline is None:
            raise Undelivered(f"no connection {signoff.change.connection} is configured any more")
        return pipeline

    async def _answer(self, pipeline: Pipeline, signoff: Signoff) -> Signoff:
        """Whose answer it was: where several answer at one place, no late one is the last word."""
        if not signoff.change.by_lineage:
            await pipeline.report(signoff)
            return signoff
        spoke = await Telling(self.store).tell(pipeline, signoff)
        await self.signoffs.end_beside(spoke)
        return spoke

    async def _show_waiting(self, item: Item, signoff: Signoff) -> None:
        """A few times, and then no more: the answer that stands in line behind it is worth more."""
        pipeline = self.pipelines.get(signoff.change.connection)
        try:
            if isinstance(pipeline, Herald) and not signoff.status.is_final:
                if signoff.change.by_lineage:
                    await _in_time(Telling(self.store).tell(pipeline, signoff))
                else:
                    await _in_time(pipeline.show_waiting(signoff))
        except (Undelivered, Unreachable) as problem:
            final = isinstance(problem, Undelivered) and problem.final
            if not final and item.attempts < SHOWN_AT_MOST:
                raise
            log.warning("the pipeline does not show that it waits: %s", problem)
        await self.store.write(lambda session: outbox.complete(session, item))

    async def _take_back(self, item: Item, signoff: Signoff) -> None:
        """As often as an answer: until it is told, what was an emergency may be merged at any time."""
        pipeline = self._pipeline_of(signoff)
        await _in_time(Telling(self.store).tell(pipeline, signoff))
        await self.store.write(lambda session: outbox.complete(session, item))
        await self._answered(item)

    async def _publish(self, item: Item, signoff: Signoff, news: Publish) -> None:
        subscriber = self.subscribers.get(news.subscriber)
        if subscriber is None:
            raise Undelivered(f"no subscriber {news.subscriber} is configured any more", final=True)
        await _in_time(subscriber.publish(signoff, news))
        await self.store.write(lambda session: outbox.complete(session, item))
        await self._answered(item)

    async def _answered(self, item: Item) -> None:
        """Its destination is well: what had been put off because of it is due."""
        if item.destination == WELL and item.lane not in self._ailing:
            return
        self._ailing.discard(item.lane)
        await self.store.write(partial(_recovered, item=item))
        self.bell.ring()

    async def _put_off(
        self,
        item: Item,
        error: str,
        asked: timedelta | None = None,
        *,
        ours: bool = False,
        soon: bool = False,
    ) -> None:
        """Try it again, or give up after three days. Not `ours`: its destination is to blame. `soon`:
        however long it has been tried.
        """
        log.warning("%s of %s: %s", item.effect.kind, item.signoff_id, error)
        at = self.patience.next_try(item.attempts, item.since, self.clock(), asked)
        if soon and at is not None:
            at = min(at, self.clock() + SOON)
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


def _check_lasts(signoff: Signoff, now: datetime) -> None:
    """Raise Undelivered once an override has ended: what was an emergency is none for ever."""
    it = signoff.override
    if it and it.until <= now:
        ended = it.until.astimezone(UTC)
        raise Undelivered(f"the override ended at {ended:%Y-%m-%d %H:%M} UTC", final=True)


async def _in_time(call: Awaitable[T]) -> T:
    """Raises Unreachable if it takes too long, so that nobody else begins while we still wait."""
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            return await call
    except TimeoutError:
        raise Unreachable(f"no answer within {LONGEST.seconds} seconds") from None


def _attested(session: Session, item: Item, signed: Signed) -> None:
    if outbox.complete(session, item):
        attestations.keep(session, item.signoff_id, signed)


def _recovered(session: Session, item: Item) -> None:
    now = moment.now(session)
    if destinations.answered(session, item.lane, now, alone=item.alone):
        outbox.hurry(session, item.lane, now)

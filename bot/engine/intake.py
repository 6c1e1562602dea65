"""What does a delivery become? A signoff at once, or, where facts must be fetched, soon."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.domain.change import Change
from bot.domain.errors import TooManyWait
from bot.engine import steps
from bot.engine.bell import Bell
from bot.engine.changed_minds import ChangedMinds
from bot.engine.opening import KeyReused, Opening
from bot.engine.outcomes import Outcomes
from bot.engine.patience import Patience, is_due
from bot.engine.signoffs import Signoffs
from bot.ports import (
    Abandoned,
    AskedAgain,
    Closed,
    Delivery,
    Discreet,
    Invalid,
    Landing,
    Learns,
    Malformed,
    Merged,
    Pipeline,
    Sighting,
    TakenUp,
    Trouble,
    Undelivered,
    Unreachable,
)
from storage import inbox, rulebooks
from storage.inbox import Waiting
from storage.store import Session, Store

AT_ONCE = 8

UNTIL_THERE_IS_ROOM = timedelta(minutes=10)
"""For what comes of a repository of which too many wait: people have to decide something first."""

LEASE = timedelta(minutes=2)
"""How long another process leaves to us what we read: longer than any reading takes."""

AT_THE_END = 1.0
"""Seconds that a reading under way still has; what is not read is read after the next start."""

KEPT_FOR, TIDY_EVERY = timedelta(days=30), timedelta(hours=6)

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Intake:
    store: Store
    signoffs: Signoffs
    pipelines: Mapping[str, Pipeline]
    clock: Clock
    bell: Bell
    patience: Patience
    outcomes: Outcomes | None = None
    _looking: asyncio.Task[None] | None = None
    _closing: bool = False
    _tidied: datetime | None = None

    async def receive(
        self, connection: str, delivery: Delivery, authentic: Callable[[], None] = lambda: None
    ) -> Opening | None:
        """Verify, store, answer. None: nothing to sign, or it is stored and read later.

        `authentic` is called once the sender is proved, and may raise to send it away. Raises
        Unauthenticated, Malformed, Invalid or KeyReused, and Unreachable where what proves the
        sender cannot be had.
        """
        began, pipeline = self.clock(), self.pipelines[connection]
        if isinstance(pipeline, Learns):
            await pipeline.learn(delivery)
        message_id = pipeline.verify(delivery)
        authentic()
        if pipeline.fetches:
            kept = pipeline.sealed(delivery) if isinstance(pipeline, Discreet) else delivery
            await self._store(connection, message_id, kept)
            return None
        return await self._take(pipeline, delivery, began)

    async def _take(
        self, pipeline: Pipeline, delivery: Delivery, since: datetime
    ) -> Opening | None:
        match read := await pipeline.read(delivery):
            case Change():
                return self._told(await self.signoffs.open(read), delivery, since)
            case tuple():
                await self._open_all(read, delivery, since)
            case Sighting():
                await self.signoffs.see(read)
            case Landing():
                await self.signoffs.shipped(read)
            case Merged():
                await self.signoffs.merged(read)
            case Trouble() if self.outcomes:
                await self.outcomes.told(read)
            case Abandoned() | TakenUp() | AskedAgain():
                return await self._hear(pipeline, delivery, read, since)
        return None

    async def _hear(
        self,
        pipeline: Pipeline,
        delivery: Delivery,
        read: Abandoned | TakenUp | AskedAgain,
        since: datetime,
    ) -> Opening | None:
        """Of a change that it told of before."""
        minds = ChangedMinds(self.signoffs)
        match read:
            case Abandoned():
                if await minds.give_up(read):
                    return await self._take(pipeline, delivery, since)
            case TakenUp():
                return await minds.take_up(read)
            case AskedAgain():
                await minds.tell_again(pipeline, read)
        return None

    def _told(self, opening: Opening, delivery: Delivery, since: datetime) -> Opening:
        """Whoever traces hears of what became of a delivery that came then."""
        steps.received(self.signoffs.traces, opening, since, self.clock(), delivery)
        return opening

    async def _open_all(
        self, changes: Iterable[Change], delivery: Delivery, since: datetime
    ) -> None:
        """One that was told before, or that has to wait for room, must not hold up the others.

        Raises TooManyWait at the end.
        """
        crowded = None
        for change in changes:
            try:
                self._told(await self.signoffs.open(change), delivery, since)
            except KeyReused as known:
                log.info("%s is already open as %s", change.key, known.signoff.id)
            except TooManyWait as too_many:
                crowded = too_many
        if crowded:
            raise crowded

    async def prepare(self) -> None:
        """Where no other process lives, nothing is being read."""
        if self.store.alone:
            await self.store.write(inbox.release)

    async def beat(self) -> None:
        """As a duty of the heartbeat: look for what waits, without holding up its other duties."""
        if is_due(self._tidied, self.clock(), TIDY_EVERY):
            self._tidied = self.clock()
            await self.forget_old()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self.read_waiting(), name="intake")

    async def finish(self) -> None:
        """Wait for what is being read; begin nothing new."""
        self._closing = True
        if self._looking:
            await asyncio.wait([self._looking], timeout=AT_THE_END)
            self._looking.cancel()

    async def read_waiting(self) -> None:
        """Read what is stored and not yet read; what cannot be read now is tried again."""
        try:
            while not self._closing and (messages := await self._waiting()):
                await asyncio.gather(*map(self._read, messages))
        except Closed:
            log.info("deliveries are left for the next start")

    async def _waiting(self) -> Sequence[Waiting]:
        if not await self.store.read(inbox.is_due):
            return ()
        return await self.store.write(self._claim)

    def _claim(self, session: Session) -> Sequence[Waiting]:
        """Whoever has an older config may not know the connection: they leave it to the others."""
        if not rulebooks.in_force(session, self.signoffs.rulebook.digest):
            return ()
        return inbox.claim(session, self.clock() + LEASE, AT_ONCE)

    async def forget_old(self) -> None:
        """Let go of what no sender repeats any more."""
        before = self.clock() - KEPT_FOR
        await self.store.write(lambda session: inbox.forget_before(session, before))

    async def _store(self, connection: str, message_id: str, delivery: Delivery) -> None:
        admit = partial(
            inbox.admit,
            source=connection,
            message_id=message_id,
            now=self.clock(),
            headers=delivery.headers,
            body=delivery.body,
        )
        if await self.store.write(admit):
            self.bell.ring()

    async def _read(self, message: Waiting) -> None:
        pipeline = self.pipelines.get(message.source)
        if pipeline is None:
            await self._park(message, f"no connection {message.source} is configured any more")
            return
        try:
            delivery = Delivery(headers=message.headers, body=message.body)
            await self._take(pipeline, delivery, message.received_at)
        except (Malformed, Invalid) as problem:
            await self._park(message, str(problem))
        except KeyReused as known:
            log.info("%s is already open as %s", message.message_id, known.signoff.id)
            await self.store.write(partial(inbox.finish, message=message))
        except (Undelivered, Unreachable, TooManyWait) as problem:
            await self._put_off(message, problem)
        except Closed:
            raise
        except Exception as problem:  # a delivery that breaks us must not hold up the others
            log.exception("could not read delivery %s", message.message_id)
            await self._put_off(message, Undelivered(type(problem).__name__))
        else:
            await self.store.write(partial(inbox.finish, message=message))

    async def _put_off(
        self, message: Waiting, problem: Undelivered | Unreachable | TooManyWait
    ) -> None:
        asked = problem.retry_after if isinstance(problem, Undelivered) else None
        asked = UNTIL_THERE_IS_ROOM if isinstance(problem, TooManyWait) else asked
        final = isinstance(problem, Undelivered) and problem.final
        now = self.clock()
        at = self.patience.next_try(message.attempts, message.received_at, now, asked)
        if final or at is None:
            await self._park(message, str(problem))
            return
        log.warning("delivery %s: %s", message.message_id, problem)
        later = partial(inbox.retry_later, message=message, at=at, error=str(problem))
        await self.store.write(later)
        self.bell.ring()  # the alarm is to be set for it

    async def _park(self, message: Waiting, error: str) -> None:
        log.error("delivery %s is parked: %s", message.message_id, error)
        await self.store.write(partial(inbox.park, message=message, error=error))

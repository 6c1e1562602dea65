"""When do we wake up? One APScheduler job at the next due moment, and a slow sweep."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock, system_clock
from bot.ports import Closed

log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(seconds=5)
"""Sees what the wake-up cannot: a stepped clock, a suspended machine, a beat that failed."""

AT_THE_END = 1.5
"""Seconds for the beat that is under way when it stops."""

NUDGE_WITHIN = timedelta(milliseconds=50)

LONG_AGO = datetime.min.replace(tzinfo=UTC)

Duty = Callable[[], Awaitable[object]]


async def _do(duty: Duty) -> None:
    """One duty's trouble must not keep the others from being done; the sweep tries it again."""
    try:
        await duty()
    except Exception:
        log.exception("a duty of the heartbeat failed")


async def _until_closed(what: Duty) -> None:
    with suppress(Closed):
        await what()


def _scheduler() -> AsyncIOScheduler:
    """Late jobs run, once, however late: by default a second's delay would lose them."""
    return AsyncIOScheduler(
        timezone=UTC,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 4},
    )


@dataclass(slots=True, kw_only=True)
class Heartbeat:
    """`duties` are run at every beat; `next_due` says when the next one is wanted, of all that is due
    after a moment: what stays due, because nobody can do it, must not hide what comes.
    """

    duties: tuple[Duty, ...]
    next_due: Callable[[datetime], Awaitable[datetime | None]]
    clock: Clock
    _scheduler: AsyncIOScheduler = field(default_factory=_scheduler)
    _beating: asyncio.Lock = field(default_factory=asyncio.Lock)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _nudged: asyncio.TimerHandle | None = None
    _next_sweep: asyncio.TimerHandle | None = None
    _armed: datetime | None = None

    def start(self) -> None:
        self._scheduler.start()
        self._sweep()

    def _sweep(self) -> None:
        """By the loop's clock, which nobody sets: one set back would leave a job hours away."""
        loop = asyncio.get_running_loop()
        self._next_sweep = loop.call_later(SWEEP_EVERY.total_seconds(), self._sweep)
        self._scheduler.add_job(self._begin, id="sweep", replace_existing=True)

    async def stop(self) -> None:
        """Begin no other beat, and soon end the one that is under way: what it began in the
        database is finished there.
        """
        if not self._scheduler.running:
            return
        for alarm in (self._nudged, self._next_sweep):
            if alarm:
                alarm.cancel()
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=False)
        if self._under_way:
            _, slow = await asyncio.wait(self._under_way, timeout=AT_THE_END)
            for task in slow:
                task.cancel()
            if slow:
                await asyncio.wait(slow)

    async def _begin(self) -> None:
        """The scheduler does not wait for a beat, so that it does not end it either."""
        self._start(self.beat, "heartbeat")

    def _start(self, what: Duty, name: str) -> None:
        if not self._scheduler.running:
            return
        task = asyncio.create_task(_until_closed(what), name=name)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def beat(self) -> None:
        """Do what is due, then set the alarm for what is due next."""
        async with self._beating:
            await self._beat()

    async def look(self) -> None:
        """Beat only if something is due: one look costs less than to ask every duty."""
        async with self._beating:
            self._nudged = None  # what changes from now on we might not see
            due = await self.next_due(LONG_AGO)
            if due is not None and due <= self.clock():
                await self._beat()
            else:
                self._arm(due)

    def nudge(self) -> None:
        """Something changed, so there may be a deadline sooner than any we know of: look soon,
        unless a beat comes as soon.
        """
        comes = self._armed is not None and self._armed <= self.clock() + NUDGE_WITHIN
        if self._scheduler.running and self._nudged is None and not comes:
            loop = asyncio.get_running_loop()
            self._nudged = loop.call_later(NUDGE_WITHIN.total_seconds(), self._look_soon)

    def _look_soon(self) -> None:
        self._start(self.look, "heartbeat, looking")

    async def _beat(self) -> None:
        began, self._armed = self.clock(), None
        for duty in self.duties:
            await _do(duty)
        due = await self.next_due(began)  # what was due before is under way by now
        if due is not None and due > began:
            self._arm(due)

    def _arm(self, due: datetime | None) -> None:
        """The sweep sees what is later than itself."""
        now = self.clock()
        if due is None or due > now + SWEEP_EVERY:
            return
        at = due if due > now else now + NUDGE_WITHIN
        if self._armed is None or self._armed > at:
            self._wake_at(at)

    def _wake_at(self, at: datetime) -> None:
        """The scheduler goes by the machine's clock, which may differ from the database's."""
        self._armed = at
        run_date = system_clock() + (at - self.clock())
        self._scheduler.add_job(
            self._begin, "date", run_date=run_date, id="wake", replace_existing=True
        )

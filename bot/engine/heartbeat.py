"""When do we wake up? One APScheduler job at the next due moment, and a slow sweep."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock

log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(seconds=5)
"""Sees what the wake-up cannot: a stepped clock, a suspended machine, a beat that failed."""

NUDGE_WITHIN = timedelta(milliseconds=50)

Duty = Callable[[], Awaitable[object]]


async def _do(duty: Duty) -> None:
    """One duty's trouble must not keep the others from being done; the sweep tries it again."""
    try:
        await duty()
    except Exception:
        log.exception("a duty of the heartbeat failed")


def _scheduler() -> AsyncIOScheduler:
    """Late jobs run, once, however late: by default a second's delay would lose them."""
    return AsyncIOScheduler(
        timezone=UTC,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 4},
    )


@dataclass(slots=True, kw_only=True)
class Heartbeat:
    """`duties` are run at every beat; `next_due` says when the next one is wanted."""

    duties: tuple[Duty, ...]
    next_due: Callable[[], Awaitable[datetime | None]]
    clock: Clock
    _scheduler: AsyncIOScheduler = field(default_factory=_scheduler)
    _beating: asyncio.Lock = field(default_factory=asyncio.Lock)
    _armed: datetime | None = None

    def start(self) -> None:
        self._scheduler.add_job(
            self.beat,
            "interval",
            seconds=SWEEP_EVERY.total_seconds(),
            next_run_time=self.clock(),
            id="sweep",
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin no other beat, and wait for the one that is under way."""
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()
            async with self._beating:
                self._scheduler.shutdown(wait=False)

    async def beat(self) -> None:
        """Do what is due, then set the alarm for what is due next."""
        async with self._beating:
            began, self._armed = self.clock(), None
            for duty in self.duties:
                await _do(duty)
            await self._arm(began)

    def nudge(self) -> None:
        """Something changed, so there may be a deadline sooner than any we know of."""
        soon = self.clock() + NUDGE_WITHIN
        if self._scheduler.running and (self._armed is None or self._armed > soon):
            self._wake_at(soon)

    async def _arm(self, began: datetime) -> None:
        """What was due before is under way by now, and the sweep sees what is later than itself."""
        due = await self.next_due()
        if due is None or due <= began or due > self.clock() + SWEEP_EVERY:
            return
        at = max(due, self.clock() + NUDGE_WITHIN)
        if self._armed is None or self._armed > at:
            self._wake_at(at)

    def _wake_at(self, at: datetime) -> None:
        self._armed = at
        self._scheduler.add_job(self.beat, "date", run_date=at, id="wake", replace_existing=True)

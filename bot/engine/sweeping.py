"""What did not reach us? Platforms that do not try again by themselves are asked, now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.engine.patience import is_due
from bot.ports import Pipeline, Sweeper, Undelivered, Unreachable

EVERY = timedelta(minutes=10)

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Sweeping:
    pipelines: Mapping[str, Pipeline]
    clock: Clock
    _swept: datetime | None = None
    _sweeping: asyncio.Task[None] | None = None

    async def beat(self) -> None:
        """As a duty of the heartbeat, without holding up the others. First of all after a start, when
        most may have been missed.
        """
        now = self.clock()
        if is_due(self._swept, now, EVERY) and (not self._sweeping or self._sweeping.done()):
            self._swept = now
            self._sweeping = asyncio.create_task(self.sweep(), name="sweep")

    async def sweep(self) -> None:
        for name, pipeline in self.pipelines.items():
            if isinstance(pipeline, Sweeper):
                try:
                    await pipeline.sweep()
                except (Undelivered, Unreachable) as problem:
                    log.warning("cannot ask %s for what was missed: %s", name, problem)
                except (
                    Exception
                ):  # one platform's trouble must not keep the others from being asked
                    log.exception("cannot ask %s for what was missed", name)

    async def finish(self) -> None:
        """What is not asked for is asked for after the next start."""
        if self._sweeping:
            self._sweeping.cancel()
            await asyncio.wait([self._sweeping])

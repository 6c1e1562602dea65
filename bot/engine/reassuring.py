"""Which pipelines give up unless they hear, again and again, that somebody is still asked?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.signoff import Signoff
from bot.engine.patience import is_due
from bot.ports import Impatient, Pipeline, Undelivered, Unreachable
from storage import lately, reading
from storage.store import Store

EVERY = timedelta(seconds=30)
AT_ONCE = 8

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Reassuring:
    """What a pipeline first hears is an effect of the signoff; this is all that follows. Each process
    says it: to hear it twice does no harm, and whose process ended need not be found out.
    """

    store: Store
    pipelines: Mapping[str, Pipeline]
    clock: Clock
    _told: dict[str, dict[str, datetime]] = field(default_factory=dict)
    _looked: datetime | None = None
    _telling: asyncio.Task[None] | None = None

    async def beat(self) -> None:
        """As a duty of the heartbeat, without holding up the others."""
        now = self.clock()
        if is_due(self._looked, now, EVERY) and (not self._telling or self._telling.done()):
            self._looked = now
            self._telling = asyncio.create_task(self.reassure(), name="reassure")

    async def reassure(self) -> None:
        for name, pipeline in self.pipelines.items():
            if isinstance(pipeline, Impatient):
                try:
                    await self._reassure(name, pipeline)
                except Exception:  # a full disk, say: the next look comes soon
                    log.exception("cannot look for what %s waits for", name)

    async def finish(self) -> None:
        if self._telling:
            self._telling.cancel()
            await asyncio.wait([self._telling])

    async def _reassure(self, name: str, pipeline: Impatient) -> None:
        now = self.clock()
        since = now - pipeline.waits_at_most
        waiting = await self.store.read(lambda session: lately.pending_since(session, name, since))
        before = self._told.get(name, {})
        told = self._told[name] = {it.id: before.get(it.id, it.opened_at) for it in waiting}
        due = [it.id for it in waiting if now - told[it.id] >= pipeline.hears_every]
        turn = asyncio.Semaphore(AT_ONCE)

        async def tell(id: str) -> None:
            async with turn:
                if await self._tell(pipeline, id):
                    told[id] = now

        await asyncio.gather(*map(tell, due))

    async def _tell(self, pipeline: Impatient, id: str) -> bool:
        """Whether that was enough for now. What was decided meanwhile is for the outbox to tell."""
        signoff = await self.store.read(lambda session: reading.signoff(session, id))
        return signoff is None or signoff.status.is_final or await _told(pipeline, signoff)


async def _told(pipeline: Impatient, signoff: Signoff) -> bool:
    try:
        await pipeline.show_waiting(signoff)
    except (Undelivered, Unreachable) as problem:
        log.warning("%s: the pipeline does not hear that it waits: %s", signoff.id, problem)
        return isinstance(problem, Undelivered) and problem.final
    except Exception:  # one of them must not keep the others from it
        log.exception("%s: the pipeline does not hear that it waits", signoff.id)
    return True

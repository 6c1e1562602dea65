"""What is a pipeline told where several signoffs answer at one place? What stands there by then."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.domain.signoff import Signoff
from bot.domain.speaking import speaker
from bot.ports import Herald, Pipeline
from storage import reading
from storage.store import Session, Store

LOOKS = 3
"""How often one answer is told again, at most, because it changed meanwhile."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Telling:
    store: Store

    async def tell(self, pipeline: Pipeline, signoff: Signoff) -> Signoff:
        """Until what was told is what is so: another may be decided, and told, while we tell this one.

        The signoff whose answer it was. Raises Unreachable or Undelivered.
        """
        now = await self.speaker(signoff)
        for _ in range(LOOKS):
            if now.status.is_final:
                await pipeline.report(now)
            elif isinstance(pipeline, Herald):
                await pipeline.show_waiting(now)
            told, now = now, await self.speaker(signoff)
            if (told.id, told.status) == (now.id, now.status):
                return now
        log.warning("%s changes while its pipeline is told of it", signoff.id)
        return now

    async def speaker(self, signoff: Signoff) -> Signoff:
        """The one whose answer is told where this one is answered, as it is now."""
        return await self.store.read(lambda session: _speaker(session, signoff))


def _speaker(session: Session, signoff: Signoff) -> Signoff:
    there = speaker(reading.at_place(session, signoff.change))
    return there or reading.signoff(session, signoff.id) or signoff

"""Did somebody look at the evidence before they decided? That they opened it is kept, once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from bot.domain.signoff import Signoff
from bot.engine.ailments import ailment_of
from bot.ports import Closed
from storage import glances, moment
from storage.store import Session, Store

BUSY = 100
"""Units that wait for the database; what decides comes first."""

SECONDS = 0.5
"""Nobody waits longer for it; it is kept all the same once the database comes to it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Glancing:
    store: Store

    async def looked(self, signoff: Signoff, person_id: str) -> None:
        """This person has its evidence before them. Never raises: for want of a note, nobody is kept
        from reading. Of what is decided, or of who is nobody we know, nothing is kept.
        """
        if not person_id or signoff.status.is_final or self.store.backlog >= BUSY:
            return

        def unit(session: Session) -> None:
            glances.keep(session, signoff.id, person_id, moment.now(session))

        try:
            async with asyncio.timeout(SECONDS):
                await self.store.write(unit)
        except (TimeoutError, Closed):
            return
        except Exception as problem:
            ailment = ailment_of(problem)
            if ailment is None:
                raise
            log.warning("that somebody looked at %s was not kept: %s", signoff.id, ailment.value)

"""What is a pipeline told where several signoffs answer at one place? What stands there by then."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import NamedTuple

from bot.domain.signoff import Signoff, Status
from bot.domain.speaking import speaker
from bot.ports import Herald, Pipeline, TakesBack
from storage import moment, reading
from storage.store import Session, Store

LOOKS = 3
"""How often one answer is told again, at most, because it changed meanwhile."""

log = logging.getLogger(__name__)


class Word(NamedTuple):
    """Whose answer it is, and how that stands. `ended`: it was an override, and is none any more."""

    signoff: Signoff
    ended: bool

    @property
    def name(self) -> tuple[str, Status, bool]:
        return self.signoff.id, self.signoff.status, self.ended


@dataclass(frozen=True, slots=True)
class Telling:
    store: Store

    async def tell(self, pipeline: Pipeline, signoff: Signoff) -> Signoff:
        """Until what was told is what is so: another may be decided, and told, while we tell this one.

        The signoff whose answer it was. Raises Unreachable or Undelivered.
        """
        now = await self.word(signoff)
        for _ in range(LOOKS):
            await _say(pipeline, now)
            told, now = now, await self.word(signoff)
            if told.name == now.name:
                return now.signoff
        log.warning("%s changes while its pipeline is told of it", signoff.id)
        return now.signoff

    async def word(self, signoff: Signoff) -> Word:
        """What is told where this one is answered, as it is now."""
        return await self.store.read(lambda session: _word(session, signoff))


async def _say(pipeline: Pipeline, word: Word) -> None:
    """What an override had let go on is taken back: nobody hears of it as a yes any more."""
    if word.ended:
        if isinstance(pipeline, TakesBack):
            await pipeline.take_back(word.signoff)
    elif word.signoff.status.is_final:
        await pipeline.report(word.signoff)
    elif isinstance(pipeline, Herald):
        await pipeline.show_waiting(word.signoff)


def _word(session: Session, signoff: Signoff) -> Word:
    now = moment.now(session)
    there = speaker(reading.at_place(session, signoff.change), now)
    found = there or reading.signoff(session, signoff.id) or signoff
    return Word(found, found.has_ended(now))

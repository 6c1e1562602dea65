"""What does it come to when a pipeline speaks again of a change that it told of before?

Deliveries overtake each other, and the platform goes on while we read: whatever is written here
is looked at once more afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.domain.change import Change
from bot.domain.errors import Refusal
from bot.domain.signoff import Signoff, Status
from bot.engine.opening import Opening
from bot.engine.signoffs import Signoffs
from bot.ports import Abandoned, AskedAgain, Herald, Pipeline, TakenUp
from storage import reading
from storage.store import Session

T = TypeVar("T")

LOOKS = 3
"""How often one answer is told again, at most, because it changed meanwhile."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChangedMinds:
    """Each method may be repeated: what is done already is not done again."""

    signoffs: Signoffs

    async def give_up(self, said: Abandoned) -> bool:
        """Withdraw what waits; whether the platform is to be asked once more.

        If it was taken up before this was written, whoever told us of that found it still waiting,
        and asked nobody.
        """
        return bool(await self.signoffs.abandon(said))

    async def take_up(self, said: TakenUp) -> Opening | None:
        """Ask anew about what was given up, unless this revision is asked about already.

        Raises KeyReused.
        """
        connection, key = said.change.connection, said.change.key
        known = await self._read(lambda session: reading.by_key(session, connection, key))
        if known is None:
            return await self.signoffs.open(said.change) if said.first else None
        if not known.abandoned or await self._waits(said.change):
            return None
        return await self.signoffs.open(replace(said.change, key=said.key))

    async def tell_again(self, pipeline: Pipeline, said: AskedAgain) -> None:
        """Raises Unreachable or Undelivered."""
        for signoff_id in said.signoffs:
            await self._tell_again(pipeline, said, signoff_id)

    async def _tell_again(self, pipeline: Pipeline, said: AskedAgain, signoff_id: str) -> None:
        """Until what was told is what is so: the decision may be told while we tell that it waits."""
        told: Signoff | None = None
        for _ in range(LOOKS):
            now = await self._to_be_told(said, signoff_id)
            if now is None or (told and (told.id, told.status) == (now.id, now.status)):
                return
            if now.status.is_final:
                await pipeline.report(now)
            elif isinstance(pipeline, Herald):
                await pipeline.show_waiting(now)
            told = now
        log.warning("%s changes while its pipeline is told of it", signoff_id)

    async def _to_be_told(self, said: AskedAgain, signoff_id: str) -> Signoff | None:
        """It, or what it was asked again as. What expired is asked again first, if it may be.

        None: it is none of that connection, repository and revision.
        """
        found = await self._read(lambda session: _latest(session, signoff_id))
        if found is None or not _is_about(said, found):
            log.warning("%s has no signoff %s to be told again", said.connection, signoff_id)
            return None
        if found.status is not Status.EXPIRED:
            return found
        try:
            return await self.signoffs.renew(found)
        except Refusal as refused:
            log.info("%s is not asked again: %s", found.id, type(refused).__name__)
            return found

    async def _waits(self, change: Change) -> bool:
        """Whether this revision is asked about for the same place, under whatever key."""
        pending = await self._read(lambda session: reading.pending_of(session, change))
        return any(_place(it.change) == _place(change) for it in pending)

    async def _read(self, look: Callable[[Session], T]) -> T:
        return await self.signoffs.store.read(look)


def _latest(session: Session, signoff_id: str) -> Signoff | None:
    found = reading.signoff(session, signoff_id)
    while found and found.renewed_as:
        found = reading.signoff(session, found.renewed_as)
    return found


def _is_about(said: AskedAgain, signoff: Signoff) -> bool:
    change = signoff.change
    place = (change.connection, change.repository, change.revision)
    return place == (said.connection, said.repository, said.revision)


def _place(change: Change) -> tuple[str, str, str]:
    return change.revision, change.environment, change.base_branch

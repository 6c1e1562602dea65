"""What does it come to when a pipeline speaks again of a change that it told of before?

Deliveries overtake each other, and the platform goes on while we read: whatever is written here
is looked at once more afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.domain.change import Change
from bot.domain.errors import Refusal
from bot.domain.signoff import Signoff, Status
from bot.domain.speaking import newest_of
from bot.engine.answering import Telling
from bot.engine.opening import Opening
from bot.engine.signoffs import Signoffs
from bot.ports import Abandoned, AskedAgain, Pipeline, TakenUp
from storage import reading
from storage.store import Session

T = TypeVar("T")

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
        """Ask about it, unless that is asked or decided already; anew if it was given up meanwhile.

        Raises KeyReused.
        """
        if said.first or await self._read(lambda session: _was_told(session, said.change)):
            return await self.signoffs.open(said.change, as_it_is=True)
        return None

    async def tell_again(self, pipeline: Pipeline, said: AskedAgain) -> None:
        """Raises Unreachable or Undelivered."""
        for signoff_id in said.signoffs:
            await self._tell_again(pipeline, said, signoff_id)

    async def _tell_again(self, pipeline: Pipeline, said: AskedAgain, signoff_id: str) -> None:
        if found := await self._to_be_told(said, signoff_id):
            await Telling(self.signoffs.store).tell(pipeline, found)

    async def _to_be_told(self, said: AskedAgain, signoff_id: str) -> Signoff | None:
        """What speaks where it is answered. What ran out is asked again first, if it may be.

        None: it is none of that connection, repository and revision.
        """
        named = await self._read(lambda session: _latest(session, signoff_id))
        if named is None or not _is_about(said, named):
            log.warning("%s has no signoff %s to be told again", said.connection, signoff_id)
            return None
        found, ended = await Telling(self.signoffs.store).word(named)
        if found.status is not Status.EXPIRED and not ended:
            return found
        try:
            return await self.signoffs.renew(found)
        except Refusal as refused:
            log.info("%s is not asked again: %s", found.id, type(refused).__name__)
            return found

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


def _was_told(session: Session, change: Change) -> bool:
    return newest_of(change.lineage, reading.at_place(session, change)) is not None

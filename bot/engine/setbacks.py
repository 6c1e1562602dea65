"""What follows when something could not be hung up, or is gone from where it hung?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.domain.card import Card
from bot.engine.bell import Bell
from bot.engine.patience import Patience
from bot.engine.pieces import Pieces
from bot.engine.tenure import Tenure
from bot.ports import Gone, LockedOut, NoSuchPlace, Surface, Undelivered, Unreachable
from storage import reading, reconciling, surfaces
from storage.reconciling import EVERYTHING
from storage.store import Session, Store
from storage.surfaces import CARD, WARNING, Hung, Want

log = logging.getLogger(__name__)

LOCKED_FOR = timedelta(seconds=30)
"""How long nothing is tried after the chat has locked us out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setbacks:
    """`fallback` is the channel for what cannot hang in its own."""

    store: Store
    tenure: Tenure
    pieces: Pieces
    clock: Clock
    bell: Bell
    patience: Patience
    fallback: str

    async def meet(self, row: Hung, problem: Exception) -> None:
        """Whatever it is, nothing of it is lost."""
        match problem:
            case Gone():
                await self._was_taken_away(row)
            case LockedOut():
                log.error("the chat locks us out: %s", problem)
                await self._pause(row, EVERYTHING, self.clock() + LOCKED_FOR)
            case NoSuchPlace():
                await self._give_up(row, str(problem))
            case Undelivered():
                await self._refused(row, problem)
            case Unreachable():
                doubtful = problem.sent and row.ref is None
                await self._put_off(row, str(problem), doubtful=doubtful)
            case _:
                log.error("could not show %s of %s", row.name, row.subject, exc_info=problem)
                await self._put_off(row, type(problem).__name__, doubtful=row.ref is None)

    async def _was_taken_away(self, row: Hung) -> None:
        """A card is hung up once more, while there is something to decide."""
        log.warning("%s of %s was taken away", row.name, row.subject)
        piece = await self.store.read(lambda session: self.pieces.of(session, row))
        wanted = isinstance(piece, Card) and piece.open and not row.again
        change = reconciling.hang_again if wanted else reconciling.leave_alone
        await self.tenure.write(lambda session: change(session, row))

    async def _refused(self, row: Hung, problem: Undelivered) -> None:
        if problem.final:
            await self._give_up(row, str(problem))
        elif problem.retry_after is not None:
            log.warning("%s is to wait for %s", row.lane, problem.retry_after)
            await self._pause(row, row.lane, self.clock() + problem.retry_after)
        else:
            await self._put_off(row, str(problem))

    async def _put_off(self, row: Hung, error: str, *, doubtful: bool = False) -> None:
        """A doubt that was there before, and that nobody could resolve, stays."""
        log.warning("%s of %s: %s", row.name, row.subject, error)
        doubtful = doubtful or row.doubtful
        now = self.clock()
        at = now + self.patience.pause(row.attempts)
        put_off = partial(reconciling.put_off, row=row, at=at, error=error, doubtful=doubtful)
        await self.tenure.write(put_off)
        self.bell.ring()  # the alarm is to be set for it

    async def _pause(self, row: Hung, lane: str, until: datetime) -> None:
        def pause(session: Session) -> None:
            reconciling.pause(session, lane, until)
            if row.ref is None and not row.doubtful:
                reconciling.not_begun(session, row)

        await self.tenure.write(pause)
        self.bell.ring()

    async def _give_up(self, row: Hung, error: str) -> None:
        log.error("nothing of %s will hang at %s: %s", row.subject, row.at, error)
        await self.tenure.write(lambda session: self._elsewhere(session, row, error))
        self.bell.ring()

    def _elsewhere(self, session: Session, row: Hung, error: str) -> None:
        """What cannot hang in its channel hangs in the fallback, and the operator is told there."""
        now, there = self.clock(), Surface(channel=self.fallback)
        reconciling.give_up(session, row, error, now)
        if not row.at.channel or row.at.channel == self.fallback or not self.fallback:
            return
        signoff = reading.signoff(session, row.subject)
        if row.sort == CARD and signoff is not None and not signoff.status.is_final:
            surfaces.add(session, row.subject, Want(sort=CARD, at=there), now)
        surfaces.add(session, WARNING, Want(sort=f"warning {row.at}", at=there), now)

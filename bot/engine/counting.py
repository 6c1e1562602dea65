"""Who makes the figures, and when? A duty that follows the trail, a few signoffs at a time.

No decision waits for it: what is to be written is looked at beside the writer, and the writer has a
few rows to put down. Of several processes the one that is first counts; what was counted is told by
it alone, so that all of them together tell each decision once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from bot.clock import elapsed
from storage import counted, counted_looking
from storage.counted_looking import SIGNOFFS
from storage.counted_turn import Mark, Turn
from storage.store import Session, Store

BETWEEN, A_BEAT = 0.02, 2.0
"""Seconds between two turns, and those of one beat: then other duties go on."""


class Decided(Protocol):
    """Wants to know what came to an end: `seconds` until people decided, `in_time` where that is a
    question.
    """

    def __call__(
        self, status: str, tier: str, seconds: float | None, in_time: bool | None
    ) -> object: ...


def _nobody(status: str, tier: str, seconds: float | None, in_time: bool | None) -> None: ...


@dataclass(slots=True, kw_only=True)
class Counting:
    """`decided` is told of what ends from now on, and of nothing that is counted anew."""

    store: Store
    decided: Decided = _nobody
    signoffs: int = SIGNOFFS
    _told: int | None = field(default=None)
    """Up to this entry all is told, or was before it started."""

    async def beat(self) -> None:
        """As a duty of the heartbeat. What is left is counted at the next."""
        until = elapsed() + A_BEAT
        more = await self.turn()
        while more and elapsed() < until:
            await asyncio.sleep(BETWEEN)  # so that those who click go first
            more = await self.turn()

    async def turn(self) -> bool:
        """Count some; whether there is more."""
        turn = await self.store.read(self._look)
        if turn is None:
            return await self._begin_anew()
        if await self.store.write(lambda session: counted.keep(session, turn)):
            for it in turn.ended:
                self.decided(it.status, it.tier, it.took, it.in_time)
        return turn.more

    def _look(self, session: Session) -> Turn | None:
        mark = counted_looking.mark(session)
        if self._told is None:
            self._told = counted_looking.newest(session)
        self._told = max(self._told, mark.seq if mark else 0)
        return counted_looking.next_turn(session, self._told, self.signoffs)

    async def _begin_anew(self) -> bool:
        """Where that has to be: at first, or since it is counted in another way."""
        if not _is_to_begin(await self.store.read(counted_looking.mark)):
            return False
        await self.store.write(counted.forget_some)
        return True


def _is_to_begin(mark: Mark | None) -> bool:
    """One of a newer version is left alone: it counts, and this one reads."""
    return mark is None or mark.made < counted_looking.MADE

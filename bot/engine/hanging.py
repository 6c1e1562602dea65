"""How does one surface come to show what it should?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.engine.pieces import Piece, Pieces, digest
from bot.engine.setbacks import Setbacks
from bot.engine.tenure import Tenure
from bot.ports import CardRef, Chat, Closed
from storage import reconciling, surfaces
from storage.leases import Lost
from storage.store import Session, Store
from storage.surfaces import CARD, HOME, Hung

A_MOMENT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    store: Store
    tenure: Tenure
    pieces: Pieces
    chat: Chat
    setbacks: Setbacks

    async def make_true(self, seen: Hung) -> None:
        """As things are by now, which may be newer than what was seen. Raises Closed and Lost."""
        row = await self.store.read(lambda session: reconciling.still_wanting(session, seen))
        if row is None or await self._waits(row):
            return
        try:
            row = await self._begun(row)
            await self._show(row)
        except (Closed, Lost):
            raise
        except Exception as problem:  # noqa: BLE001 -- whatever it is, it stays wanting
            await self.setbacks.meet(row, problem)

    async def _waits(self, row: Hung) -> bool:
        """What belongs below a card waits until that hangs, or nobody tries to hang it any more."""
        if row.sort == CARD or not row.at.channel or row.begun:
            return False
        card = (await self.store.read(lambda s: surfaces.hung(s, row.subject))).get(
            f"{CARD} {row.at}"
        )
        if card is None or card.ref is not None or card.state != "wanting":
            return False
        until = self.setbacks.clock() + A_MOMENT
        await self.tenure.write(lambda session: reconciling.wait(session, row, until))
        self.setbacks.bell.ring()
        return True

    async def _begun(self, row: Hung) -> Hung:
        """Before anything is posted it is written down: whoever dies over it looks for it later."""
        if row.ref is not None or row.subject == HOME:
            return row
        if not row.doubtful:
            await self.tenure.write(lambda session: reconciling.begin(session, row))
            return row
        piece, below = await self.store.read(lambda session: self._look(session, row))
        if piece is None:
            return row
        ref = await self.chat.find(piece, row.at, below=below, since=row.made_at)
        if ref is not None:
            await self.tenure.write(lambda session: reconciling.found(session, row, ref))
        return replace(row, ref=ref, doubtful=False)

    async def _show(self, row: Hung) -> None:
        if row.subject == HOME:
            await self.chat.home(row.at.user)
            await self._done(row, None, "")
            return
        piece, below = await self.store.read(lambda session: self._look(session, row))
        if piece is None:
            await self._done(row, row.ref, row.digest)
            return
        ref, told = row.ref, digest(piece)
        if ref is None or told != row.digest:
            if not self.tenure.valid:  # we slept, and another may be about to show it
                raise Lost(row.name)
            ref = await self.chat.show(piece, row.at, below=below, posted=ref)
        await self._done(row, ref, told)

    async def _done(self, row: Hung, ref: CardRef | None, told: str) -> None:
        await self.tenure.write(lambda session: reconciling.shown(session, row, ref, told))

    def _look(self, session: Session, row: Hung) -> tuple[Piece | None, CardRef | None]:
        """What is to be shown, and the card at the same place, below which it hangs."""
        piece = self.pieces.of(session, row)
        if piece is None or row.sort == CARD:
            return piece, None
        card = surfaces.hung(session, row.subject).get(f"{CARD} {row.at}")
        return piece, card.ref if card else None

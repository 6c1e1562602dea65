"""How does one surface come to show what it should?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.engine.ailments import ailment_of
from bot.engine.pieces import Piece, Pieces, digest
from bot.engine.setbacks import Setbacks
from bot.engine.showing import EMERGENCIES
from bot.engine.tenure import Tenure
from bot.ports import CardRef, Chat, Closed
from storage import reconciling, surfaces
from storage.leases import Lost
from storage.store import Session, Store
from storage.surfaces import CARD, HOME, Hung

A_MOMENT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look at a row: what is to be shown there, and the card at the same place, below which it
    hangs. `piece` is None: nothing.
    """

    row: Hung
    piece: Piece | None = None
    card: Hung | None = None

    @property
    def waits(self) -> bool:
        """For the channel's card to hang, or until nobody tries to hang it any more."""
        if self.card is None or self.row.begun or not self.row.at.channel:
            return False
        return self.card.ref is None and self.card.state == "wanting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    store: Store
    tenure: Tenure
    pieces: Pieces
    chat: Chat
    setbacks: Setbacks

    async def make_true(self, seen: Hung) -> bool:
        """As things are by now, which may be newer than what was seen; whether the chat had to be
        asked for anything. Raises Closed and Lost.
        """
        row = seen
        try:
            sight = await self.store.read(lambda session: self._look(session, seen))
            if sight is None:
                return False
            row = sight.row
            if sight.waits:
                await self._wait(row)
                return False
            row = await self._begun(sight)
            return await self._show(replace(sight, row=row))
        except (Closed, Lost):
            raise
        except Exception as problem:
            if ailment_of(problem):
                raise  # of the database: there nothing can be noted either
            await self.setbacks.meet(row, problem)
            return True

    def _look(self, session: Session, seen: Hung) -> Sight | None:
        row = reconciling.still_wanting(session, seen)
        if row is None:
            return None
        if row.subject == HOME:
            return Sight(row=row)
        piece = self.pieces.of(session, row)
        if row.sort == CARD or row.sort.partition(" ")[0] in EMERGENCIES:
            return Sight(row=row, piece=piece)
        card = surfaces.hung(session, row.subject).get(f"{CARD} {row.at}")
        return Sight(row=row, piece=piece, card=card)

    async def _wait(self, row: Hung) -> None:
        until = self.setbacks.clock() + A_MOMENT
        await self.tenure.write(lambda session: reconciling.wait(session, row, until))
        self.setbacks.bell.ring()

    async def _begun(self, sight: Sight) -> Hung:
        """Before anything is posted it is written down: whoever dies over it looks for it later."""
        row, piece = sight.row, sight.piece
        if row.ref is not None or piece is None:
            return row
        if not row.doubtful:
            await self.tenure.write(lambda session: reconciling.begin(session, row))
            return row
        ref = await self.chat.find(piece, row.at, below=_ref_of(sight.card), since=row.made_at)
        if ref is not None:
            await self.tenure.write(lambda session: reconciling.found(session, row, ref))
        return replace(row, ref=ref, doubtful=False)

    async def _show(self, sight: Sight) -> bool:
        row, piece = sight.row, sight.piece
        if row.subject == HOME:
            await self.chat.home(row.at.user)
            await self._done(row, None, "")
            return True
        if piece is None:
            await self._done(row, row.ref, row.digest)
            return False
        ref, told = row.ref, digest(piece)
        new = ref is None or told != row.digest
        if new:
            if not self.tenure.valid:  # we slept, and another may be about to show it
                raise Lost(row.name)
            ref = await self.chat.show(piece, row.at, below=_ref_of(sight.card), posted=ref)
        await self._done(row, ref, told)
        return new

    async def _done(self, row: Hung, ref: CardRef | None, told: str) -> None:
        await self.tenure.write(lambda session: reconciling.shown(session, row, ref, told))


def _ref_of(card: Hung | None) -> CardRef | None:
    return card.ref if card else None

"""Where does each card hang, and what does it show?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from bot.ports import CardRef
from storage.tables import CardRefRow

STRAY = "stray "
"""Surface of a card that hangs without our having been told so: an answer of the chat was lost."""


@dataclass(frozen=True, slots=True)
class Hung:
    """A card on a wall: where, and the version of the signoff it shows."""

    ref: CardRef
    shown: int


def hung(session: Session, signoff_id: str) -> Mapping[str, Hung]:
    """All cards of one signoff by surface."""
    query = select(CardRefRow).where(CardRefRow.signoff_id == signoff_id)
    return {
        row.surface: Hung(CardRef(row.channel, row.message), row.shown)
        for row in session.exec(query)
    }


def keep(session: Session, signoff_id: str, surface: str, ref: CardRef, shown: int) -> None:
    """Remember a card; never to an older version than we know it shows."""
    row = session.get(CardRefRow, (signoff_id, surface))
    if row is None:
        row = CardRefRow(signoff_id=signoff_id, surface=surface, channel="", message="")
    row.channel, row.message, row.shown = ref.channel, ref.message, max(row.shown, shown)
    session.add(row)


def adopt(session: Session, signoff_id: str, ref: CardRef) -> bool:
    """A click came from a card. One we did not know of (True) is kept true as well from now on."""
    query = select(CardRefRow.surface).where(
        CardRefRow.signoff_id == signoff_id,
        CardRefRow.channel == ref.channel,
        col(CardRefRow.message) == ref.message,
    )
    if session.exec(query).first() is not None:
        return False
    keep(session, signoff_id, f"{STRAY}{ref.channel} {ref.message}", ref, shown=-1)
    return True

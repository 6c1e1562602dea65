"""Where does each card hang, and what does it show?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, case
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, select

from bot.ports import CardRef
from storage.tables import CardRefRow, table

_CARD = table("card_ref")
_PUT = insert(_CARD)
_KEEP = _PUT.on_conflict_do_update(
    index_elements=["signoff_id", "surface"],
    set_={
        "channel": _PUT.excluded.channel,
        "message": _PUT.excluded.message,
        "shown": case(
            (_PUT.excluded.shown > _CARD.c.shown, _PUT.excluded.shown), else_=_CARD.c.shown
        ),
    },
)
_THERE = select(_CARD.c.surface).where(
    _CARD.c.signoff_id == bindparam("signoff_id"),
    _CARD.c.channel == bindparam("channel"),
    _CARD.c.message == bindparam("message"),
)

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
    """Remember a card; never as older than we know it to be."""
    row = {
        "signoff_id": signoff_id,
        "surface": surface,
        "channel": ref.channel,
        "message": ref.message,
        "shown": shown,
    }
    session.connection().execute(_KEEP, row)


def adopt(session: Session, signoff_id: str, ref: CardRef) -> bool:
    """A click came from a card. One we did not know of (True) is kept true as well from now on."""
    place = {"signoff_id": signoff_id, "channel": ref.channel, "message": ref.message}
    if session.connection().execute(_THERE, place).first() is not None:
        return False
    keep(session, signoff_id, f"{STRAY}{ref.channel} {ref.message}", ref, shown=-1)
    return True

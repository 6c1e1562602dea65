"""What is signed of a decision, from which entries, and what was signed first?"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlalchemy import select as select_rows
from sqlmodel import Session

from bot.domain.events import Event
from bot.domain.statement import Signed
from storage import erased, reading
from storage.audit import leaf_of
from storage.documents import read_event
from storage.statements import Statement
from storage.tables import table

_AUDIT, _ATTESTATION = table("audit").c, table("attestation").c
_TOLD = Statement(
    select_rows(_AUDIT.seq, _AUDIT.leaf, _AUDIT.body)
    .where(_AUDIT.signoff_id == bindparam("of"))
    .order_by(_AUDIT.seq)
)
_KEPT = Statement(
    select_rows(_ATTESTATION.envelope, _ATTESTATION.summary).where(
        _ATTESTATION.signoff_id == bindparam("of")
    )
)


class Edited(Exception):
    """An entry's bytes are not those that were hashed; the text says which."""


class Forgotten(Exception):
    """Somebody was erased from an entry since; the text says so."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the trail: its number, its hash (hex), and what happened."""

    seq: int
    leaf: str
    event: Event


def told(session: Session, signoff_id: str) -> list[Told]:
    """All of one signoff, oldest first. Raises Edited, Forgotten, and ValueError for what is no event."""
    found = _TOLD.rows(session, {"of": signoff_id})
    try:
        return [_told(*row) for row in found]
    except Edited:
        erasures = erased.read(session)
        if any(erasures.allow(seq, leaf, _hash(body)) for seq, leaf, body in found):
            raise Forgotten("whoever it named was erased from it") from None
        raise


def kept(session: Session, signoff_id: str) -> Signed | None:
    found = _KEPT.first(session, {"of": signoff_id})
    return Signed(*found) if found else None


def keep(session: Session, signoff_id: str, signed: Signed) -> Signed:
    """What is kept of it now: what was signed first stays."""
    if found := kept(session, signoff_id):
        return found
    reading.keep_envelope(session, signoff_id, signed.envelope, signed.summary)
    return signed


def _told(seq: int, leaf: str, body: str) -> Told:
    if _hash(body) != leaf:
        raise Edited(f"audit entry {seq} is not what was hashed")
    return Told(seq, leaf, read_event(json.loads(body)["event"]))


def _hash(body: str) -> str:
    return leaf_of(body.encode("utf-8", "surrogatepass"))

"""What happened to each signoff, and what is stored of it? All of them, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter

from sqlalchemy import bindparam, exists, not_
from sqlalchemy import select as select_rows
from sqlmodel import Session

from bot.domain.house_events import HOUSE
from storage.among import among
from storage.statements import Statement
from storage.tables import table

AT_ONCE = 200

Entry = tuple[str, int, str, str]
"""Signoff, number, leaf and body."""

_AUDIT, _SIGNOFF = table("audit").c, table("signoff").c
_ATTESTATION, _OUTBOX = table("attestation").c, table("outbox").c
_ENTRIES = (
    select_rows(_AUDIT.signoff_id, _AUDIT.seq, _AUDIT.leaf, _AUDIT.body)
    .where(_AUDIT.signoff_id != HOUSE)
    .order_by(_AUDIT.signoff_id, _AUDIT.seq)
)
_DOCUMENTS = Statement(select_rows(_SIGNOFF.id, _SIGNOFF.document).where(among(_SIGNOFF.id, "ids")))
_ENVELOPES = Statement(
    select_rows(_ATTESTATION.signoff_id, _ATTESTATION.envelope).where(
        among(_ATTESTATION.signoff_id, "ids")
    )
)
_PROMISED = Statement(
    select_rows(_OUTBOX.signoff_id).where(
        among(_OUTBOX.signoff_id, "ids"), _OUTBOX.effect.contains('"attest"')
    )
)
_UNTOLD = Statement(
    select_rows(_SIGNOFF.id)
    .where(not_(exists().where(_AUDIT.signoff_id == _SIGNOFF.id)))
    .order_by(_SIGNOFF.id)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Its entries, and what is kept beside them. `promised`: its attestation is still to be made."""

    signoff_id: str
    entries: Sequence[Entry]
    document: str | None
    envelope: str | None
    promised: bool


def histories(session: Session) -> Iterator[History]:
    """Of each signoff that stands in the trail."""
    with session.connection().execute(_ENTRIES, execution_options={"yield_per": 1000}) as rows:
        told = groupby((tuple(row) for row in rows), key=itemgetter(0))
        each = ((signoff_id, list(entries)) for signoff_id, entries in told)
        while some := dict(islice(each, AT_ONCE)):
            yield from _with_the_rest(session, some)


def untold(session: Session, limit: int) -> list[str]:
    """Signoffs of which nothing stands in the trail."""
    return [id for (id,) in _UNTOLD.rows(session, {"limit": limit})]


def _with_the_rest(session: Session, some: dict[str, list[Entry]]) -> Iterator[History]:
    ids: dict[str, Collection[str]] = {"ids": list(some)}
    documents: dict[str, str] = dict(_DOCUMENTS.rows(session, ids))
    envelopes: dict[str, str] = dict(_ENVELOPES.rows(session, ids))
    promised = {id for (id,) in _PROMISED.rows(session, ids)}
    for signoff_id, entries in some.items():
        yield History(
            signoff_id=signoff_id,
            entries=entries,
            document=documents.get(signoff_id),
            envelope=envelopes.get(signoff_id),
            promised=signoff_id in promised,
        )

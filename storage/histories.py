"""What happened to each signoff, and what is stored of it? All of them, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter

from sqlalchemy import bindparam, exists, not_, type_coerce
from sqlalchemy import select as select_rows
from sqlalchemy.types import NullType
from sqlmodel import Session

from bot.domain.effects import Attest
from bot.domain.house_events import HOUSE
from storage.among import among
from storage.documents import write_promise
from storage.recording import INSIDE_LANE
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
_ENTRIES_OF = Statement(
    select_rows(_AUDIT.signoff_id, _AUDIT.seq, _AUDIT.leaf, _AUDIT.body)
    .where(among(_AUDIT.signoff_id, "ids"))
    .order_by(_AUDIT.signoff_id, _AUDIT.seq)
)
NAMED = (
    *("connection", "key", "renewal", "repository", "environment", "lineage", "revision", "line"),
    *("status", "opened_at", "next_due"),
)
"""What of a signoff stands beside its document, to be looked up by."""

_AS_THEY_ARE = [type_coerce(_SIGNOFF[name], NullType) for name in NAMED]
"""Whatever somebody put there: SQLite takes anything for a moment."""

_DOCUMENTS = Statement(
    select_rows(_SIGNOFF.id, _SIGNOFF.document, *_AS_THEY_ARE).where(among(_SIGNOFF.id, "ids"))
)
_ENVELOPES = Statement(
    select_rows(_ATTESTATION.signoff_id, _ATTESTATION.envelope, _ATTESTATION.summary).where(
        among(_ATTESTATION.signoff_id, "ids")
    )
)
_PROMISED = Statement(
    select_rows(_OUTBOX.signoff_id, _OUTBOX.state, type_coerce(_OUTBOX.due_at, NullType)).where(
        among(_OUTBOX.signoff_id, "ids"),
        _OUTBOX.lane == INSIDE_LANE,
        _OUTBOX.effect == write_promise(Attest()),
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
    """Its entries, and what is kept beside them. `promised`: how its attestation that is still to be
    made stands in the outbox, and when it is due.

    `columns` are as they stand there, moments as texts where the database has no others.
    """

    signoff_id: str
    entries: Sequence[Entry]
    document: str | None
    envelope: str | None
    promised: tuple[str, object] | None
    columns: Mapping[str, object]
    summary: str | None = None


def histories(session: Session) -> Iterator[History]:
    """Of each signoff that stands in the trail; what no signoff is called like, SQLite takes as well."""
    with session.connection().execute(_ENTRIES, execution_options={"yield_per": 1000}) as rows:
        named = (tuple(row) for row in rows if isinstance(row[0], str))
        told = groupby(named, key=itemgetter(0))
        each = ((signoff_id, list(entries)) for signoff_id, entries in told)
        while some := dict(islice(each, AT_ONCE)):
            yield from _with_the_rest(session, some)


def histories_of(session: Session, signoff_ids: Sequence[str]) -> list[History]:
    """Of these, in this order; of one that no entry tells of what is stored of it."""
    told: dict[str, list[Entry]] = {id: [] for id in signoff_ids}
    for entry in _ENTRIES_OF.rows(session, {"ids": signoff_ids}):
        told[entry[0]].append(entry)
    return list(_with_the_rest(session, told))


def untold(session: Session, limit: int) -> list[str]:
    """Signoffs of which nothing stands in the trail."""
    return [id for (id,) in _UNTOLD.rows(session, {"limit": limit})]


def _with_the_rest(session: Session, some: dict[str, list[Entry]]) -> Iterator[History]:
    ids: dict[str, Collection[str]] = {"ids": list(some)}
    documents = {
        id: (document, columns) for id, document, *columns in _DOCUMENTS.rows(session, ids)
    }
    envelopes = {id: signed for id, *signed in _ENVELOPES.rows(session, ids)}
    promised = {id: (state, due) for id, state, due in _PROMISED.rows(session, ids)}
    for signoff_id, entries in some.items():
        document, columns = documents.get(signoff_id, (None, ()))
        envelope, summary = envelopes.get(signoff_id, (None, None))
        yield History(
            signoff_id=signoff_id,
            entries=entries,
            document=document,
            envelope=envelope,
            summary=summary,
            promised=promised.get(signoff_id),
            columns=dict(zip(NAMED, columns, strict=False)),
        )

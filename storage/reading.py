"""What is known of a signoff, of a change, and of what is due? What the engine asks all day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, func, or_, union
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from bot.domain.change import Change, Work
from bot.domain.signoff import Signoff, Status
from bot.domain.speaking import same_place
from bot.domain.unshipped import MERGE, named_line
from storage import documents
from storage.among import among
from storage.statements import Statement
from storage.tables import PENDING, SignoffRow, table

_SIGNOFF = table("signoff").c
_BY_ID = select(_SIGNOFF.document).where(_SIGNOFF.id == bindparam("signoff_id"))
_DOCUMENT = Statement(_BY_ID)
_OF_THESE = Statement(select_rows(_SIGNOFF.id, _SIGNOFF.document).where(among(_SIGNOFF.id, "ids")))
_JUDGED_BY = Statement(select(_SIGNOFF.judged_by).where(_SIGNOFF.id == bindparam("signoff_id")))
_TOLD_AS = Statement(select(_SIGNOFF.change_digest).where(_SIGNOFF.id == bindparam("signoff_id")))
_FOUND = (_SIGNOFF.document, _SIGNOFF.key, _SIGNOFF.change_digest, _SIGNOFF.renewal)
_KNOWN_AND_OLDER = union(
    select(*_FOUND).where(
        _SIGNOFF.connection == bindparam("connection"), _SIGNOFF.key == bindparam("key")
    ),
    select(*_FOUND).where(
        _SIGNOFF.connection == bindparam("connection"),
        _SIGNOFF.repository == bindparam("repository"),
        _SIGNOFF.environment == bindparam("environment"),
        _SIGNOFF.status == PENDING,
    ),
)
"""Two look-ups, each by an index of its own; with OR, SQLite would read all of a connection."""
_BEFORE = Statement(_KNOWN_AND_OLDER)
_BY_KEY = Statement(
    select_rows(_SIGNOFF.document)
    .where(_SIGNOFF.connection == bindparam("connection"), _SIGNOFF.key == bindparam("key"))
    .order_by(_SIGNOFF.renewal.desc())
    .limit(1)
)
_PENDING_OF = Statement(
    select_rows(_SIGNOFF.document).where(
        _SIGNOFF.connection == bindparam("connection"),
        _SIGNOFF.repository == bindparam("repository"),
        _SIGNOFF.status == PENDING,
    )
)
_AT = Statement(
    select_rows(_SIGNOFF.document)
    .where(
        _SIGNOFF.connection == bindparam("connection"),
        _SIGNOFF.line == bindparam("line"),
        _SIGNOFF.revision == bindparam("revision"),
    )
    .order_by(_SIGNOFF.opened_at, _SIGNOFF.id)
)


def _some(ids: Select[Any]) -> Statement:
    """So many of these, without some."""
    others = ids.where(~among(_SIGNOFF.id, "without"))
    return Statement(others.limit(bindparam("limit", type_=Integer)))


_DUE = _some(
    select_rows(_SIGNOFF.id)
    .where(_SIGNOFF.next_due <= bindparam("now"))
    .order_by(_SIGNOFF.next_due)
)
_OTHERWISE = or_(_SIGNOFF.judged_by < bindparam("digest"), _SIGNOFF.judged_by > bindparam("digest"))
_JUDGED_OTHERWISE = _some(select_rows(_SIGNOFF.id).where(_SIGNOFF.status == PENDING, _OTHERWISE))
_NEXT_DEADLINE = Statement(
    select_rows(func.min(_SIGNOFF.next_due)).where(_SIGNOFF.next_due > bindparam("after"))
)
_ATTESTATION = table("attestation")
_ENVELOPE = Statement(
    select_rows(_ATTESTATION.c.envelope).where(_ATTESTATION.c.signoff_id == bindparam("of"))
)
_PUT = insert(_ATTESTATION)
_KEEP_ENVELOPE = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["signoff_id"],
        set_={"envelope": _PUT.excluded.envelope, "summary": _PUT.excluded.summary},
    ),
    *("signoff_id", "envelope", "summary"),
)


class _Found(NamedTuple):
    document: str
    key: str
    change_digest: str
    renewal: int


@dataclass(frozen=True, slots=True)
class Before:
    """What there was before a change arrived: itself, with the digest it had, and older ones."""

    known: Signoff | None
    digest: str
    older: tuple[Signoff, ...]


def signoff(session: Session, signoff_id: str) -> Signoff | None:
    document = _DOCUMENT.scalar(session, {"signoff_id": signoff_id})
    return documents.read_signoff(document) if document else None


def signoffs(session: Session, signoff_ids: Collection[str]) -> dict[str, Signoff]:
    """Those of them that there are, by id."""
    found = documents_of(session, signoff_ids)
    return {id: documents.read_signoff(document) for id, document in found.items()}


def documents_of(session: Session, signoff_ids: Collection[str]) -> dict[str, str]:
    """What is written of these, by id; of one that is gone nothing."""
    return dict(_OF_THESE.rows(session, {"ids": signoff_ids}))


def judged_by(session: Session, signoff_id: str) -> str:
    """The digest of the rulebook that judged it last; empty: it is to be judged anew."""
    return _JUDGED_BY.scalar(session, {"signoff_id": signoff_id}) or ""


def before(session: Session, change: Change) -> Before:
    """What the connection told us under this key, and what is pending for the same place."""
    names = {
        "connection": change.connection,
        "key": change.key,
        "repository": change.repository,
        "environment": change.environment,
    }
    rows = [_Found(*row) for row in _BEFORE.rows(session, names)]
    mine = [row for row in rows if row.key == change.key]
    known = max(mine, key=lambda row: row.renewal, default=None)
    older = [documents.read_signoff(row.document) for row in rows if row.key != change.key]
    return Before(
        known=documents.read_signoff(known.document) if known else None,
        digest=known.change_digest if known else "",
        older=tuple(older),
    )


def told_as(session: Session, signoff_id: str) -> str:
    """The digest of its change, as the pipeline told it."""
    return _TOLD_AS.scalar(session, {"signoff_id": signoff_id}) or ""


def by_key(session: Session, connection: str, key: str) -> Signoff | None:
    """The latest that the connection told us of under this key."""
    document = _BY_KEY.scalar(session, {"connection": connection, "key": key})
    return documents.read_signoff(document) if document else None


def let_go_on_after(session: Session, signoff: Signoff) -> str:
    """A later one that would have superseded it and was let go on, by its id; empty: there is none."""
    change = signoff.change
    query = (
        select(SignoffRow.id)
        .where(SignoffRow.opened_at > signoff.opened_at)
        .where(SignoffRow.connection == change.connection)
        .where(SignoffRow.repository == change.repository)
        .where(SignoffRow.environment == change.environment)
        .where(col(SignoffRow.status).in_([it.value for it in Status if it.proceed]))
        .limit(1)
    )
    if change.by_lineage:
        query = query.where(SignoffRow.lineage == change.lineage)
    return session.exec(query).first() or ""


def pending_of(session: Session, change: Change | Work) -> Sequence[Signoff]:
    """What waits for any revision of the same change, in whatever environment."""
    where = {"connection": change.connection, "repository": change.repository}
    found = [documents.read_signoff(document) for (document,) in _PENDING_OF.rows(session, where)]
    return [signoff for signoff in found if signoff.change.lineage == change.lineage]


def at_place(session: Session, change: Change) -> tuple[Signoff, ...]:
    """Those whose answers are shown where the answer to this one is, the oldest first."""
    if not change.by_lineage:
        return ()
    return tuple(it for it in _to_merge(session, change) if same_place(it.change, change))


def of_work(session: Session, work: Work) -> tuple[Signoff, ...]:
    """Those of its revision that are to be merged, whoever proposed it; the oldest first."""
    return tuple(_to_merge(session, work))


def _to_merge(session: Session, change: Change | Work) -> Iterator[Signoff]:
    names = {
        "connection": change.connection,
        "line": named_line(change.repository, change.environment, MERGE),
        "revision": change.revision,
    }
    for (document,) in _AT.rows(session, names):
        yield documents.read_signoff(document)


def due(
    session: Session, now: datetime, without: Collection[str] = (), limit: int = 200
) -> Sequence[str]:
    """The signoffs of which a deadline has passed, the longest overdue first."""
    found = _DUE.rows(session, {"now": now, "without": without, "limit": limit})
    return [id for (id,) in found]


def judged_otherwise(
    session: Session, digest: str, without: Collection[str] = (), limit: int = 200
) -> Sequence[str]:
    """What is pending and was judged by another rulebook."""
    asked = {"digest": digest, "without": without, "limit": limit}
    return [id for (id,) in _JUDGED_OTHERWISE.rows(session, asked)]


def next_deadline(session: Session, after: datetime) -> datetime | None:
    """The earliest of all deadlines after that moment."""
    moment: datetime | None = _NEXT_DEADLINE.scalar(session, {"after": after})
    return moment


def envelope(session: Session, signoff_id: str) -> str | None:
    found: str | None = _ENVELOPE.scalar(session, {"of": signoff_id})
    return found


def keep_envelope(
    session: Session, signoff_id: str, envelope: str, summary: str | None = None
) -> None:
    row = {"signoff_id": signoff_id, "envelope": envelope, "summary": summary}
    _KEEP_ENVELOPE.run(session, row)

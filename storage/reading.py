"""What is known? Signoffs by id, key or state, and what is due."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, union
from sqlmodel import Session, col, select

from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status
from storage import documents
from storage.tables import PENDING, AttestationRow, SignoffRow, table

log = logging.getLogger(__name__)

_SIGNOFF = table("signoff").c
_BY_ID = select(_SIGNOFF.document).where(_SIGNOFF.id == bindparam("signoff_id"))
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


@dataclass(frozen=True, slots=True)
class Before:
    """What there was before a change arrived: itself, with the digest it had, and older ones."""

    known: Signoff | None
    digest: str
    older: tuple[Signoff, ...]


def signoff(session: Session, signoff_id: str) -> Signoff | None:
    found = session.connection().execute(_BY_ID, {"signoff_id": signoff_id})
    document = found.scalar_one_or_none()
    return documents.read_signoff(document) if document else None


def before(session: Session, change: Change) -> Before:
    """What the connection told us under this key, and what is pending for the same place."""
    names = {
        "connection": change.connection,
        "key": change.key,
        "repository": change.repository,
        "environment": change.environment,
    }
    rows = session.connection().execute(_KNOWN_AND_OLDER, names).all()
    mine = (row for row in rows if row.key == change.key)
    known = sorted(mine, key=lambda row: -row.renewal)
    older = [documents.read_signoff(row.document) for row in rows if row.key != change.key]
    return Before(
        known=documents.read_signoff(known[0].document) if known else None,
        digest=known[0].change_digest if known else "",
        older=tuple(older),
    )


def by_key(session: Session, connection: str, key: str) -> Signoff | None:
    """The latest that the connection told us of under this key."""
    query = (
        select(SignoffRow.document)
        .where(SignoffRow.connection == connection, SignoffRow.key == key)
        .order_by(col(SignoffRow.renewal).desc())
        .limit(1)
    )
    document = session.exec(query).first()
    return documents.read_signoff(document) if document else None


def let_go_on_after(session: Session, signoff: Signoff) -> str:
    """A later one for the same place that was let go on, by its id; empty if there is none."""
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
    return session.exec(query).first() or ""


def pending_of(session: Session, change: Change) -> Sequence[Signoff]:
    """What waits for any revision of the same change, in whatever environment."""
    query = select(SignoffRow.document).where(
        SignoffRow.connection == change.connection,
        SignoffRow.repository == change.repository,
        SignoffRow.status == PENDING,
    )
    found = [documents.read_signoff(document) for document in session.exec(query)]
    return [signoff for signoff in found if signoff.change.lineage == change.lineage]


def named(session: Session, name: str) -> Sequence[Signoff]:
    """Those whose id is `name`, or begins so, or whose key is; the newest ten."""
    query = (
        select(SignoffRow.document)
        .where(col(SignoffRow.id).startswith(name, autoescape=True) | (col(SignoffRow.key) == name))
        .order_by(col(SignoffRow.opened_at).desc())
        .limit(10)
    )
    return [documents.read_signoff(document) for document in session.exec(query)]


def pending(session: Session) -> Sequence[Signoff]:
    """All that waits for a decision, oldest first."""
    query = select(SignoffRow.document).where(SignoffRow.status == PENDING)
    oldest_first = query.order_by(col(SignoffRow.opened_at), col(SignoffRow.id))
    return list(_readable(session.exec(oldest_first)))


def pending_ids(session: Session) -> Sequence[str]:
    return session.exec(select(SignoffRow.id).where(SignoffRow.status == PENDING)).all()


def waiting(session: Session) -> tuple[int, datetime | None]:
    """How many are pending, and when the oldest of them was opened."""
    query = select(func.count(), func.min(SignoffRow.opened_at))
    count, oldest = session.exec(query.where(SignoffRow.status == PENDING)).one()
    return count, oldest


def all_ids(session: Session) -> Sequence[str]:
    return session.exec(select(SignoffRow.id).order_by(col(SignoffRow.opened_at))).all()


def recent(session: Session, limit: int = 10) -> Sequence[Signoff]:
    """What was opened last, newest first."""
    query = select(SignoffRow.document).order_by(col(SignoffRow.opened_at).desc()).limit(limit)
    return list(_readable(session.exec(query)))


def expired_of(session: Session, person: str, since: datetime) -> Sequence[Signoff]:
    """What was opened since then, expired, and may name this person; newest first."""
    query = (
        select(SignoffRow.document)
        .where(SignoffRow.status == "expired", col(SignoffRow.opened_at) >= since)
        .where(col(SignoffRow.document).contains(_written(person), autoescape=True))
        .order_by(col(SignoffRow.opened_at).desc())
    )
    return list(_readable(session.exec(query)))


def reviewed_by(session: Session, person: str, since: datetime, limit: int) -> Sequence[Signoff]:
    """What was opened since then and this person reviewed, newest first.

    The newest that tell of it are looked through until there are enough: who reviews a lot is
    found at once, and nobody is looked for beyond `since`.
    """
    told = f'"person":{_written(person)},"verdict":'
    query = (
        select(SignoffRow.document)
        .where(col(SignoffRow.opened_at) >= since)
        .where(col(SignoffRow.document).contains(told, autoescape=True))
        .order_by(col(SignoffRow.opened_at).desc())
        .limit(limit)
    )
    found = _readable(session.exec(query))
    return [it for it in found if any(review.person == person for review in it.reviews)]


def due(
    session: Session, now: datetime, without: Collection[str] = (), limit: int = 200
) -> Sequence[str]:
    """The signoffs of which a deadline has passed, the longest overdue first."""
    query = (
        select(SignoffRow.id)
        .where(col(SignoffRow.next_due) <= now, col(SignoffRow.id).not_in(without))
        .order_by(col(SignoffRow.next_due))
        .limit(limit)
    )
    return session.exec(query).all()


def next_deadline(session: Session) -> datetime | None:
    """The earliest of all deadlines."""
    query = select(func.min(SignoffRow.next_due)).where(col(SignoffRow.next_due).is_not(None))
    return session.exec(query).one()


def envelope(session: Session, signoff_id: str) -> str | None:
    row = session.get(AttestationRow, signoff_id)
    return row.envelope if row else None


def keep_envelope(session: Session, signoff_id: str, envelope: str) -> None:
    session.merge(AttestationRow(signoff_id=signoff_id, envelope=envelope))


def _written(name: str) -> str:
    """As a name stands in a document. A quotation mark of a text is escaped there, so that no text
    from outside looks like it."""
    return json.dumps(name, ensure_ascii=False)


def _readable(found: Iterable[str]) -> Iterator[Signoff]:
    """One that cannot be read must not hide all others."""
    for document in found:
        try:
            yield documents.read_signoff(document)
        except ValueError:
            log.exception("a signoff in the database cannot be read")

"""What is known? Signoffs by id, key or state, and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status
from storage import documents
from storage.tables import AttestationRow, DeadlineRow, SignoffRow, table


def signoff(session: Session, signoff_id: str) -> Signoff | None:
    row = session.connection().execute(
        select(SignoffRow.document).where(SignoffRow.id == signoff_id)
    )
    document = row.scalar_one_or_none()
    return documents.read_signoff(document) if document else None


def by_key(session: Session, connection: str, key: str) -> tuple[Signoff, str] | None:
    """The signoff a connection named so, and the digest of the change it told us of."""
    signoffs = table("signoff").c
    row = (
        session.connection()
        .execute(
            select(signoffs.document, signoffs.change_digest).where(
                signoffs.connection == connection, signoffs.key == key
            )
        )
        .first()
    )
    return (documents.read_signoff(row[0]), row[1]) if row else None


def named(session: Session, name: str) -> Sequence[Signoff]:
    """Those whose id is `name`, or begins so, or whose key is; the newest ten."""
    query = (
        select(SignoffRow.document)
        .where(col(SignoffRow.id).startswith(name, autoescape=True) | (col(SignoffRow.key) == name))
        .order_by(col(SignoffRow.opened_at).desc())
        .limit(10)
    )
    return [documents.read_signoff(document) for document in session.exec(query)]


def superseded_by(session: Session, change: Change) -> Sequence[Signoff]:
    """What is pending for the same repository and environment on the same connection."""
    signoffs = table("signoff").c
    rows = session.connection().execute(
        select(signoffs.document).where(
            signoffs.connection == change.connection,
            signoffs.repository == change.repository,
            signoffs.environment == change.environment,
            signoffs.status == Status.PENDING.value,
        )
    )
    return [documents.read_signoff(row[0]) for row in rows]


def pending(session: Session, limit: int = 1000) -> Sequence[Signoff]:
    """What waits for a decision, oldest first."""
    return _newest(session, limit, pending_only=True)


def recent(session: Session, limit: int = 10) -> Sequence[Signoff]:
    """What was opened last, newest first."""
    return _newest(session, limit, pending_only=False)


def due(session: Session, now: datetime, limit: int = 200) -> Sequence[str]:
    """The signoffs of which a deadline has passed, the longest overdue first."""
    query = (
        select(DeadlineRow.signoff_id)
        .where(col(DeadlineRow.due_at) <= now)
        .group_by(col(DeadlineRow.signoff_id))
        .order_by(func.min(DeadlineRow.due_at))
        .limit(limit)
    )
    return session.exec(query).all()


def next_deadline(session: Session) -> datetime | None:
    return session.exec(select(func.min(DeadlineRow.due_at))).one()


def envelope(session: Session, signoff_id: str) -> str | None:
    row = session.get(AttestationRow, signoff_id)
    return row.envelope if row else None


def keep_envelope(session: Session, signoff_id: str, envelope: str) -> None:
    session.merge(AttestationRow(signoff_id=signoff_id, envelope=envelope))


def _newest(session: Session, limit: int, *, pending_only: bool) -> Sequence[Signoff]:
    query = select(SignoffRow.document)
    if pending_only:
        query = query.where(SignoffRow.status == "pending").order_by(col(SignoffRow.opened_at))
    else:
        query = query.order_by(col(SignoffRow.opened_at).desc())
    return [documents.read_signoff(document) for document in session.exec(query.limit(limit))]

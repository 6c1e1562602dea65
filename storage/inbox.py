"""What reached us already? Each message is let in once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from storage import moment
from storage.statements import Statement
from storage.tables import WAITING, InboxRow, table

_MESSAGE = ("source", "message_id", "received_at", "due_at", "headers", "body", "state")
_ADMIT = Statement(insert(table("inbox")).on_conflict_do_nothing(), *_MESSAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery that is stored and answered, and not yet read: ours to read `until` then."""

    source: str
    message_id: str
    headers: Mapping[str, str]
    body: bytes
    attempts: int
    received_at: datetime
    until: datetime


def admit(
    session: Session,
    source: str,
    message_id: str,
    now: datetime,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> bool:
    """Let a message in; False if it was in before. With a `body` it waits to be read."""
    row = {
        "source": source,
        "message_id": message_id,
        "received_at": now,
        "due_at": now,
        "headers": json.dumps(dict(headers or {})),
        "body": body or b"",
        "state": "done" if body is None else "waiting",
    }
    return _ADMIT.run(session, row) == 1


def claim(session: Session, until: datetime, limit: int = 50) -> Sequence[Waiting]:
    """What is due and nobody else reads, the oldest first; ours until then."""
    oldest = select(InboxRow).where(_may_be_read(session)).order_by(col(InboxRow.received_at))
    rows = session.exec(oldest.limit(limit)).all()
    for row in rows:
        row.leased_until = until
        session.add(row)
    return [
        Waiting(
            source=row.source,
            message_id=row.message_id,
            headers=json.loads(row.headers),
            body=row.body,
            attempts=row.attempts,
            received_at=row.received_at,
            until=until,
        )
        for row in rows
    ]


def is_due(session: Session) -> bool:
    """Whether there is anything to claim."""
    return session.exec(select(1).where(_may_be_read(session)).limit(1)).first() is not None


def release(session: Session) -> None:
    """Nobody else lives who could be reading any of it."""
    session.connection().execute(
        update(InboxRow).where(col(InboxRow.state) == WAITING).values(leased_until=None)
    )


def next_due(session: Session) -> datetime | None:
    """When the next is due that nobody reads."""
    query = select(func.min(InboxRow.due_at)).where(
        InboxRow.state == WAITING, col(InboxRow.leased_until).is_(None)
    )
    return session.exec(query).one()


def finish(session: Session, message: Waiting) -> None:
    """Read: only that it was here is kept."""
    _change(session, message, state="done", body=b"", headers="{}")


def retry_later(session: Session, message: Waiting, at: datetime, error: str) -> None:
    _change(session, message, due_at=at, error=error[:500], attempts=message.attempts + 1)


def park(session: Session, message: Waiting, error: str) -> None:
    _change(session, message, state="parked", error=error[:500], attempts=message.attempts + 1)


def forget_before(session: Session, moment: datetime) -> None:
    """What is so old that its sender would not repeat it, nor an attacker be let in by age."""
    session.connection().execute(
        delete(InboxRow).where(col(InboxRow.received_at) < moment, col(InboxRow.state) == "done")
    )


def forget(session: Session, source: str, message_id: str) -> None:
    """As if it had never come: nothing followed from it."""
    session.connection().execute(
        delete(InboxRow).where(
            col(InboxRow.source) == source, col(InboxRow.message_id) == message_id
        )
    )


def parked(session: Session) -> int:
    return session.exec(select(func.count()).where(InboxRow.state == "parked")).one()


def _may_be_read(session: Session) -> ColumnElement[bool]:
    now, leased = moment.now(session), col(InboxRow.leased_until)
    free = or_(leased.is_(None), leased <= now)
    return and_(col(InboxRow.state) == WAITING, col(InboxRow.due_at) <= now, free)


def _change(session: Session, message: Waiting, **values: object) -> None:
    """Unless somebody else has it by now, or had: what becomes of it is theirs to say."""
    session.connection().execute(
        update(InboxRow)
        .where(col(InboxRow.source) == message.source)
        .where(col(InboxRow.message_id) == message.message_id)
        .where(col(InboxRow.state) == WAITING, col(InboxRow.leased_until) == message.until)
        .values(leased_until=None, **values)
    )

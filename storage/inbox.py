"""What reached us already? Each message is let in once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, col, select

from storage.tables import WAITING, InboxRow, table

_ADMIT = insert(table("inbox")).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery that is stored and answered, and not yet read."""

    source: str
    message_id: str
    headers: Mapping[str, str]
    body: bytes
    attempts: int
    received_at: datetime


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
        "attempts": 0,
        "error": "",
        "state": "done" if body is None else "waiting",
    }
    return session.connection().execute(_ADMIT, row).rowcount == 1


def waiting(session: Session, now: datetime, limit: int = 50) -> Sequence[Waiting]:
    query = (
        select(InboxRow)
        .where(InboxRow.state == WAITING, col(InboxRow.due_at) <= now)
        .order_by(col(InboxRow.received_at))
        .limit(limit)
    )
    return [
        Waiting(
            source=row.source,
            message_id=row.message_id,
            headers=json.loads(row.headers),
            body=row.body,
            attempts=row.attempts,
            received_at=row.received_at,
        )
        for row in session.exec(query)
    ]


def next_due(session: Session) -> datetime | None:
    return session.exec(select(func.min(InboxRow.due_at)).where(InboxRow.state == WAITING)).one()


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


def _change(session: Session, message: Waiting, **values: object) -> None:
    session.connection().execute(
        update(InboxRow)
        .where(col(InboxRow.source) == message.source)
        .where(col(InboxRow.message_id) == message.message_id)
        .values(**values)
    )

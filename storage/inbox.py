"""What reached us already? Each message is let in once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Integer, and_, bindparam, delete, func, or_, update
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from storage import moment
from storage.statements import Statement
from storage.tables import WAITING, InboxRow, table

_MESSAGE = ("source", "message_id", "received_at", "due_at", "headers", "body", "state")
_ROW = table("inbox")
_ADMIT = Statement(insert(_ROW).on_conflict_do_nothing(), *_MESSAGE)
_NOW = bindparam("now", type_=_ROW.c.due_at.type)
_FREE = or_(_ROW.c.leased_until.is_(None), _ROW.c.leased_until <= _NOW)
_MAY_BE_READ = and_(_ROW.c.state == WAITING, _ROW.c.due_at <= _NOW, _FREE)
_IS_DUE = Statement(select_rows(_ROW.c.source).where(_MAY_BE_READ).limit(1))
_OLDEST = Statement(
    select_rows(*_ROW.c)
    .where(_MAY_BE_READ)
    .order_by(_ROW.c.received_at)
    .limit(bindparam("limit", type_=Integer))
)
_NEXT = Statement(
    select_rows(func.min(_ROW.c.due_at)).where(
        _ROW.c.state == WAITING, _ROW.c.leased_until.is_(None)
    )
)
_THIS = and_(_ROW.c.source == bindparam("of"), _ROW.c.message_id == bindparam("called"))
_LEASE = Statement(update(_ROW).where(_THIS), "leased_until")
_FORGET = Statement(delete(_ROW).where(_THIS))
_MINE = and_(_THIS, _ROW.c.state == WAITING, _ROW.c.leased_until == bindparam("held"))


@lru_cache(maxsize=16)
def _changed(*columns: str) -> Statement:
    return Statement(update(_ROW).where(_MINE).values(leased_until=None), *columns)


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
    rows = _OLDEST.records(session, {"now": moment.now(session), "limit": limit})
    these = [{**_this(row.source, row.message_id), "leased_until": until} for row in rows]
    _LEASE.run_all(session, these)
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
    return _IS_DUE.first(session, {"now": moment.now(session)}) is not None


def release(session: Session) -> None:
    """Nobody else lives who could be reading any of it."""
    session.connection().execute(
        update(InboxRow).where(col(InboxRow.state) == WAITING).values(leased_until=None)
    )


def next_due(session: Session) -> datetime | None:
    """When the next is due that nobody reads."""
    found: datetime | None = _NEXT.scalar(session, {})
    return found


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
    _FORGET.run(session, _this(source, message_id))


def parked(session: Session) -> int:
    return session.exec(select(func.count()).where(InboxRow.state == "parked")).one()


def _this(source: str, message_id: str) -> dict[str, object]:
    return {"of": source, "called": message_id}


def _change(session: Session, message: Waiting, **values: object) -> None:
    """Unless somebody else has it by now, or had: what becomes of it is theirs to say."""
    mine = {**_this(message.source, message.message_id), "held": message.until}
    _changed(*values).run(session, {**mine, **values})

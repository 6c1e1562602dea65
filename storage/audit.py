"""What happened? A hash chain of exact RFC 8785 bytes, one entry an event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from bot.domain.events import Event
from storage.documents import canonical, event_facts, read_event
from storage.statements import Statement
from storage.tables import AuditRow, table

NOTHING = "0" * 64
"""What the first entry is chained to."""

FORMAT = "countersign-audit/1"

_ROW = table("audit")
_LAST = Statement(select_rows(_ROW.c.seq, _ROW.c.leaf).order_by(_ROW.c.seq.desc()).limit(1))
_ALL = select_rows(_ROW).order_by(_ROW.c.seq)
_APPEND = Statement(_ROW.insert(), "seq", "signoff_id", "prev", "leaf", "body")


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain does not hold, and why."""

    seq: int
    why: str


def append(session: Session, signoff_id: str, event: Event) -> None:
    """Chain one entry to the last. The caller's transaction is the only one that writes."""
    append_all(session, [(signoff_id, event)])


def append_all(session: Session, happened: Iterable[tuple[str, Event]]) -> None:
    """Chain an entry for each of these, signoff and event, in this order."""
    seq, prev = _LAST.first(session, {}) or (0, NOTHING)
    rows = []
    for signoff_id, event in happened:
        rows.append(_entry(seq + 1, prev, signoff_id, event))
        seq, prev = seq + 1, rows[-1]["leaf"]
    _APPEND.run_all(session, rows)


def _entry(seq: int, prev: str, signoff_id: str, event: Event) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "v": FORMAT,
        "seq": seq,
        "prev": prev,
        "signoff": signoff_id,
        "event": event_facts(event),
    }
    body = canonical(entry)
    return {
        "seq": seq,
        "signoff_id": signoff_id,
        "prev": prev,
        "leaf": leaf_of(body),
        "body": body.decode(),
    }


def leaf_of(body: bytes) -> str:
    """The RFC 6962 leaf hash, in hex."""
    return hashlib.sha256(b"\0" + body).hexdigest()


def trail(session: Session, signoff_id: str) -> list[Event]:
    """Everything that happened to one signoff, oldest first."""
    query = (
        select(AuditRow.body).where(AuditRow.signoff_id == signoff_id).order_by(col(AuditRow.seq))
    )
    return [read_event(json.loads(body)["event"]) for body in session.exec(query)]


def verify(session: Session) -> Broken | None:
    """The first entry that was changed, removed or put elsewhere; None if all hold."""
    expected, prev = 1, NOTHING
    options = {"yield_per": 1000}
    with session.connection().execute(_ALL, execution_options=options) as rows:
        for row in rows:
            if why := _flaw(row, expected, prev):
                return Broken(row.seq, why)
            expected, prev = expected + 1, row.leaf
    return None


def _flaw(row: Row[Any], expected: int, prev: str) -> str | None:
    if row.seq != expected:
        return f"entry {expected} is missing"
    if leaf_of(row.body.encode("utf-8", "surrogatepass")) != row.leaf:
        return "its bytes are not those that were hashed"
    if _said(row.body) != (row.seq, row.prev, row.signoff_id):
        return "its columns say something else than its bytes"
    return None if row.prev == prev else "it is not chained to the entry before"


def _said(body: str) -> tuple[object, object, object] | None:
    """What an entry says of itself; None if it is no entry at all."""
    try:
        entry = json.loads(body)
        return entry["seq"], entry["prev"], entry["signoff"]
    except (ValueError, KeyError, TypeError):
        return None

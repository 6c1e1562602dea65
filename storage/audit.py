"""What happened? A hash chain of exact RFC 8785 bytes, one entry an event."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from bot.domain.events import Event
from storage.documents import canonical, event_facts, read_event
from storage.tables import AuditRow, table

NOTHING = "0" * 64
"""What the first entry is chained to."""

FORMAT = "countersign-audit/1"


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain does not hold, and why."""

    seq: int
    why: str


def append(session: Session, signoff_id: str, event: Event) -> None:
    """Chain one entry to the last. The caller's transaction is the only one that writes."""
    last = session.connection().exec_driver_sql(
        "SELECT seq, leaf FROM audit ORDER BY seq DESC LIMIT 1"
    )
    seq, prev = last.fetchone() or (0, NOTHING)
    entry: dict[str, Any] = {
        "v": FORMAT,
        "seq": seq + 1,
        "prev": prev,
        "signoff": signoff_id,
        "event": event_facts(event),
    }
    body = canonical(entry)
    session.connection().execute(
        table("audit").insert(),
        {
            "seq": seq + 1,
            "signoff_id": signoff_id,
            "prev": prev,
            "leaf": leaf_of(body),
            "body": body.decode(),
        },
    )


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
    for row in session.exec(select(AuditRow).order_by(col(AuditRow.seq))):
        if why := _flaw(row, expected, prev):
            return Broken(row.seq, why)
        expected, prev = expected + 1, row.leaf
    return None


def _flaw(row: AuditRow, expected: int, prev: str) -> str | None:
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

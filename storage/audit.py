"""What happened? A hash chain of exact RFC 8785 bytes, one entry an event."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from bot.domain.events import Event
from bot.domain.house_events import HOUSE, HouseEvent
from storage import erased
from storage.documents import (
    canonical,
    event_facts,
    house_event_facts,
    read_event,
    read_house_event,
)
from storage.erased import NONE, Erasures
from storage.statements import Statement
from storage.tables import AuditRow, table

NOTHING = "0" * 64
"""What the first entry is chained to."""

FORMAT = "countersign-audit/2"
UNSALTED = "countersign-audit/1"
"""Entries of before: they hold, and so do trails with both, as replicas write them that are
replaced one after the other."""

_SALT = 32
"""Digits of a number that nobody can guess, so that of an entry whose text was erased nobody can
find out by trying what its hash was made of."""

_ROW = table("audit")
_LAST = Statement(select_rows(_ROW.c.seq, _ROW.c.leaf).order_by(_ROW.c.seq.desc()).limit(1))
_ALL = select_rows(_ROW.c.seq, _ROW.c.signoff_id, _ROW.c.prev, _ROW.c.leaf, _ROW.c.body).order_by(
    _ROW.c.seq
)
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
    _chain(session, ((signoff_id, event_facts(event)) for signoff_id, event in happened))


def append_house(session: Session, event: HouseEvent) -> int:
    """Chain an entry of what happened to no signoff; its number."""
    return _chain(session, [(HOUSE, house_event_facts(event))])


def of_house(session: Session, kind: str = "") -> list[HouseEvent]:
    """All that happened to no signoff, oldest first; of one kind alone, where one is named."""
    query = select(AuditRow.body).where(AuditRow.signoff_id == HOUSE).order_by(col(AuditRow.seq))
    if kind:
        query = query.where(col(AuditRow.body).contains(f'"kind":"{kind}"'))
    return [read_house_event(json.loads(body)["event"]) for body in session.exec(query)]


def _chain(session: Session, happened: Iterable[tuple[str, object]]) -> int:
    """The number of the last."""
    seq, prev = _LAST.first(session, {}) or (0, NOTHING)
    rows = []
    for signoff_id, facts in happened:
        rows.append(_entry(seq + 1, prev, signoff_id, facts))
        seq, prev = seq + 1, rows[-1]["leaf"]
    _APPEND.run_all(session, rows)
    return int(seq)


def _entry(seq: int, prev: str, signoff_id: str, facts: object) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "v": FORMAT,
        "seq": seq,
        "prev": prev,
        "salt": new_salt(),
        "signoff": signoff_id,
        "event": facts,
    }
    body = canonical(entry)
    return {
        "seq": seq,
        "signoff_id": signoff_id,
        "prev": prev,
        "leaf": leaf_of(body),
        "body": body.decode(),
    }


def new_salt() -> str:
    return secrets.token_hex(_SALT // 2)


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
    expected, prev, erasures = 1, NOTHING, erased.read(session)
    for entry in entries(session):
        if entry.seq != expected:
            return Broken(entry.seq, f"entry {expected} is missing")
        if why := flaw(entry, prev, erasures):
            return Broken(entry.seq, why)
        expected, prev = expected + 1, entry.leaf
    return None


class Entry(NamedTuple):
    """As it is stored."""

    seq: int
    signoff_id: str
    prev: str
    leaf: str
    body: str


def entries(session: Session) -> Iterator[Entry]:
    """From the first on; never all at once in memory."""
    with session.connection().execute(_ALL, execution_options={"yield_per": 1000}) as rows:
        for some in rows.partitions():
            yield from map(Entry._make, some)


def flaw(entry: Entry, prev: str, erasures: Erasures = NONE) -> str | None:
    """What is wrong with it, if the leaf before it is `prev`."""
    if not isinstance(entry.body, str):  # SQLite takes anything for a text
        return "it is no text"
    now = leaf_of(entry.body.encode("utf-8", "surrogatepass"))
    if now != entry.leaf and not erasures.allow(entry.seq, entry.leaf, now):
        return "its bytes are not those that were hashed"
    if now == entry.leaf and entry.seq in erasures.entries:
        return "it was erased, and what it said is back"
    if not _says_so(entry):
        return "its columns say something else than its bytes"
    return None if entry.prev == prev else "it is not chained to the entry before"


def _says_so(entry: Entry) -> bool:
    """Keys are sorted, so that what it says of itself stands at its end: the salt between."""
    seq, signoff_id, prev, _, body = entry
    rest = f'"seq":{seq},"signoff":"{signoff_id}","v":"{FORMAT}"}}'
    before = f',"prev":"{prev}","salt":"'
    if body.endswith(rest) and body.startswith(before, -len(rest) - _SALT - 2 - len(before)):
        return True
    unsalted = f',"prev":"{prev}","seq":{seq},"signoff":"{signoff_id}","v":"{UNSALTED}"}}'
    return body.endswith(unsalted) or _said(body) == (seq, prev, signoff_id)


def _said(body: str) -> tuple[object, object, object] | None:
    """What an entry says of itself; None if it is no entry at all."""
    try:
        entry = json.loads(body)
        return entry["seq"], entry["prev"], entry["signoff"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None

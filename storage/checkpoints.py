"""Which signed checkpoints of the audit trail are there, and how much was appended since?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from storage import tree
from storage.statements import Statement
from storage.tables import table

_ROW = table("checkpoint")
_COLUMNS = (_ROW.c.size, _ROW.c.root, _ROW.c.note, _ROW.c.at)
_NEWEST = Statement(select_rows(*_COLUMNS).order_by(_ROW.c.size.desc()).limit(1))
_COVERING = Statement(
    select_rows(*_COLUMNS).where(_ROW.c.size >= bindparam("seq")).order_by(_ROW.c.size).limit(1)
)
_LAST = Statement(select_rows(func.max(table("audit").c.seq)))
_COUNT = Statement(select_rows(func.count()).select_from(table("audit")))
_KEEP = Statement(insert(_ROW).on_conflict_do_nothing(), "size", "root", "note", "at")


@dataclass(frozen=True, slots=True)
class Kept:
    """`note` says, and is signed, that the first `size` entries have this root (hex)."""

    size: int
    root: str
    note: str
    at: datetime


class Stored(NamedTuple):
    """What stands there, whoever wrote it."""

    size: int
    root: str
    note: str


def newest(session: Session) -> Kept | None:
    found = _NEWEST.first(session, {})
    return Kept(*found) if found else None


def covering(session: Session, seq: int) -> Kept | None:
    """The first over this entry."""
    found = _COVERING.first(session, {"seq": seq})
    return Kept(*found) if found else None


def last_entry(session: Session) -> int:
    """The number of the last audit entry; 0: there is none."""
    return _LAST.scalar(session, {}) or 0


def count_entries(session: Session) -> int:
    """Of those that are there, whatever their numbers are."""
    return int(_COUNT.scalar(session, {}))


def keep(session: Session, kept: Kept) -> Kept:
    """The one of this size: what was signed first stays."""
    row = {"size": kept.size, "root": kept.root, "note": kept.note, "at": kept.at}
    _KEEP.run(session, row)
    return covering(session, kept.size) or kept


def against(session: Session, size: int, root: str) -> str:
    """What speaks against a checkpoint that is genuine; empty: nothing. By the entries, not the tiles."""
    last = last_entry(session)
    if size > last:
        return (
            f"the database has {last:,} audit entries, and that checkpoint is over {size:,}: "
            f"it was rolled back"
        )
    if tree.root_anew(session, size).hex() != root:
        return (
            f"of its first {size:,} entries some are others than those that were signed: "
            f"it was forked"
        )
    return ""


def all_of(session: Session) -> Iterator[Stored]:
    """From the smallest on; not all at once in memory."""
    query = select_rows(_ROW.c.size, _ROW.c.root, _ROW.c.note).order_by(_ROW.c.size)
    options = {"yield_per": 1000}
    with session.connection().execute(query, execution_options=options) as rows:
        for row in rows:
            yield Stored(*row)

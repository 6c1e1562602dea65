"""How does everything that is stored get from one database to another, without losing a row?

All of it in one transaction of the target: a move that fails leaves it empty, and is begun again.
Every row is read back from there, and compared with what it was, before it counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, Table, func, select, text
from sqlmodel import Session, SQLModel

from storage import audit, migrating
from storage.migrating import MOVED, MOVING
from storage.migrations import NEWEST

AT_ONCE = 5_000
"""Rows that are read, and written, at a time."""

Told = Callable[[str, int], None]


class NotMoved(Exception):
    """Nothing was moved; the text says why, in words for an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many rows of each table; `entries` of the audit trail were checked one by one."""

    rows: Mapping[str, int]

    @property
    def entries(self) -> int:
        return self.rows["audit"]


@dataclass(slots=True)
class _Sum:
    """Of all rows of a table, in whatever order they come."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Sequence[Row[Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            digest = hashlib.sha256(repr(tuple(row)).encode("utf-8", "surrogatepass")).digest()
            self.total = (self.total + int.from_bytes(digest)) % 2**256


def move(source: Connection, target: Connection, told: Told = lambda table, rows: None) -> Moved:
    """Afterwards no version starts on the source any more. Raises NotMoved and OtherVersion.

    `told` hears of each table when it is copied. Nobody else may use the source.
    """
    migrating.bring_up(target)
    with target.begin(), source.begin():
        _check_source(source)
        migrating.hold(source)
        _check_trail(source)
        _check_target(target)
        rows = {it.name: _copied(it, source, target, told) for it in _tables()}
        _count_on(target)
        _check_unused(source)  # somebody may have been started meanwhile
        migrating.mark(source, MOVING)
    # The source was committed first. Cut short between the two, neither can be used until it is
    # moved again: better than both.
    with source.begin():
        migrating.mark(source, MOVED)
    return Moved(rows=rows)


def _tables() -> Sequence[Table]:
    return SQLModel.metadata.sorted_tables


def _check_source(source: Connection) -> None:
    found = migrating.look(source)
    if not found.schema:
        raise NotMoved("there is nothing in the database that is to be moved")
    if found.readable_from != MOVING and not (found.usable and found.schema == NEWEST):
        raise NotMoved(
            f"the database that is to be moved has schema {found.schema}, and this version has "
            f"{NEWEST}: run countersign migrate on it first"
        )
    _check_unused(source)


def _check_unused(source: Connection) -> None:
    if migrating.others(source):
        raise NotMoved("somebody uses the database that is to be moved: stop every countersign")


def _check_target(target: Connection) -> None:
    """Ours alone until the transaction ends, and empty."""
    if target.dialect.name == "postgresql":
        names = ", ".join(target.dialect.identifier_preparer.quote(it.name) for it in _tables())
        target.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
    full = [it.name for it in _tables() if target.execute(select(it).limit(1)).first()]
    if full:
        raise NotMoved(f"there are rows already where they are to be moved to: {', '.join(full)}")


def _copied(table: Table, source: Connection, target: Connection, told: Told) -> int:
    before, after = _Sum(), _Sum()
    put = table.insert()
    with _read(table, source) as found:
        for rows in found.partitions():
            before.add(rows)
            target.execute(put, [dict(row._mapping) for row in rows])
    with _read(table, target) as found:
        for rows in found.partitions():
            after.add(rows)
    if before != after:
        raise NotMoved(f"{table.name} did not arrive as it was")
    told(table.name, after.rows)
    return after.rows


def _read(table: Table, connection: Connection) -> CursorResult[Any]:
    """In the order of its key: no entry of the trail is taken but after the one before it."""
    query = select(table).order_by(*table.primary_key)
    return connection.execute(query, execution_options={"yield_per": AT_ONCE})


def _count_on(target: Connection) -> None:
    """PostgreSQL numbers rows by a counter of its own, which has not seen these."""
    if target.dialect.name != "postgresql":
        return
    outbox = SQLModel.metadata.tables["outbox"]
    last = target.execute(select(func.max(outbox.c.id))).scalar()
    if last is not None:
        target.execute(select(func.setval(func.pg_get_serial_sequence("outbox", "id"), last)))


def _check_trail(source: Connection) -> None:
    """What arrives is compared with it, row by row, so that it holds there as well."""
    session = Session(source, join_transaction_mode="create_savepoint")
    if flaw := audit.verify(session):
        raise NotMoved(f"audit entry {flaw.seq} does not hold: {flaw.why}")

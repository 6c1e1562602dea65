"""How is a SQLite file opened? By one process, with one connection that writes and checkpoints.

The second rule keeps out a bug of the library: up to SQLite 3.51.2, two connections that write or
checkpoint a write-ahead log at the same moment can corrupt it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from storage.ground import Ground, Turn, Unusable

READERS = 4

MENDED = (3, 51, 3)
"""The first version of SQLite without that bug."""


def open_file(url: str) -> Ground:
    """Raises Unusable if another process has it open."""
    path = make_url(url).database or ""
    if not path or path == ":memory:":
        raise ValueError("the store needs a file: sqlite:///path.db")
    lock = lock_file(str(Path(path).resolve()))  # by whatever name one comes
    writing, reading = _engine(url, read_only=False), _engine(url, read_only=True)

    def close() -> None:
        reading.dispose()
        writing.dispose()
        lock.close()

    return Ground(
        writing=writing,
        reading=reading,
        alone=True,
        readers=READERS,
        take_turn=lambda _: _our_turn(lock),
        lasts=_lasts,
        was_committed=lambda _: False,
        close=close,
    )


def lock_file(path: str) -> IO[str]:
    """Ours until it is closed. Raises Unusable."""
    beside = Path(path + ".lock")
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        file = beside.open("w")
    except OSError as error:
        raise Unusable(f"{beside} cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Unusable(f"another process is using this database ({beside} is locked)") from None
    return file


def _our_turn(lock: IO[str]) -> Turn:
    """Raises Unusable: somebody took the lock file away, and another process may have its own."""
    try:
        ours = os.path.samestat(os.stat(lock.name), os.fstat(lock.fileno()))
    except OSError:
        ours = False
    if not ours:
        raise Unusable(f"{lock.name} was taken away, so another process may be writing; restart")
    return Turn()


def version() -> str:
    """Of the library, and whether it has the bug that one writer keeps out."""
    mended = sqlite3.sqlite_version_info >= MENDED
    note = "" if mended else " (has the WAL-reset bug; one connection writes, which keeps it out)"
    return f"SQLite {sqlite3.sqlite_version}{note}"


def _lasts(connection: Connection) -> bool:
    """Where the disk is full or fails, SQLite ends a transaction by itself: what came before is
    gone, and each statement after it would be committed alone.
    """
    driver = connection.connection.dbapi_connection
    return bool(driver and driver.in_transaction)


def _engine(url: str, *, read_only: bool) -> Engine:
    """One kind of connection. Writers begin IMMEDIATE: reading first and writing then is safe."""
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_size=READERS if read_only else 1,
        max_overflow=0,
        hide_parameters=True,  # they hold what was said, and errors are logged
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for pragma in _pragmas(read_only):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _pragmas(read_only: bool) -> tuple[str, ...]:
    """FULL: a commit that was answered survives a power cut. One connection checkpoints."""
    shared = ("busy_timeout=10000", "foreign_keys=ON", "temp_store=MEMORY")
    if read_only:
        return (*shared, "query_only=ON", "wal_autocheckpoint=0")
    return ("journal_mode=WAL", "synchronous=FULL", "recursive_triggers=ON", *shared)

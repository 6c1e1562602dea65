"""How does a unit of work become durable? One writer, and groups of units in one commit.

A unit of work is a plain function of a session. On SQLite one thread owns the one connection
that writes: it takes all units that are waiting, gives each a savepoint, and commits them
together, so that many units share one wait for the disk. Readers have query-only connections.
"""

from __future__ import annotations

import asyncio
import fcntl
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel

from bot.ports import Closed

__all__ = ["Closed", "Session", "Store", "Unit", "Unusable"]

T = TypeVar("T")
Unit = Callable[[Session], T]

GROUP_AT_MOST = 64
SCHEMA = 2
"""The number of these tables; with another one, a file is another version's."""
READERS = 4


class OtherVersion(Exception):
    """It was made by another version of Countersign. Keep it, and begin with another file."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Unusable(Exception):
    """The database cannot be opened; the text says why, in words for an operator."""


@dataclass(slots=True)
class _Work:
    """One waiting unit, and whom to tell. `outcome` is its result or the exception."""

    unit: Unit[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    outcome: Any = None
    failed: bool = False


class Store:
    """An embedded SQLite database. `committed` is called in the writer after every commit."""

    def __init__(self, url: str, committed: Callable[[], None] = lambda: None) -> None:
        self._path = make_url(url).database or ""
        if not self._path or self._path == ":memory:":
            raise ValueError("the store needs a file: sqlite:///path.db")
        self._committed = committed
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closing = False
        self._lock = _lock(Path(self._path + ".lock"))
        self._writing = _engine(url, read_only=False)
        self._reading = _engine(url, read_only=True)
        self._prepare()
        self._readers = ThreadPoolExecutor(READERS, "store-reader")
        self._writer = threading.Thread(target=self._write_groups, name="store-writer")
        self._writer.start()

    def _prepare(self) -> None:
        try:
            with self._writing.begin() as connection:
                _check_version(connection)
                SQLModel.metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
        except (DatabaseError, OtherVersion) as error:
            self._writing.dispose()
            self._lock.close()
            why = error.orig if isinstance(error, DatabaseError) else error
            raise Unusable(f"{self._path} cannot be used: {why}") from None

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit; when this returns it is on disk. What the unit raises undoes the unit."""
        if self._closing:
            raise Closed
        loop = asyncio.get_running_loop()
        work = _Work(unit, loop, loop.create_future())
        self._queue.put(work)
        result: T = await asyncio.shield(work.future)
        return result

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that only looks, on a snapshot of what is committed. Raises Closed."""
        if self._closing:
            raise Closed
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._look, unit)

    async def close(self) -> None:
        """Finish what is waiting, then let go of the file."""
        self._closing = True
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._reading.dispose()
        self._writing.dispose()
        self._lock.close()

    def _look(self, unit: Unit[T]) -> T:
        with Session(self._reading, expire_on_commit=False) as session:
            return unit(session)

    def _write_groups(self) -> None:
        with self._writing.connect() as connection:
            while (first := self._queue.get()) is not None:
                group, more = self._gather(first)
                self._commit(connection, group)
                _tell(group)
                if not more:
                    break

    def _gather(self, first: _Work) -> tuple[list[_Work], bool]:
        """All that waits by now, and whether there is more to come after it."""
        group = [first]
        while len(group) < GROUP_AT_MOST and not self._queue.empty():
            work = self._queue.get()
            if work is None:
                return group, False
            group.append(work)
        return group, True

    def _commit(self, connection: Connection, group: list[_Work]) -> None:
        try:
            with connection.begin():
                for work in group:
                    _run(connection, work)
            self._committed()
        except Exception as problem:  # noqa: BLE001 -- the disk's trouble is each unit's trouble
            for work in group:
                work.outcome, work.failed = problem, True


def _check_version(connection: Connection) -> None:
    """Raises OtherVersion: there is no way yet to bring another's tables up to date."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar()
    if inspect(connection).has_table("signoff") and version != SCHEMA:
        raise OtherVersion


def _run(connection: Connection, work: _Work) -> None:
    """One unit in a savepoint of its own: its failure undoes it and none of its neighbours."""
    session = Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    try:
        with session.begin():
            work.outcome = work.unit(session)
    except Exception as problem:  # noqa: BLE001 -- raised again where `write` was awaited
        work.outcome, work.failed = problem, True


def _tell(group: list[_Work]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Work]] = {}
    for work in group:
        by_loop.setdefault(work.loop, []).append(work)
    for loop, works in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, works)


def _resolve(works: list[_Work]) -> None:
    for work in works:
        if work.future.done():
            continue
        if work.failed:
            work.future.set_exception(work.outcome)
        else:
            work.future.set_result(work.outcome)


def _lock(path: Path) -> Any:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Unusable(f"another process is using this database ({path} is locked)") from None
    return file


def _engine(url: str, *, read_only: bool) -> Engine:
    """One kind of connection. Writers begin IMMEDIATE: reading first and writing then is safe."""
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_size=READERS,
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

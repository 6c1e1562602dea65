"""How does a unit of work become durable? One writer at a time, and groups of units in one commit.

A unit of work is a plain function of a session. One thread owns the one connection that writes: it
takes all units that are waiting, gives each a savepoint, and commits them together, so that many
units share one wait for the disk. Readers have connections that can only look.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from bot.clock import Clock, elapsed, system_clock
from bot.ports import Closed
from storage import migrating, moment, postgresql, sqlite
from storage.ground import Ground, InDoubt, Turn, Undone, Unusable
from storage.work import Many, Unit, Work, kind, run, tell, together

__all__ = ["Apart", "Closed", "InDoubt", "Session", "Store", "Unit", "Unusable"]

T = TypeVar("T")
V = TypeVar("V")

GROUP_AT_MOST = 64


class Apart(Exception):
    """What was to be written together cannot be: each is to be written alone."""


class Store:
    """An embedded SQLite database, or one of PostgreSQL that other processes use as well.

    `committed` is called in the writer after every commit. `clock` is what it goes by instead of
    the machine's clock, or the database's where that has one. Raises Unusable.
    """

    def __init__(
        self,
        url: str,
        committed: Callable[[], None] = lambda: None,
        clock: Clock | None = None,
    ) -> None:
        self._ground = _ground_of(url)
        self._committed = committed
        self._given_clock = clock
        self._known = system_clock(), elapsed()
        self._ahead: float | None = None
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._closing = False
        self._prepare(url)
        self._readers = ThreadPoolExecutor(self._ground.readers, "store-reader")
        self._writer = threading.Thread(target=self._write_groups, name="store-writer")
        self._writer.start()

    @property
    def alone(self) -> bool:
        """Whether no other process uses it."""
        return self._ground.alone

    @property
    def backlog(self) -> int:
        """How many units wait for their turn."""
        return self._queue.qsize()

    def clock(self) -> datetime:
        """What time it is by the database, as far as this process knows."""
        if self._given_clock:
            return self._given_clock()
        if self._ground.alone:
            return system_clock()
        told, at = self._known
        return told + timedelta(seconds=elapsed() - at)

    @property
    def ahead(self) -> float | None:
        """By how many seconds the database's clock is ahead of this machine's, as of the last turn;
        None: it has none of its own.
        """
        return self._ahead

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit; when this returns it is on disk. What the unit raises undoes the unit."""
        loop = asyncio.get_running_loop()
        result: T = await self._done(Work(unit, loop, loop.create_future()))
        return result

    async def write_with_others(self, many: Many[V], value: V) -> None:
        """Run a unit for this value, and for others of the same that wait beside it, in order. If
        it raises it is run for each of them alone, so that none fails because of another.
        """
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        await self._done(Work(lambda session: many(session, [value]), loop, future, many, value))

    async def _done(self, work: Work) -> Any:
        if self._closing:
            raise Closed
        self._queue.put(work)
        return await asyncio.shield(work.future)

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that only looks, on a snapshot of what is committed. Raises Closed."""
        if self._closing:
            raise Closed
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._look, unit)

    async def close(self) -> None:
        """Finish what is waiting, then let go of the database."""
        self._closing = True
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._ground.close()

    def _prepare(self, url: str) -> None:
        try:
            with self._ground.writing.connect() as connection:
                migrating.bring_up(connection)
            with self._ground.writing.begin() as connection:
                asked_at = system_clock()
                self._now(self._ground.take_turn(connection), asked_at)
        except (DatabaseError, migrating.OtherVersion) as error:
            self._ground.close()
            why = error.orig if isinstance(error, DatabaseError) else error
            raise Unusable(f"{_named(url)} cannot be used: {why}") from None

    def _look(self, unit: Unit[T]) -> T:
        info = moment.given(self.clock)
        with (
            self._ground.reading.begin() as connection,
            Session(connection, expire_on_commit=False, info=info) as session,
        ):
            return unit(session)

    def _write_groups(self) -> None:
        while (first := self._queue.get()) is not None:
            group, more = self._gather(first)
            self._commit(group)
            tell(group)
            if not more:
                break

    def _gather(self, first: Work) -> tuple[list[Work], bool]:
        """All that waits by now, and whether there is more to come after it."""
        group = [first]
        while len(group) < GROUP_AT_MOST and not self._queue.empty():
            work = self._queue.get()
            if work is None:
                return group, False
            group.append(work)
        return group, True

    def _commit(self, group: list[Work]) -> None:
        try:
            self._write(group)
            self._committed()
        except Undone as undone:
            self._commit_each(group, undone)
        except Exception as problem:  # noqa: BLE001 -- the disk's trouble is each unit's trouble
            for work in group:
                work.outcome, work.failed = work.outcome if work.failed else problem, True

    def _commit_each(self, group: list[Work], undone: Undone) -> None:
        """So that one for which there is no room takes no neighbour with it."""
        if len(group) == 1:
            group[0].outcome = group[0].outcome if group[0].failed else undone
            group[0].failed = True
            return
        for work in group:
            work.outcome, work.failed = None, False
            self._commit([work])

    def _write(self, group: list[Work]) -> None:
        """Raises what the database says, InDoubt if it does not say what became of it, and Undone."""
        with self._ground.writing.connect() as connection:
            transaction, asked_at = connection.begin(), system_clock()
            turn = self._ground.take_turn(connection)
            now = self._now(turn, asked_at)
            for _, alike in groupby(group, key=kind):
                self._carry_out(connection, list(alike), now)
            try:
                transaction.commit()
            except DatabaseError as lost:
                if not lost.connection_invalidated or not self._ground.was_committed(turn):
                    raise

    def _carry_out(self, connection: Connection, works: list[Work], now: Clock) -> None:
        """Together what can be, or each alone. Raises Undone."""
        if len(works) > 1 and self._is_done(connection, together(works), now):
            return
        for work in works:
            self._is_done(connection, work, now)

    def _is_done(self, connection: Connection, work: Work, now: Clock) -> bool:
        run(connection, work, now)
        if work.failed and not self._ground.lasts(connection):
            raise Undone(Undone.__doc__)
        return not work.failed

    def _now(self, turn: Turn, asked_at: datetime) -> Clock:
        """One moment for all that is decided in this turn, where the database says which. It was
        said at some time since it was asked for.
        """
        if turn.now is None or self._given_clock:
            return self.clock
        now = turn.now
        self._known = now, elapsed()
        late, early = (now - system_clock()).total_seconds(), (now - asked_at).total_seconds()
        self._ahead = max(late, 0.0) or min(early, 0.0)
        return lambda: now


def _ground_of(url: str) -> Ground:
    if url.startswith("postgres"):
        return postgresql.open_server(url)
    return sqlite.open_file(url)


def _named(url: str) -> str:
    """As an operator knows it, without a password."""
    return url.removeprefix("sqlite:///") if url.startswith("sqlite") else "the database"

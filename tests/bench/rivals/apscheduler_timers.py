"""What if each deadline were a job of APScheduler's own store?

Its scheduler is the one for asyncio, whose own executor awaits coroutines on the loop: so the expiry
of a signoff is run, which is kinder than a pool of threads, and as it would be in our server. A row
is written by a plain function, which that executor gives to the loop's pool of threads.
"""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import Engine, create_engine, event

from tests.bench.rivals.contest import (
    EXPIRY,
    Contender,
    Effect,
    Fired,
    Happened,
    Place,
    Tally,
    Timer,
    crowd_of,
    seconds,
)
from tests.bench.timers_expiry import Expiries

_TABLE = "CREATE TABLE effect (timer bigint PRIMARY KEY, at double precision NOT NULL)"
_ALL = "SELECT timer, at FROM effect"


class _Rows:
    """One connection for each thread of the loop's pool; on SQLite one for all."""

    def __init__(self, place: Place) -> None:
        self._url = place.url
        self._is_file = place.url.startswith("sqlite")
        self._lock, self._own = threading.Lock(), threading.local()
        self._file = self._open_file() if self._is_file else None
        self._execute(_TABLE)

    async def expect(self, timers: Sequence[Timer]) -> None:
        pass

    async def record(self, timer: int) -> bool:
        return await asyncio.to_thread(self.insert, timer)

    def insert(self, timer: int) -> bool:
        mark = "?" if self._is_file else "%s"
        statement = f"INSERT INTO effect VALUES ({mark}, {mark}) ON CONFLICT DO NOTHING"  # noqa: S608
        return self._execute(statement, (timer, seconds())) == 1

    async def all(self) -> Sequence[Happened]:
        if self._file:
            return [Happened(*row) for row in self._file.execute(_ALL)]
        with psycopg.connect(self._url) as connection:
            return [Happened(*row) for row in connection.execute(_ALL)]

    def _execute(self, statement: str, values: tuple[float, ...] = ()) -> int:
        if self._file:
            with self._lock:
                return self._file.execute(statement, values).rowcount
        if not hasattr(self._own, "connection"):
            self._own.connection = psycopg.connect(self._url, autocommit=True)
        done: int = self._own.connection.execute(statement.encode(), values).rowcount
        return done

    def _open_file(self) -> sqlite3.Connection:
        path = self._url.removeprefix("sqlite:///")
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=60
        )
        connection.execute("PRAGMA synchronous=FULL")
        return connection


@dataclass(slots=True)
class _State:
    scheduler: AsyncIOScheduler
    store: SQLAlchemyJobStore
    effect: Effect
    place: Place


_running: dict[str, object] = {}
"""A job is kept as the name of a function: this is how that function finds its round."""


def insert(timer: int) -> None:
    effect, tally = _running["effect"], _running["tally"]
    tally.note(timer, effect.insert(timer))  # type: ignore[attr-defined]


async def expire(timer: int) -> None:
    effect, tally = _running["effect"], _running["tally"]
    tally.note(timer, await effect.record(timer))  # type: ignore[attr-defined]


async def prepare(place: Place) -> _State:
    effect = Expiries(place.url) if place.effect == EXPIRY else _Rows(place)
    store = SQLAlchemyJobStore(engine=_engine(place.url))
    scheduler = AsyncIOScheduler(
        jobstores={"default": store}, timezone=UTC, job_defaults={"misfire_grace_time": None}
    )
    scheduler.start()
    state = _State(scheduler, store, effect, place)
    await _arm(state, crowd_of(place))
    return state


async def run(state: _State, timers: Sequence[Timer]) -> Fired:
    tally = Tally(expected=len(timers))
    _running.update(effect=state.effect, tally=tally)
    await _arm(state, timers)
    state.scheduler.wakeup()
    armed = seconds()
    await tally.wait(max(t.due for t in timers) + state.place.patience)
    await asyncio.sleep(0.05)  # it still hears of the last ones
    state.scheduler.shutdown(wait=False)
    return Fired(
        armed=armed,
        committed=tally.committed,
        effects=state.effect.all,
        refused=tally.refused,
    )


async def _arm(state: _State, timers: Sequence[Timer]) -> None:
    """Its rows as it would write them, in one transaction: adding them one by one takes minutes."""
    await state.effect.expect(timers)
    store = state.store
    rows = [
        {
            "id": str(timer.id),
            "next_run_time": timer.due,
            "job_state": pickle.dumps(_job(state, timer).__getstate__(), 5),
        }
        for timer in timers
    ]
    if rows:
        with store.engine.begin() as connection:
            connection.execute(store.jobs_t.insert(), rows)


def _job(state: _State, timer: Timer) -> Job:
    at = datetime.fromtimestamp(timer.due, UTC)
    return Job(
        state.scheduler,
        id=str(timer.id),
        name="fire",
        func=expire if state.place.effect == EXPIRY else insert,
        args=(timer.id,),
        kwargs={},
        trigger=DateTrigger(at),
        executor="default",
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
        next_run_time=at,
    )


def _engine(url: str) -> Engine:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def _durable(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA busy_timeout=60000")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    return engine


CONTENDERS = {
    "APScheduler's store on SQLite": Contender(prepare=prepare, run=run),
    "APScheduler's store on PostgreSQL": Contender(prepare=prepare, run=run),
}

"""What if each deadline were a job of APScheduler's own store?"""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import Engine, create_engine, event

from bot.clock import system_clock
from tests.bench.rivals.contest import Contender, Fired, Place, Tally, Timer, seconds

_TABLE = "CREATE TABLE effect (timer bigint PRIMARY KEY)"


class _Effects:
    """One connection for each thread of the scheduler's pool; on SQLite one for all."""

    def __init__(self, place: Place) -> None:
        self._url = place.url
        self._is_file = place.url.startswith("sqlite")
        self._lock, self._own = threading.Lock(), threading.local()
        self._file = self._open_file() if self._is_file else None
        self._execute(_TABLE)

    def record(self, timer: int) -> bool:
        mark = "?" if self._is_file else "%s"
        statement = f"INSERT INTO effect (timer) VALUES ({mark}) ON CONFLICT DO NOTHING"  # noqa: S608
        return self._execute(statement, (timer,)) == 1

    def all(self) -> Sequence[int]:
        if self._file:
            return [row[0] for row in self._file.execute("SELECT timer FROM effect")]
        with psycopg.connect(self._url) as connection:
            return [row[0] for row in connection.execute("SELECT timer FROM effect")]

    def _execute(self, statement: str, values: tuple[int, ...] = ()) -> int:
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
    effects: _Effects
    place: Place


_running: dict[str, object] = {}
"""A job is kept as the name of a function: this is how that function finds its round."""


def fire(timer: int) -> None:
    effects, tally = _running["effects"], _running["tally"]
    tally.note(timer, effects.record(timer))  # type: ignore[attr-defined]


async def prepare(place: Place) -> _State:
    store = SQLAlchemyJobStore(engine=_engine(place.url))
    scheduler = AsyncIOScheduler(
        jobstores={"default": store}, timezone=UTC, job_defaults={"misfire_grace_time": None}
    )
    scheduler.start()
    effects = _Effects(place)
    far = system_clock() + timedelta(days=365)
    _arm(store, scheduler, ((10**9 + n, far) for n in range(place.crowd)))
    return _State(scheduler, store, effects, place)


async def run(state: _State, timers: Sequence[Timer]) -> Fired:
    tally = Tally(expected=len(timers))
    _running.update(effects=state.effects, tally=tally)
    due = ((timer.id, datetime.fromtimestamp(timer.due, UTC)) for timer in timers)
    _arm(state.store, state.scheduler, due)
    state.scheduler.wakeup()
    armed = seconds()
    await tally.wait(max(t.due for t in timers) + state.place.patience)
    await asyncio.sleep(0.05)  # it still hears of the last ones
    state.scheduler.shutdown(wait=False)
    return Fired(
        armed=armed,
        committed=tally.committed,
        effects=state.effects.all(),
        refused=tally.refused,
    )


def _arm(
    store: SQLAlchemyJobStore, scheduler: AsyncIOScheduler, timers: Iterable[tuple[int, datetime]]
) -> None:
    """Its rows as it would write them, in one transaction: adding them one by one takes minutes."""
    rows = [
        {
            "id": str(timer),
            "next_run_time": at.timestamp(),
            "job_state": pickle.dumps(_job(scheduler, timer, at).__getstate__(), 5),
        }
        for timer, at in timers
    ]
    if rows:
        with store.engine.begin() as connection:
            connection.execute(store.jobs_t.insert(), rows)


def _job(scheduler: AsyncIOScheduler, timer: int, at: datetime) -> Job:
    return Job(
        scheduler,
        id=str(timer),
        name="fire",
        func=fire,
        args=(timer,),
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

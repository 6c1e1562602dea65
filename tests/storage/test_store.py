"""How does a unit of work become durable, and does one trouble stay one unit's trouble?"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select

from storage.store import GROUP_AT_MOST, SCHEMA, Closed, Store, Unit, Unusable
from storage.tables import AttestationRow

ROOT = Path(__file__).parents[2]


def put(name: str) -> Unit[str]:
    """A unit that writes one row."""

    def unit(session: Session) -> str:
        session.add(AttestationRow(signoff_id=name, envelope="x"))
        return name

    return unit


def names(session: Session) -> list[str]:
    return sorted(session.exec(select(AttestationRow.signoff_id)).all())


@asynccontextmanager
async def held_up(store: Store) -> AsyncIterator[None]:
    """While this lasts the writer is in a unit, and everything else has to queue behind it."""
    begun, gate = threading.Event(), threading.Event()

    def wait(_: Session) -> None:
        begun.set()
        gate.wait()

    task = asyncio.create_task(store.write(wait))
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        gate.set()
        await task


async def test_a_unit_answers_once_it_is_written(store: Store) -> None:
    assert await store.write(put("a")) == "a"
    assert await store.read(names) == ["a"]


@pytest.mark.parametrize(("units", "commits"), [(50, 2), (GROUP_AT_MOST + 1, 3)])
async def test_many_that_wait_share_a_commit(tmp_path: Path, units: int, commits: int) -> None:
    counted: list[int] = []
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", committed=lambda: counted.append(1))
    async with held_up(store):
        waiting = [asyncio.create_task(store.write(put(str(n)))) for n in range(units)]
        await asyncio.sleep(0)  # not a wait: each takes its first step, and queues
    assert await asyncio.gather(*waiting) == [str(n) for n in range(units)]
    assert len(counted) == commits
    await store.close()


class Mine(Exception):
    """What a unit of a test raises."""


def fails_after_writing(session: Session) -> None:
    session.add(AttestationRow(signoff_id="undone", envelope="x"))
    session.flush()
    raise Mine("no")


def breaks_a_rule(session: Session) -> None:
    """Two rows of one name: the database refuses at the flush, which the store does for us."""
    session.add(AttestationRow(signoff_id="twice", envelope="x"))
    session.flush()
    session.expunge_all()
    session.add(AttestationRow(signoff_id="twice", envelope="y"))


def speaks_no_sql(session: Session) -> None:
    session.connection().exec_driver_sql("SELEKT")


@pytest.mark.parametrize(
    ("unit", "raised"),
    [
        (fails_after_writing, Mine),
        (breaks_a_rule, IntegrityError),
        (speaks_no_sql, OperationalError),
    ],
)
async def test_a_unit_that_fails_undoes_itself_alone(
    store: Store, unit: object, raised: type[Exception]
) -> None:
    async with held_up(store):
        waiting = [
            asyncio.create_task(store.write(each))  # type: ignore[arg-type]
            for each in (put("before"), unit, put("between"), unit, put("after"))
        ]
        await asyncio.sleep(0)  # not a wait: each takes its first step, and queues
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [o if isinstance(o, str) else type(o) for o in outcomes] == [
        "before",
        raised,
        "between",
        raised,
        "after",
    ]
    assert await store.read(names) == ["after", "before", "between"]


async def test_what_failed_leaves_nothing_in_the_way_of_the_next(store: Store) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError):
            await store.write(breaks_a_rule)
        with pytest.raises(Mine):
            await store.write(fails_after_writing)
    await store.write(put("undone"))
    assert await store.read(names) == ["undone"]


async def test_a_unit_sees_what_those_before_it_wrote(store: Store) -> None:
    async with held_up(store):
        first = asyncio.create_task(store.write(put("a")))
        second = asyncio.create_task(store.write(names))
        await asyncio.sleep(0)  # not a wait: each takes its first step, and queues
    await first
    assert await second == ["a"]


async def test_a_reader_sees_only_what_is_committed(store: Store) -> None:
    await store.write(put("a"))
    written, gate = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        session.add(AttestationRow(signoff_id="b", envelope="x"))
        session.flush()
        written.set()
        gate.wait()

    task = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(written.wait)
    assert await store.read(names) == ["a"]
    gate.set()
    await task
    assert await store.read(names) == ["a", "b"]


async def test_a_reader_cannot_write(store: Store) -> None:
    def sly(session: Session) -> None:
        session.add(AttestationRow(signoff_id="a", envelope="x"))
        session.commit()

    with pytest.raises(OperationalError, match="readonly"):
        await store.read(sly)
    assert await store.read(names) == []


async def test_a_reader_s_trouble_reaches_who_asked(store: Store) -> None:
    def fails(_: Session) -> None:
        raise Mine("no")

    with pytest.raises(Mine):
        await store.read(fails)


async def test_who_stops_waiting_does_not_undo_what_was_begun(store: Store) -> None:
    async with held_up(store):
        task = asyncio.create_task(store.write(put("a")))
        await asyncio.sleep(0)  # not a wait: it takes its first step, and queues
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await store.write(put("b"))
    assert await store.read(names) == ["a", "b"]


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    store = Store(url)
    async with held_up(store):
        waiting = [asyncio.create_task(store.write(put(str(n)))) for n in range(200)]
        closing = asyncio.create_task(store.close())
        await asyncio.sleep(0)  # not a wait: each takes its first step, and queues
    await closing
    assert len(await asyncio.gather(*waiting)) == 200
    again = Store(url)
    assert len(await again.read(names)) == 200
    await again.close()


async def test_once_closed_nothing_is_begun(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    await store.close()
    with pytest.raises(Closed):
        await store.write(put("a"))
    with pytest.raises(Closed):
        await store.read(names)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_it_needs_a_file(url: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Store(url)


OPENS = """
import asyncio, sys
from storage.store import Unusable, Store
try:
    store = Store(sys.argv[1])
except Unusable as busy:
    print("busy:", busy)
else:
    print("open")
    asyncio.run(store.close())
"""


async def _another_process(url: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OPENS, url, cwd=ROOT, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    return said.decode()


async def test_a_second_process_is_turned_away(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    store = Store(url)
    assert (await _another_process(url)).startswith("busy: another process")
    await store.write(put("a"))
    await store.close()
    assert await _another_process(url) == "open\n"


async def test_a_second_store_in_the_same_process_is_turned_away_too(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(Unusable):
        Store(f"sqlite:///{tmp_path / 'countersign.db'}")


WRITES = """
import asyncio, itertools, sys
from storage.store import Store
from storage.tables import AttestationRow

async def main():
    store = Store(sys.argv[1])
    async def write_for_ever(writer):
        for number in itertools.count():
            name = f"{writer}-{number}"
            await store.write(lambda s: s.add(AttestationRow(signoff_id=name, envelope="x")))
            print(name, flush=True)
    await asyncio.gather(*(write_for_ever(writer) for writer in range(8)))

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITES, url, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout
    acknowledged = [(await process.stdout.readline()).decode().strip() for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    rest = await process.stdout.read()
    await process.wait()
    acknowledged += rest.decode().split("\n")[:-1]
    store = Store(url)
    assert set(acknowledged) <= set(await store.read(names))
    await store.close()


@pytest.mark.parametrize("version", [0, SCHEMA - 1, SCHEMA + 1])
async def test_a_database_of_another_version_is_refused_in_words(
    tmp_path: Path, version: int
) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    await Store(url).close()
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute(f"PRAGMA user_version = {version}")
        database.commit()
    with pytest.raises(Unusable, match="another version of Countersign"):
        Store(url)


async def test_its_own_is_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    for _ in range(2):
        await Store(url).close()

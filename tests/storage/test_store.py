"""How does a unit of work become durable, and does one trouble stay one unit's trouble?"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, select

from storage.store import GROUP_AT_MOST, Closed, Store, Unit, Unusable
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
        (speaks_no_sql, DBAPIError),
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
    assert [o for o in outcomes if isinstance(o, str)] == ["before", "between", "after"]
    assert [type(o).mro().count(raised) for o in (outcomes[1], outcomes[3])] == [1, 1]
    assert await store.read(names) == ["after", "before", "between"]


async def test_what_failed_leaves_nothing_in_the_way_of_the_next(store: Store) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError):
            await store.write(breaks_a_rule)
        with pytest.raises(Mine):
            await store.write(fails_after_writing)
    await store.write(put("undone"))
    assert await store.read(names) == ["undone"]


@pytest.mark.parametrize("apart", [False, True], ids=["together", "one of them cannot be"])
async def test_what_waits_beside_its_like_is_written_with_it(store: Store, apart: bool) -> None:
    """And where they cannot be together, each is alone, and no other fails because of one."""
    runs: list[list[str]] = []

    def many(session: Session, given: Sequence[str]) -> None:
        runs.append(list(given))
        session.add_all(AttestationRow(signoff_id=name, envelope="x") for name in given)
        if apart and "b" in given:
            raise Mine

    async with held_up(store):
        waiting = [asyncio.create_task(store.write_with_others(many, name)) for name in "abc"]
        await asyncio.sleep(0)  # not a wait: each takes its first step, and queues
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(it, Mine) for it in ended] == [False, apart, False]
    assert await store.read(names) == (["a", "c"] if apart else ["a", "b", "c"])
    assert runs == [["a", "b", "c"], *([["a"], ["b"], ["c"]] if apart else [])]


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

    with pytest.raises(DBAPIError, match=r"read-?only"):
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


async def test_a_second_store_in_the_same_process_is_turned_away_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'countersign.db'}"
    store = Store(url)
    with pytest.raises(Unusable):
        Store(url)
    await store.close()


async def test_a_file_is_one_file_by_whatever_name(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    (tmp_path / "y.db").symlink_to(tmp_path / "x.db")
    with pytest.raises(Unusable, match="another process"):
        Store(f"sqlite:///{tmp_path / 'y.db'}")
    await store.close()


async def test_who_lost_the_lock_writes_no_more(tmp_path: Path) -> None:
    """Somebody tidied up, and another process may have made a lock of its own."""
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    await store.write(put("a"))
    (tmp_path / "x.db.lock").unlink()
    with pytest.raises(Unusable, match="taken away"):
        await store.write(put("b"))
    assert await store.read(names) == ["a"]
    await store.close()


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


async def test_its_own_is_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    for _ in range(2):
        await Store(url).close()

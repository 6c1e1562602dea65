"""What if the disk is full, the database read-only, or too much comes at once? Nothing that was
acknowledged is lost, everybody hears why, and the same process goes on when it is over.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot import signing
from bot.demo.scene import CHANNEL, SENIOR, Scene, playing
from bot.engine.ailments import Ailment, ailment_of, as_refusal
from bot.web.health import OUTDATED
from storage import rulebooks
from storage.ground import InDoubt
from storage.store import Session, Store
from tests.postgres import Cluster
from tests.web.ci import Ci, Heard

FULL, READ_ONLY, SILENT = (
    "the disk is full",
    "the database is read-only",
    "the database does not answer",
)


@dataclass(frozen=True)
class Disk:
    """A small one, and how it is filled up and freed."""

    folder: Path
    fill: Callable[[], None]
    free: Callable[[], None]


def _mount(folder: Path, options: str, flags: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount")


@contextmanager
def _mounted(folder: Path) -> Iterator[Disk]:
    """Four MB of memory. Raises OSError where this process may not mount."""
    _mount(folder, "size=4m")
    ballast = folder / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    try:
        yield Disk(folder, fill, ballast.unlink)
    finally:
        ctypes.CDLL(None).umount2(os.fsencode(folder), 2)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        with _mounted(folder) as mounted:
            yield mounted
    except OSError as refused:
        if refused.errno not in (errno.EPERM, errno.EACCES):
            raise
        pytest.skip("this process may not mount a disk")


async def _asked(ci: Ci) -> tuple[int, Any]:
    heard = await ci.ask("GET", "/readyz")
    return heard.status, heard.said.get("problems", [])


async def _until_refused(ci: Ci, taken: list[str] | None = None) -> Heard:
    """What is there already may be written over for a while."""
    while (heard := await ci.post(ci.message())).status == 202:
        if taken is not None:
            taken.append(heard.said["id"])
    return heard


async def test_a_full_disk_loses_nothing_and_the_same_process_goes_on(disk: Disk):
    async with playing(disk.folder) as scene:
        ci = Ci(scene)
        taken = [(await ci.post(ci.message())).said["id"]]
        disk.fill()
        refused = await _until_refused(ci, taken)
        ci.check_problem(refused, 503, FULL)
        assert refused.headers["retry-after"] == "5"
        assert await _asked(ci) == (503, [FULL])
        assert (await ci.ask("GET", "/healthz")).status == 200
        disk.free()
        await ci.loses_nothing()
        assert await _asked(ci) == (200, [])
        for signoff_id in taken:
            assert (await ci.get(f"/api/v1/signoffs/{signoff_id}")).status == 200
        assert await scene.house.board.broken() is None


async def pragma(scene: Scene, words: str) -> None:
    """To the connection that writes, between two of its transactions."""

    def tell() -> None:
        connection = scene.house.store._ground.writing.raw_connection()
        connection.cursor().execute(f"PRAGMA {words}")
        connection.close()

    await asyncio.to_thread(tell)


async def test_a_file_that_may_not_grow_is_said_to_be_a_full_disk(tmp_path: Path):
    """For machines on which nobody may mount a small disk."""
    async with playing(tmp_path) as scene:
        ci = Ci(scene)
        await ci.loses_nothing()
        await pragma(scene, "max_page_count = 1")  # as few as there are
        heard = await _until_refused(ci)
        ci.check_problem(heard, 503, FULL)
        await pragma(scene, "max_page_count = 1000000")
        await ci.loses_nothing()
        assert await scene.house.board.broken() is None


async def test_what_is_read_only_says_so_and_goes_on_once_it_is_not(tmp_path: Path):
    async with playing(tmp_path) as scene:
        ci = Ci(scene)
        signoff_id = (await ci.post(ci.message())).said["id"]
        await pragma(scene, "query_only = ON")
        ci.check_problem(await ci.post(ci.message()), 503, READ_ONLY)
        assert await _asked(ci) == (503, [READ_ONLY])
        assert (await ci.get(f"/api/v1/signoffs/{signoff_id}")).status == 200
        await pragma(scene, "query_only = OFF")
        assert await _asked(ci) == (200, [])
        await ci.loses_nothing()


async def test_while_postgresql_is_down_everybody_hears_so_and_then_it_goes_on(
    tmp_path: Path, own_postgres: Cluster
):
    signing.load_or_make(tmp_path / "key.pem")
    environ = {
        "DATABASE_URL": own_postgres.new_database(),
        "COUNTERSIGN_SIGNING_KEY": str(tmp_path / "key.pem"),
    }
    async with playing(tmp_path, environ=environ) as scene:
        ci = Ci(scene)
        signoff_id = (await ci.post(ci.message())).said["id"]
        own_postgres.stop("immediate")
        ci.check_problem(await ci.post(ci.message()), 503, SILENT)
        assert await _asked(ci) == (503, [SILENT])
        ci.check_problem(await ci.get(f"/api/v1/signoffs/{signoff_id}"), 503, SILENT)
        ci.check_problem(await ci.ask("GET", "/metrics"), 503, "database")
        await scene.slack.command(SENIOR, "/signoff", "queue", CHANNEL)
        assert "Nothing was recorded" in await scene.told(SENIOR, SILENT)
        own_postgres.start()
        await ci.loses_nothing()
        assert await _asked(ci) == (200, [])
        assert (await ci.get(f"/api/v1/signoffs/{signoff_id}")).status == 200


async def test_whoever_was_overtaken_by_a_newer_configuration_is_not_ready(tmp_path: Path):
    async with playing(tmp_path) as scene:
        ci = Ci(scene)
        signoff_id = (await ci.post(ci.message())).said["id"]
        await scene.house.store.write(lambda session: rulebooks.enter(session, "sha256:newer"))
        assert await _asked(ci) == (503, [OUTDATED])
        assert (await ci.get(f"/api/v1/signoffs/{signoff_id}")).status == 200


# What each is told.


def _sqlite_error(name: str) -> Exception:
    error = sqlite3.OperationalError(name)
    error.sqlite_errorname = name  # type: ignore[misc]
    return OperationalError("COMMIT", {}, error)


def _postgresql_error(state: str) -> Exception:
    return OperationalError("COMMIT", {}, errors.lookup(state)("as the server says"))


@pytest.mark.parametrize(
    ("error", "ailment"),
    [
        (_sqlite_error("SQLITE_FULL"), Ailment.FULL),
        (_sqlite_error("SQLITE_READONLY_DBMOVED"), Ailment.READ_ONLY),
        (_sqlite_error("SQLITE_IOERR_WRITE"), Ailment.BROKEN_DISK),
        (_sqlite_error("SQLITE_IOERR_FSYNC"), Ailment.DOUBT),
        (_sqlite_error("SQLITE_ERROR"), None),
        (_postgresql_error("53100"), Ailment.FULL),
        (_postgresql_error("25006"), Ailment.READ_ONLY),
        (_postgresql_error("57P01"), Ailment.SILENT),
        (_postgresql_error("53300"), Ailment.SILENT),
        (_postgresql_error("42P01"), None),
        (InDoubt("lost"), Ailment.DOUBT),
        (KeyError("ours"), None),
    ],
    ids=str,
)
def test_the_database_is_blamed_for_what_it_did_and_for_nothing_else(
    error: Exception, ailment: Ailment | None
):
    assert ailment_of(error) is ailment


def test_a_person_hears_whether_it_was_recorded():
    full, doubt = as_refusal(_sqlite_error("SQLITE_FULL")), as_refusal(InDoubt("lost"))
    assert full is not None
    assert "Nothing was recorded, because the disk is full." in full.sentence
    assert doubt is not None
    assert "It may have been recorded, or not" in doubt.sentence
    assert as_refusal(KeyError("ours")) is None


# Each unit is kept or refused, whatever becomes of those it shares a commit with.


@pytest.fixture
async def tight(tmp_path: Path) -> AsyncIterator[Store]:
    """SQLite lets the file grow by a few pages and no more."""
    store = Store(f"sqlite:///{tmp_path / 'tight.db'}")

    def limit(session: Session) -> None:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {int(pages or 0) + 12}")
        session.connection().exec_driver_sql("CREATE TABLE kept (number INTEGER, body BLOB)")

    await store.write(limit)
    yield store
    await store.close()


def _keep(number: int, size: int) -> Callable[[Session], int]:
    def unit(session: Session) -> int:
        body = text("INSERT INTO kept VALUES (:number, :body)")
        session.connection().execute(body, {"number": number, "body": bytes(size)})
        return number

    return unit


async def test_one_unit_for_which_there_is_no_room_takes_no_neighbour_with_it(tight: Store):
    sizes = [10, 10, 500_000, 10, 500_000, 10]
    units = [tight.write(_keep(number, size)) for number, size in enumerate(sizes)]
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    acknowledged = {it for it in outcomes if isinstance(it, int)}
    kept = await tight.read(
        lambda session: set(session.connection().execute(text("SELECT number FROM kept")).scalars())
    )
    assert kept == acknowledged
    assert {2, 4}.isdisjoint(acknowledged)
    assert all(ailment_of(it) is Ailment.FULL for it in outcomes if isinstance(it, Exception))

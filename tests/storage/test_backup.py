"""Is a copy that was made while others wrote whole, and can it be gone on from?"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from storage import backing_up, migrating, searching
from storage.backing_up import NotBackedUp, copy_file, dump_server
from storage.opening import opened
from storage.store import Store
from tests.builders import FakeClock
from tests.engine.house import House, furnish
from tests.installation import Installation
from tests.postgres import Server
from tests.storage.disarming import take_guards_away
from tests.storage.old import file_of


@pytest.fixture
def database(tmp_path: Path) -> Path:
    url = file_of("schema-2", tmp_path)
    with opened(url) as connection:
        migrating.bring_up(connection)
    return Path(make_url(url).database or "")


async def signed_off(house: House, number: int) -> None:
    signoff = await house.open(key=f"payments-api/deploy/{number}", environment=f"e{number}")
    await house.review(signoff)


async def broken(url: str) -> tuple[str | None, int]:
    """What does not hold there, and how many signoffs there are."""
    store = Store(url)
    try:
        house = furnish(store, FakeClock())
        return await house.board.broken(), len(await store.read(searching.all_ids))
    finally:
        await store.close()


async def test_a_file_is_copied_while_it_is_written(tmp_path: Path) -> None:
    url, to = f"sqlite:///{tmp_path / 'countersign.db'}", tmp_path / "backup.db"
    store = Store(url)
    try:
        house = furnish(store, FakeClock())
        for number in range(100, 110):
            await signed_off(house, number)
        copying = asyncio.ensure_future(asyncio.to_thread(copy_file, url, to))
        number = 0
        while not copying.done() or number < 5:
            await signed_off(house, number := number + 1)
        found = await copying
        assert 10 <= found.signoffs <= 10 + number
        assert found.entries == 2 * found.signoffs or found.entries == 2 * found.signoffs - 1
    finally:
        await store.close()
    assert found.size == to.stat().st_size
    assert await broken(f"sqlite:///{to}") == (None, found.signoffs)
    assert await broken(url) == (None, 10 + number)


async def test_it_is_restored_in_the_place_of_the_other(database: Path, tmp_path: Path) -> None:
    """As docs/operating.md says: the files beside it belong to what is replaced."""
    url, to = f"sqlite:///{database}", tmp_path / "backup.db"
    copy_file(url, to)
    take_guards_away(database)
    with closing(sqlite3.connect(database)) as harmed:
        harmed.execute("PRAGMA journal_mode=WAL")
        harmed.execute("DELETE FROM audit")
        harmed.commit()
        wal = database.with_name(f"{database.name}-wal").read_bytes()
    for suffix in ("-wal", "-shm"):
        database.with_name(f"{database.name}{suffix}").unlink(missing_ok=True)
    assert wal
    shutil.copyfile(to, database)
    assert await broken(url) == (None, 12)
    with opened(url) as connection, pytest.raises(DBAPIError, match="only appended to"):
        connection.execute(text("DELETE FROM audit"))


def test_only_who_owns_it_reads_it(database: Path, tmp_path: Path) -> None:
    to = tmp_path / "backup.db"
    copy_file(f"sqlite:///{database}", to)
    assert to.stat().st_mode & 0o777 == 0o600


def test_the_original_stays_as_it_was(database: Path, tmp_path: Path) -> None:
    before = database.read_bytes()
    copy_file(f"sqlite:///{database}", tmp_path / "backup.db")
    assert database.read_bytes() == before


def test_what_a_killed_backup_left_is_no_backup(database: Path, tmp_path: Path) -> None:
    to = tmp_path / "backup.db"
    to.with_name("backup.db.1.part").write_text("half")
    assert copy_file(f"sqlite:///{database}", to).entries == 30
    assert [it.name for it in to.parent.glob("*.part")] == ["backup.db.1.part"]


def test_no_file_is_written_over(database: Path, tmp_path: Path) -> None:
    to = tmp_path / "backup.db"
    to.write_text("yesterday's")
    with pytest.raises(NotBackedUp, match="is there already"):
        copy_file(f"sqlite:///{database}", to)
    assert to.read_text() == "yesterday's"


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ("UPDATE audit SET body = replace(body, 'sgn', 'ngs') WHERE seq = 9", "audit entry 9 does"),
        ("DELETE FROM audit WHERE seq = 5", "audit entry 6 does not hold: entry 5 is missing"),
        ("DROP TABLE signoff", "nothing of Countersign"),
    ],
)
def test_a_copy_of_what_does_not_hold_is_none(
    harm: str, why: str, database: Path, tmp_path: Path
) -> None:
    take_guards_away(database)
    with closing(sqlite3.connect(database)) as harmed:
        harmed.execute(harm)
        if "signoff" in harm:
            harmed.execute("DROP TABLE alembic_version")
        harmed.commit()
    with pytest.raises(NotBackedUp, match=why):
        copy_file(f"sqlite:///{database}", tmp_path / "backup.db")
    assert not list(tmp_path.glob("backup.db*"))


def test_a_damaged_file_is_told(database: Path, tmp_path: Path) -> None:
    pages = bytearray(database.read_bytes())
    pages[4096 * 8 : 4096 * 20] = b"x" * (4096 * 12)
    database.write_bytes(pages)
    with pytest.raises(NotBackedUp, match=r"malformed|damaged"):
        copy_file(f"sqlite:///{database}", tmp_path / "backup.db")
    assert not list(tmp_path.glob("backup.db*"))


def test_where_nothing_is_nothing_is_copied(tmp_path: Path) -> None:
    with pytest.raises(NotBackedUp, match="there is no database"):
        copy_file(f"sqlite:///{tmp_path / 'missing.db'}", tmp_path / "backup.db")


@pytest.fixture
def tool(installation: Installation) -> Path:
    found = installation.binaries / "pg_dump"
    if not found.is_file():
        pytest.skip("this PostgreSQL comes without pg_dump")
    return found


@pytest.fixture
def two_servers(postgres: Server) -> Iterator[tuple[str, str]]:
    served, restored = postgres.new_database(), postgres.new_database()
    yield served, restored
    for url in (served, restored):
        postgres.drop(url)


async def test_a_server_is_dumped_while_it_is_written_and_restored(
    two_servers: tuple[str, str], tool: Path, tmp_path: Path
) -> None:
    (served, restored), to = two_servers, tmp_path / "backup.dump"
    store = Store(served)
    try:
        house = furnish(store, FakeClock())
        for number in range(100, 110):
            await signed_off(house, number)
        dumping = asyncio.ensure_future(asyncio.to_thread(dump_server, served, to, tool, {}))
        number = 0
        while not dumping.done() or number < 5:
            await signed_off(house, number := number + 1)
        assert await dumping == to.stat().st_size > 0
    finally:
        await store.close()
    pg_restore = tool.with_name("pg_restore")
    into = ("--no-owner", "--exit-on-error", f"--dbname={restored}")
    done = await asyncio.create_subprocess_exec(pg_restore, *into, to)
    assert await done.wait() == 0
    flaw, signoffs = await broken(restored)
    assert flaw is None
    with opened(restored) as connection, pytest.raises(DBAPIError, match="only appended to"):
        connection.execute(text("TRUNCATE audit"))
    assert 10 <= signoffs <= 10 + number
    assert await broken(served) == (None, 10 + number)


def test_a_dump_that_fails_leaves_nothing(postgres: Server, tool: Path, tmp_path: Path) -> None:
    url = postgres.url("no_such_database")
    with pytest.raises(NotBackedUp, match=r"pg_dump failed: .*no_such_database"):
        dump_server(url, tmp_path / "backup.dump", tool, {})
    assert not list(tmp_path.iterdir())


def test_a_password_is_on_no_command_line() -> None:
    url = "postgresql://bot:p%40ss@db.acme.example:5433/countersign?sslmode=verify-full"
    arguments = backing_up.dump_arguments(url, Path("/backups/a.dump"))
    assert arguments[-1] == (
        "--dbname=postgresql://bot@db.acme.example:5433/countersign?sslmode=verify-full"
    )


def test_it_is_given_in_the_environment(tmp_path: Path) -> None:
    """To a stand-in for pg_dump that writes down what it was given."""
    fake = tmp_path / "pg_dump"
    fake.write_text(
        '#!/bin/sh\nfor a in "$@"; do case $a in --file=*) f=${a#--file=};; esac; done\n'
    )
    with fake.open("a") as more:
        more.write('echo "$PGPASSWORD $KEPT" > "$f"\n')
    (tmp_path / "pg_restore").write_text("#!/bin/sh\nexit 0\n")
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / name).chmod(0o755)
    dump_server("postgresql://bot:p%40ss@db/c", tmp_path / "a", fake, {"KEPT": "yes"})
    assert (tmp_path / "a").read_text() == "p@ss yes\n"

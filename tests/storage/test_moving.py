"""Does everything arrive where it is moved to, and is a move that fails as if it had not been?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text

from bot.domain.effects import Attest
from bot.domain.signoff import Status
from storage import migrating, moving, recording
from storage.ground import Unusable
from storage.moving import Moved, NotMoved
from storage.opening import opened
from storage.store import Session, Store
from storage.tables import table
from tests.builders import NOW, FakeClock, hours, ids
from tests.engine.house import furnish
from tests.postgres import Server
from tests.storage.disarming import disarmed
from tests.storage.old import file_of, rows

ALL = 12 + 30 + 3 + 58
"""Signoffs, audit entries, effects and surfaces of the database that is moved."""

HIGHEST = select(func.max(table("outbox").c.id))


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A file with all sorts of rows, of this version."""
    url = file_of("schema-2", tmp_path)
    with opened(url) as connection:
        migrating.bring_up(connection)
    return url


@pytest.fixture
def target(database_url: str, tmp_path: Path) -> str:
    """An empty one, of either store."""
    return database_url


@pytest.fixture
def server(postgres: Server) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


def moved(source: str, target: str) -> Moved:
    with opened(source) as before, opened(target, new=True) as after:
        return moving.move(before, after)


def everything(url: str) -> dict[str, list[str]]:
    with opened(url) as connection, connection.begin():
        return rows(connection)


def change(url: str, *statements: str) -> None:
    with opened(url) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def test_every_row_arrives_as_it_was(source: str, target: str) -> None:
    before = everything(source)
    found = moved(source, target)
    assert everything(target) == before
    assert found.rows == {name: len(of) for name, of in before.items()}
    names = ("signoff", "audit", "outbox", "surface")
    assert (sum(found.rows[name] for name in names), found.entries) == (ALL, 30)


async def test_a_server_goes_on_where_it_was_moved_to(source: str, target: str) -> None:
    moved(source, target)
    clock = FakeClock(NOW + hours(9))
    store = Store(target, clock=clock)
    try:
        house = furnish(store, clock, new_id=ids("new_"))
        assert await house.board.broken() is None
        await house.signoffs.enter()
        await house.signoffs.reassess()
        await house.settle()
        assert {status for _, status in house.pipeline.taken} == {"approved"}
        new = await house.open(key="payments-api/deploy/99")
        await house.review(new, id="a new click")
        await house.settle()
        assert (await house.now(new)).status is Status.APPROVED
        assert await house.board.broken() is None
    finally:
        await store.close()


async def test_new_rows_are_numbered_after_those_that_came(source: str, target: str) -> None:
    moved(source, target)
    clock = FakeClock(NOW + hours(9))
    store = Store(target, clock=clock)
    try:
        house = furnish(store, clock, new_id=ids("new_"))
        signoff = await house.open(key="payments-api/deploy/99")

        def promised(session: Session) -> int:
            recording.promise(session, signoff, [Attest()], clock.now + timedelta(days=1))
            return int(session.connection().execute(HIGHEST).scalar_one())

        highest = await store.read(lambda s: int(s.connection().execute(HIGHEST).scalar_one()))
        assert await store.write(promised) > highest
    finally:
        await store.close()


def test_it_can_be_moved_back(source: str, server: str, tmp_path: Path) -> None:
    before, again = everything(source), f"sqlite:///{tmp_path / 'again.db'}"
    moved(source, server)
    moved(server, again)
    assert everything(again) == before


def test_one_that_was_cut_short_is_served_by_nobody_and_begun_again(
    source: str, target: str
) -> None:
    """Killed between the two commits: neither is used until somebody moves it again."""
    before = everything(source)
    with opened(source) as connection, connection.begin():
        migrating.mark(connection, migrating.MOVING)
    with pytest.raises(Unusable, match="migrate --from"):
        Store(source)
    moved(source, target)
    assert everything(target) == before


def test_nor_does_it_begin_where_the_rows_had_arrived(source: str, target: str) -> None:
    moved(source, target)
    with opened(source) as connection, connection.begin():
        migrating.mark(connection, migrating.MOVING)
    with pytest.raises(NotMoved, match="rows already"):
        moved(source, target)


def test_what_was_moved_is_not_served_any_more(source: str, target: str) -> None:
    moved(source, target)
    with pytest.raises(Unusable, match="moved to another database"):
        Store(source)


def test_what_a_server_uses_is_not_moved(source: str, target: str) -> None:
    with opened(source), pytest.raises(Unusable, match="another process is using this database"):
        moved(source, target)


async def test_a_server_of_postgresql_that_is_used_is_not_moved(
    server: str, tmp_path: Path
) -> None:
    again, used = f"sqlite:///{tmp_path / 'again.db'}", Store(server)
    try:
        with pytest.raises(NotMoved, match="stop every countersign"):
            moved(server, again)
    finally:
        await used.close()


def test_nor_if_a_server_is_started_meanwhile(source: str, server: str, tmp_path: Path) -> None:
    """It may have read what is being moved, and would go on deciding there."""
    moved(source, server)
    again = f"sqlite:///{tmp_path / 'again.db'}"
    with ExitStack() as late:

        def start(table: str, _: int) -> None:
            if table == "pause":
                late.enter_context(psycopg.connect(server, application_name="countersign"))

        with (
            opened(server) as before,
            opened(again, new=True) as after,
            pytest.raises(NotMoved, match="stop every countersign"),
        ):
            moving.move(before, after, start)
    assert not any(everything(again).values())
    assert moved(server, again).entries == 30


def test_meanwhile_nobody_takes_a_turn(source: str, server: str, tmp_path: Path) -> None:
    moved(source, server)
    turns: list[int] = []

    def look(table: str, _: int) -> None:
        with psycopg.connect(server) as other:
            free = "SELECT count(*) FROM (SELECT FROM alembic_version FOR SHARE SKIP LOCKED) AS row"
            turns.extend(other.execute(free).fetchone() or ())

    with opened(server) as before, opened(f"sqlite:///{tmp_path / 'x.db'}", new=True) as after:
        moving.move(before, after, look)
    assert set(turns) == {0}


def test_nothing_is_moved_to_where_there_are_rows(source: str, target: str) -> None:
    with opened(target, new=True) as connection:
        migrating.bring_up(connection)
        with connection.begin():
            connection.execute(table("attestation").insert(), {"signoff_id": "a", "envelope": "{}"})
    with pytest.raises(NotMoved, match=r"rows already .*: attestation"):
        moved(source, target)
    change(target, "DELETE FROM attestation")
    assert moved(source, target).entries == 30


def test_a_trail_that_does_not_hold_is_not_moved(source: str, target: str) -> None:
    with opened(source) as connection, connection.begin():
        disarmed(connection)
    change(source, "UPDATE audit SET prev = 'x' || prev WHERE seq = 20")
    with pytest.raises(NotMoved, match="audit entry 20 does not hold"):
        moved(source, target)
    assert not any(everything(target).values())
    change(source, "UPDATE audit SET prev = substr(prev, 2) WHERE seq = 20")
    assert moved(source, target).entries == 30


def test_a_move_that_fails_is_begun_again(source: str, target: str) -> None:
    """Even when nearly all is there, and the trail takes no entry twice."""

    def fail(table: str, _: int) -> None:
        if table == "surface":
            raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        opened(source) as before,
        opened(target, new=True) as after,
    ):
        moving.move(before, after, fail)
    assert not any(everything(target).values())
    assert moved(source, target).entries == 30


def test_the_trail_is_appended_to_where_it_was_moved_to(source: str, target: str) -> None:
    moved(source, target)
    for statement in ("UPDATE audit SET body = '{}'", "DELETE FROM audit WHERE seq = 30"):
        with pytest.raises(Unusable, match="only appended to"):
            change(target, statement)


def test_entries_are_moved_in_their_order(server: str, source: str, tmp_path: Path) -> None:
    """A server gives rows in whatever order they lie in."""
    moved(source, server)
    with opened(server) as connection, connection.begin():
        disarmed(connection)
    change(server, "UPDATE audit SET body = body || '' WHERE seq < 10")
    assert moved(server, f"sqlite:///{tmp_path / 'again.db'}").entries == 30


def test_an_older_schema_is_brought_up_first(tmp_path: Path, target: str) -> None:
    old = file_of("schema-1", tmp_path)
    with pytest.raises(NotMoved, match=r"has schema 0001, .*: run countersign migrate on it first"):
        moved(old, target)
    with opened(old) as connection:
        migrating.bring_up(connection)
    assert moved(old, target).entries == 29


def test_nothing_is_made_where_nothing_was(tmp_path: Path, target: str) -> None:
    missing = tmp_path / "missing.db"
    with pytest.raises(Unusable, match="there is no database"):
        moved(f"sqlite:///{missing}", target)
    assert not missing.exists()


def test_a_text_that_postgresql_does_not_take_is_told(source: str, server: str) -> None:
    change(source, "UPDATE attestation SET envelope = 'a' || char(0) || 'b'")
    with pytest.raises(Unusable, match="NUL"):
        moved(source, server)
    assert not any(everything(server).values())

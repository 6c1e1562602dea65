"""Does the database itself keep the trail, whoever asks it for something else?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from storage import audit, migrating
from storage.audit import NOTHING
from storage.guarding import FOLLOWS, GUARDS, KEPT, is_guarded
from storage.opening import opened
from storage.store import Session, Store
from tests.builders import FakeClock, approves, ids
from tests.builders import opened as an_opening
from tests.engine.house import furnish
from tests.engine.test_checkpointing import append, signing_of, sizes
from tests.postgres import Cluster
from tests.storage.disarming import disarmed

FIRST_LEAF = "(SELECT leaf FROM audit WHERE seq = 1)"
LAST_LEAF = "(SELECT leaf FROM audit WHERE seq = 2)"


def put(seq: int | str, prev: str, how: str = "INSERT") -> str:
    return (
        f"{how} INTO audit (seq, signoff_id, prev, leaf, body) "
        f"VALUES ({seq}, 'sgn_1', {prev}, 'leaf', '{{}}')"
    )


@pytest.fixture
async def trail(database_url: str) -> str:
    """Of two entries, which nobody has open."""
    store = Store(database_url)
    for event in (an_opening(), approves("ada")):
        await store.write(lambda session, it=event: audit.append(session, "sgn_1", it))
    await store.close()
    return database_url


@pytest.fixture
def connection(trail: str) -> Iterator[Connection]:
    with opened(trail) as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def test_the_entry_that_follows_is_taken(connection: Connection) -> None:
    connection.execute(text(put(3, LAST_LEAF)))
    connection.execute(text(put(4, "'leaf'")))
    assert connection.execute(text("SELECT count(*) FROM audit")).scalar_one() == 4


REFUSED = {
    "another text": ("UPDATE audit SET body = '{}' WHERE seq = 2", KEPT),
    "the same text": ("UPDATE audit SET body = body", KEPT),
    "another signoff": ("UPDATE audit SET signoff_id = 'sgn_2' WHERE seq = 1", KEPT),
    "another place": ("UPDATE audit SET seq = 9 WHERE seq = 2", KEPT),
    "the last": ("DELETE FROM audit WHERE seq = 2", KEPT),
    "all": ("DELETE FROM audit", KEPT),
    "a gap": (put(4, LAST_LEAF), FOLLOWS),
    "chained to another": (put(3, FIRST_LEAF), FOLLOWS),
    "chained to nothing": (put(3, f"'{NOTHING}'"), FOLLOWS),
    "before the first": (put(0, f"'{NOTHING}'"), FOLLOWS),
    "a second first": (put(1, f"'{NOTHING}'"), FOLLOWS),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_else_is(name: str, connection: Connection) -> None:
    statement, why = REFUSED[name]
    with pytest.raises(DBAPIError, match=why):
        connection.execute(text(statement))


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_the_guards_that_refuse(name: str, connection: Connection) -> None:
    """The twin: without them each is possible, but for a number that is taken."""
    disarmed(connection)
    if name == "a second first":
        with pytest.raises(DBAPIError, match=r"(?i)unique"):
            connection.execute(text(REFUSED[name][0]))
    else:
        connection.execute(text(REFUSED[name][0]))


def test_they_are_known_to_be_there(connection: Connection) -> None:
    assert is_guarded(connection)
    disarmed(connection)
    assert not is_guarded(connection)


@pytest.mark.parametrize("which", range(3))
def test_those_that_do_nothing_are_no_guards(which: int, connection: Connection) -> None:
    """Their names are there, and so are all others."""
    disarmed(connection)
    guards = [*GUARDS[connection.dialect.name]]
    for statement in guards:
        connection.execute(text(statement))
    assert is_guarded(connection)  # the twin
    if connection.dialect.name == "sqlite":
        name = guards[which].split()[2]
        connection.execute(text(f"DROP TRIGGER {name}"))
        event = guards[which].split(" BEFORE ")[1].split()[0]
        connection.execute(
            text(f"CREATE TRIGGER {name} BEFORE {event} ON audit BEGIN SELECT 1; END")
        )
    else:
        connection.execute(text(IDLE[which]))
    assert not is_guarded(connection)


IDLE = (
    "CREATE OR REPLACE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'",
    "CREATE OR REPLACE TRIGGER audit_kept_whole BEFORE INSERT ON audit"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_kept()",
    "CREATE OR REPLACE TRIGGER audit_follows BEFORE INSERT ON audit FOR EACH ROW"
    " WHEN (false) EXECUTE FUNCTION audit_follows()",
)
"""On PostgreSQL: by its text, by when it is asked, and by what it is asked about."""


def test_the_first_entry_is_the_first(database_url: str) -> None:
    with opened(database_url, new=True) as connection:
        migrating.bring_up(connection)
        for wrong in (put(2, f"'{NOTHING}'"), put(1, "'1'")):
            with pytest.raises(DBAPIError, match=FOLLOWS), connection.begin():
                connection.execute(text(wrong))
        with connection.begin():
            connection.execute(text(put(1, f"'{NOTHING}'")))


@pytest.mark.parametrize(
    "statement",
    [
        put(2, FIRST_LEAF, how="INSERT OR REPLACE"),
        put(2, FIRST_LEAF, how="REPLACE"),
        put(2, FIRST_LEAF) + " ON CONFLICT (seq) DO UPDATE SET body = excluded.body",
        "UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
    ],
)
async def test_no_way_to_replace_leads_around_it(statement: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    store = Store(url)
    for event in (an_opening(), approves("ada")):
        await store.write(lambda session, it=event: audit.append(session, "sgn_1", it))
    await store.close()
    with opened(url) as connection, connection.begin() as transaction:
        with pytest.raises(DBAPIError, match=f"{KEPT}|{FOLLOWS}"):
            connection.execute(text(statement))
        transaction.rollback()


async def test_a_server_of_postgresql_refuses_the_rest(own_postgres: Cluster) -> None:
    url = own_postgres.new_database()
    await with_two_entries(url)
    upsert = " ON CONFLICT (seq) DO UPDATE SET body = excluded.body"
    with psycopg.connect(url, autocommit=True) as owner:
        for statement in ("TRUNCATE audit", put(2, FIRST_LEAF) + upsert):
            with pytest.raises(errors.RestrictViolation):
                owner.execute(statement.encode())


async def test_what_fails_there_leaves_the_rest_of_a_group(store: Store) -> None:
    """A refusal undoes one unit of work, and no neighbour."""

    def forges(session: Session) -> None:
        session.connection().execute(text(put(7, "'x'")))

    with pytest.raises(DBAPIError, match=FOLLOWS):
        await store.write(forges)
    await store.write(lambda session: audit.append(session, "sgn_1", an_opening()))
    assert await store.read(audit.verify) is None


# A role of PostgreSQL that owns nothing, as docs/database.md makes it.


def documented_grants() -> str:
    page = (Path(__file__).parents[2] / "docs" / "database.md").read_text()
    lines = [it.strip() for it in page.splitlines() if it.startswith("    ")]
    return "\n".join(it for it in lines if it.startswith(("GRANT", "REVOKE")))


@pytest.fixture
async def served(own_postgres: Cluster) -> str:
    """The URL by which it is reached as a role that may only do what a server has to."""
    url = own_postgres.new_database()
    await with_two_entries(url)
    name = urlsplit(url).path[1:]
    above = urlsplit(own_postgres.superuser)._replace(path=f"/{name}").geturl()
    with psycopg.connect(above, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE countersign_server")
        superuser.execute(documented_grants().encode())
        superuser.execute("GRANT countersign_server TO tester")
    return f"{url}?options=-c%20role%3Dcountersign_server"


async def with_two_entries(url: str) -> None:
    store = Store(url)
    try:
        house = furnish(store, FakeClock())
        await house.review(await house.open(key="payments-api/deploy/1"))
    finally:
        await store.close()


async def test_a_server_needs_no_more_than_that(served: str) -> None:
    store, clock = Store(served), FakeClock()
    try:
        house = furnish(store, clock, new_id=ids("new_"))
        await house.review(await house.open(key="payments-api/deploy/2"), id="another click")
        await house.settle()
        assert await house.board.broken() is None
        await append(store, 300)
        await signing_of(store, clock).beat()
        assert await sizes(store) == [304]
    finally:
        await store.close()


NOT_THEIRS = (
    "UPDATE audit SET body = '{}'",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "DROP TABLE audit",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "ALTER TABLE audit DROP COLUMN leaf",
    "DROP TRIGGER audit_kept ON audit",
    "CREATE OR REPLACE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE TRIGGER own BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_kept()",
    "SET session_replication_role = replica",
    "UPDATE checkpoint SET note = ''",
    "DELETE FROM checkpoint",
    "DELETE FROM tile",
)


def test_and_can_do_no_more_to_the_trail(served: str) -> None:
    with psycopg.connect(served, autocommit=True) as server:
        for statement in NOT_THEIRS:
            with pytest.raises(errors.InsufficientPrivilege):
                server.execute(statement.encode())
        with pytest.raises(errors.RestrictViolation):  # it may append, if the trail goes on so
            server.execute(put(9, FIRST_LEAF).encode())

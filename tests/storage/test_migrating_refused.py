"""Which databases are left alone, and which way back is closed?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from storage import migrating
from storage.migrating import OtherVersion
from storage.migrations import NEWEST
from storage.migrations.refusing import NoWayBack
from storage.opening import opened
from storage.store import Store, Unusable
from tests.postgres import Server
from tests.storage.disarming import disarmed
from tests.storage.old import as_it_was, file_of, found, structure


def test_whoever_uses_the_tables_for_long_is_not_waited_for(
    postgres: Server, tmp_path: Path
) -> None:
    url = postgres.new_database()
    with as_it_was("schema-2", url, tmp_path) as connection, opened(url) as other:
        with other.begin():
            other.execute(text("SELECT count(*) FROM signoff"))
            with pytest.raises(OtherVersion, match="a backup"):
                migrating.migrate(connection, NEWEST, patience=0.05)
        assert found(connection).schema == "0002"
        migrating.migrate(connection, NEWEST, patience=0.05)
        assert found(connection).schema == NEWEST
    postgres.drop(url)


def test_a_newer_version_that_allows_it_is_gone_on_with(database_url: str) -> None:
    """So that replicas can be replaced one after the other."""
    with newer(database_url, readable_from=NEWEST) as connection:
        migrating.bring_up(connection)
        assert found(connection).schema == "9999"


@pytest.mark.parametrize("readable_from", ["9998", ""])
def test_a_newer_version_that_does_not_is_refused(readable_from: str, database_url: str) -> None:
    with (
        newer(database_url, readable_from) as connection,
        pytest.raises(OtherVersion, match="schema 9999 of a newer version"),
    ):
        migrating.bring_up(connection)


def test_a_newer_version_is_not_changed_by_an_older_program(database_url: str) -> None:
    with (
        newer(database_url, readable_from=NEWEST) as connection,
        pytest.raises(OtherVersion, match="newer version"),
    ):
        migrating.migrate(connection, "0002")


@contextmanager
def newer(url: str, readable_from: str) -> Iterator[Connection]:
    with opened(url, new=True) as connection:
        migrating.bring_up(connection)
        with connection.begin():
            row = {"readable": readable_from}
            connection.execute(
                text("UPDATE alembic_version SET version_num = '9999', readable_from = :readable"),
                row,
            )
        yield connection


def test_a_database_that_was_moved_away_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'countersign.db'}"
    with opened(url, new=True) as connection:
        migrating.bring_up(connection)
        with connection.begin():
            migrating.mark(connection, migrating.MOVED)
    with pytest.raises(Unusable, match="moved to another database"):
        Store(url)


def test_a_file_from_before_the_first_version_is_refused(tmp_path: Path) -> None:
    url = file_of("schema-0", tmp_path)
    with opened(url) as connection:
        with connection.begin():
            connection.execute(text("CREATE TABLE deadline (id INTEGER)"))
        with pytest.raises(OtherVersion, match="before the first version"):
            migrating.bring_up(connection)


@pytest.mark.parametrize(
    ("name", "to", "why"),
    [
        ("schema-2", "0001", "audit entries of the kind claimed"),
        ("schema-1", "0000", "audit entries of the kind declared"),
    ],
)
def test_there_is_no_way_back_for_what_the_older_version_cannot_read(
    name: str, to: str, why: str, database_url: str, tmp_path: Path
) -> None:
    with as_it_was(name, database_url, tmp_path) as connection:
        with connection.begin():
            before = structure(connection)
        with pytest.raises(NoWayBack, match=why):
            migrating.migrate(connection, to)
        with connection.begin():
            assert structure(connection) == before


def test_nor_for_what_it_cannot_store(database_url: str, tmp_path: Path) -> None:
    with as_it_was("schema-2", database_url, tmp_path) as connection:
        with connection.begin():
            connection.execute(text("UPDATE audit SET body = '{}'"))
        with pytest.raises(NoWayBack, match="what people prefer"):
            migrating.migrate(connection, "0001")
        with connection.begin():
            connection.execute(text("DELETE FROM preference"))
            connection.execute(text("UPDATE signoff SET renewal = 1 WHERE id = 'sgn_2'"))
        with pytest.raises(NoWayBack, match="asked for again"):
            migrating.migrate(connection, "0001")
        with connection.begin():
            connection.execute(text("UPDATE signoff SET renewal = 0"))
        migrating.migrate(connection, "0001")
        assert found(connection).schema == "0001"


PLANS = {
    "widen": '{"at":"x","groups":[],"kind":"widen"}',
    "managers": '{"at":"x","groups":["leads"],"kind":"managers"}',
    "one after the other": '{"at":"x","groups":["platform"],"kind":"escalate"}',
    "none": '{"at":"x","groups":[],"kind":"escalate"}',
}
"""As the deadlines of what is opened stand in the audit trail."""


@pytest.mark.parametrize("name", PLANS)
def test_there_is_no_way_back_for_plans_that_the_older_version_does_not_know(
    name: str, database_url: str, tmp_path: Path
) -> None:
    with as_it_was("schema-2", database_url, tmp_path) as connection:
        migrating.bring_up(connection)
        with connection.begin():
            disarmed(connection)
            body = {"body": f'{{"requirement":{{"deadlines":[{PLANS[name]}]}}}}'}
            connection.execute(text("UPDATE audit SET body = :body WHERE seq = 3"), body)
        if name == "none":
            migrating.migrate(connection, "0002")
            return
        with pytest.raises(NoWayBack, match="plans by which"):
            migrating.migrate(connection, "0002")
        assert found(connection).schema == NEWEST


@pytest.mark.parametrize("said", ["along", "apart"])
def test_there_is_no_way_back_that_forgets_what_was_stopped(
    said: str, database_url: str, tmp_path: Path
) -> None:
    with as_it_was("schema-3", database_url, tmp_path) as connection:
        migrating.bring_up(connection)
        with connection.begin():
            disarmed(connection)
            body = {"body": f'{{"{said}":["sgn_1"]}}'}
            connection.execute(text("UPDATE audit SET body = :body WHERE seq = 3"), body)
        with pytest.raises(NoWayBack, match="what was stopped"):
            migrating.migrate(connection, "0003")


# Beside a server that runs (PostgreSQL: a file is one process's alone).


@pytest.mark.parametrize(("since", "to"), [("0003", "0002"), ("0003", "0004")])
def test_tables_are_not_pulled_away_from_a_server(since: str, to: str, postgres: Server) -> None:
    url = postgres.new_database()
    with opened(url) as connection:
        migrating.migrate(connection, since)
        with (
            psycopg.connect(url, application_name="countersign"),
            pytest.raises(OtherVersion, match="stop every countersign"),
        ):
            migrating.migrate(connection, to, considerate=True)
        assert found(connection).schema == since
        while migrating.others(connection):  # whoever hung up is listed for a moment longer
            connection.rollback()
            time.sleep(0.01)
        connection.rollback()
        migrating.migrate(connection, to, considerate=True)
        assert found(connection).schema == to
    postgres.drop(url)


def test_beside_a_server_that_can_go_on_there_is_nothing_to_refuse(postgres: Server) -> None:
    url = postgres.new_database()
    with opened(url) as connection, psycopg.connect(url, application_name="countersign"):
        migrating.migrate(connection, NEWEST, considerate=True)
        assert found(connection).schema == NEWEST
    postgres.drop(url)

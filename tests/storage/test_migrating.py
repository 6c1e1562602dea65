"""Is a database of every version brought up to this one, whole, and back again where that can be?"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel

from bot.domain.signoff import Report, Signoff, Status
from bot.domain.unshipped import line_of
from storage import documents as documents_of
from storage import migrating, reading
from storage.migrating import Found
from storage.migrations import NEWEST, READABLE_FROM
from storage.migrations.running import known
from storage.opening import opened
from storage.store import Store
from tests.builders import NOW, FakeClock, hours
from tests.engine.house import House, furnish
from tests.postgres import Server
from tests.storage.old import OLD, as_it_was, file_of, found, said, schema_of, structure

KEPT_DEFAULTS = {
    "signoff.renewal": "0",
    "signoff.lineage": "''",
    "signoff.judged_by": "''",
    "outbox.lease": "0",
}
"""What these columns were added with. New databases have none: no program of before may use them,
and ours says what it means."""


@contextmanager
def empty(url: str, schema: str) -> Iterator[Connection]:
    """All tables of that schema, made by every step up to it."""
    with opened(url, new=True) as connection:
        migrating.migrate(connection, "0000")
        migrating.migrate(connection, schema)
        yield connection


def drift(connection: Connection) -> dict[str, tuple[object, object]]:
    """What is otherwise than in a database that this version made: as it is, and as it should be."""
    with connection.begin():
        is_now = structure(connection)
        SQLModel.metadata.drop_all(connection)
        SQLModel.metadata.create_all(connection)
        should = structure(connection)
    different = {name for name in (*is_now, *should) if is_now.get(name) != should.get(name)}
    return {name: (is_now.get(name), should.get(name)) for name in sorted(different)}


def without_kept_defaults(found: dict[str, tuple[object, object]]) -> dict[str, object]:
    def is_kept(name: str) -> bool:
        before, now = found[name]
        if not isinstance(before, tuple) or not isinstance(now, tuple):
            return False
        default = re.sub("::.*", "", str(before[2]))
        return before[:2] == now[:2] and default == KEPT_DEFAULTS.get(name) and now[2] is None

    return {name: value for name, value in found.items() if not is_kept(name)}


def test_all_the_steps_lead_to_the_tables_that_are_made_at_once(database_url: str) -> None:
    with empty(database_url, NEWEST) as connection:
        with connection.begin():
            context = MigrationContext.configure(
                connection,
                opts={
                    "compare_type": True,
                    # Alembic cannot compare an index that goes down on SQLite; `drift` does.
                    "include_object": lambda _, name, *__: name != "surface_wanting",
                    "include_name": lambda name, *_: name != "alembic_version",
                },
            )
            assert compare_metadata(context, SQLModel.metadata) == []
        assert without_kept_defaults(drift(connection)) == {}


def test_they_do_so_after_the_way_back_as_well(database_url: str) -> None:
    with empty(database_url, NEWEST) as connection:
        for step in reversed([it.schema for it in known()][:-1]):
            migrating.migrate(connection, step)
            assert found(connection).schema == step
        assert said(connection, "SELECT count(*) FROM card_ref") == ["0"]
        migrating.migrate(connection, NEWEST)
        assert without_kept_defaults(drift(connection)) == {}


def test_the_newest_step_is_the_one_that_the_program_was_made_for() -> None:
    steps = known()
    assert (steps[-1].schema, steps[-1].readable_from) == (NEWEST, READABLE_FROM)
    assert [it.schema for it in steps] == [f"{number:04}" for number in range(len(steps))]
    # Who cannot go on with a step cannot go on with what was built on it.
    assert [it.readable_from for it in steps] == sorted(it.readable_from for it in steps)
    assert all(it.readable_from <= it.schema for it in steps)


@pytest.mark.parametrize("name", OLD)
def test_rows_of_every_version_are_brought_up_and_none_is_lost(
    name: str, database_url: str, tmp_path: Path
) -> None:
    with as_it_was(name, database_url, tmp_path) as connection:
        kept = "SELECT body FROM audit ORDER BY seq", "SELECT id FROM signoff ORDER BY id"
        documents = "SELECT document FROM signoff ORDER BY id"
        cards = (
            "SELECT count(*) FROM surface"
            if schema_of(name) >= "0002"
            else "SELECT count(*) FROM card_ref JOIN signoff ON signoff.id = signoff_id"
        )
        before = [said(connection, it) for it in (*kept, documents, cards)]
        migrating.bring_up(connection)
        assert found(connection) == Found(schema=NEWEST, readable_from=READABLE_FROM, recorded=True)
        after = "SELECT count(*) FROM surface"
        assert [said(connection, it) for it in (*kept, documents, after)] == before
        assert said(connection, "SELECT DISTINCT lane FROM outbox ORDER BY lane") == [
            "@inside",
            "payments-ci",
        ]
        unseen = "SELECT count(*) FROM surface WHERE state = 'true' AND subject IN (SELECT id FROM signoff WHERE status = 'pending')"
        assert schema_of(name) >= "0002" or said(connection, unseen) == ["0"]


@pytest.mark.parametrize("name", OLD)
async def test_a_server_goes_on_where_one_of_that_version_stopped(
    name: str, tmp_path: Path
) -> None:
    """Its trail holds, who waits is answered, and what was promised is done."""
    clock = FakeClock(NOW + hours(9))
    store = Store(file_of(name, tmp_path), clock=clock)
    try:
        house = furnish(store, clock)
        assert await house.board.broken() is None
        await house.signoffs.enter()
        await house.signoffs.reassess()
        await house.settle()
        assert {status for _, status in house.pipeline.taken} == {"approved"}
        unseen = await by_key(house, "unseen/deploy/11")
        assert house.chat.on("C0PLAT")
        decided = await house.review(unseen, "ruth", id="a new click")
        await house.settle()
        assert (await house.now(decided)).status is Status.APPROVED
        assert isinstance((await house.now(decided)).report, Report)
        assert await house.board.broken() is None
    finally:
        await store.close()


async def by_key(house: House, key: str) -> Signoff:
    found = await house.store.read(lambda session: reading.by_key(session, "payments-ci", key))
    assert found is not None
    return found


def test_what_an_empty_database_gets_is_recorded(database_url: str) -> None:
    with opened(database_url, new=True) as connection:
        migrating.bring_up(connection)
        assert found(connection) == Found(schema=NEWEST, readable_from=READABLE_FROM, recorded=True)


def test_a_start_with_nothing_to_do_does_not_load_what_migrates(tmp_path: Path) -> None:
    starts = (
        "import sys\nfrom storage import migrating\nfrom storage.opening import opened\n"
        "for _ in range(2):\n"
        "    with opened(sys.argv[1], new=True) as one: migrating.bring_up(one)\n"
        "assert 'sqlalchemy' in sys.modules and 'alembic' not in sys.modules\n"
    )
    url = f"sqlite:///{tmp_path / 'countersign.db'}"
    done = subprocess.run([sys.executable, "-c", starts, url], capture_output=True, check=False)
    assert done.stderr == b""


@pytest.mark.parametrize("schema", ["0000", "0002"])
def test_a_step_that_fails_leaves_everything_as_it_was(
    schema: str, database_url: str, tmp_path: Path
) -> None:
    name = f"schema-{int(schema)}"
    with as_it_was(name, database_url, tmp_path) as connection:
        with connection.begin():
            before = structure(connection)
            connection.execute(text("UPDATE signoff SET document = '{' WHERE id = 'sgn_7'"))
        with pytest.raises(DatabaseError):
            migrating.bring_up(connection)
        assert found(connection).schema == schema
        with connection.begin():
            assert structure(connection) == before
        assert said(connection, "SELECT count(*) FROM outbox WHERE lane = 'payments-ci'") == ["2"]


def test_of_several_that_start_at_once_one_migrates(postgres: Server, tmp_path: Path) -> None:
    url, at_once = postgres.new_database(), threading.Barrier(3)
    problems = list[BaseException]()

    def start() -> None:
        try:
            with opened(url) as connection:
                at_once.wait(10)
                migrating.bring_up(connection)
        except BaseException as problem:  # noqa: BLE001 - told in the test's own thread
            problems.append(problem)

    with as_it_was("schema-1", url, tmp_path) as connection:
        cards = said(connection, "SELECT count(*) FROM card_ref")
        threads = [threading.Thread(target=start) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert problems == []
        assert found(connection).schema == NEWEST
        assert said(connection, "SELECT count(*) FROM surface") == cards
    postgres.drop(url)


def test_back_and_forth_the_cards_stay_known(database_url: str, tmp_path: Path) -> None:
    cards = "SELECT signoff_id || surface || channel || message FROM card_ref ORDER BY 1"
    with as_it_was("schema-1", database_url, tmp_path) as connection:
        before = said(connection, cards)
        migrating.migrate(connection, NEWEST)
        migrating.migrate(connection, "0001")
        assert said(connection, cards) == before


def test_the_newest_at_each_place_and_the_revisions_are_found(
    database_url: str, tmp_path: Path
) -> None:
    with as_it_was("schema-3", database_url, tmp_path) as connection:
        migrating.bring_up(connection)
        newest = said(
            connection,
            "SELECT (SELECT count(*) FROM signoff AS later"
            " WHERE later.connection = it.connection AND later.line = it.line"
            " AND later.opened_at > it.opened_at) FROM place JOIN signoff AS it ON it.id = newest",
        )
        places = said(
            connection,
            "SELECT count(*) FROM (SELECT DISTINCT connection, line FROM signoff) AS each",
        )
        assert newest == ["0"] * int(places[0])
        assert said(connection, "SELECT DISTINCT length(revision) FROM signoff") == ["40"]
        assert set(said(connection, "SELECT length(went_on) FROM place")) == {"0", "40"}
        documents = map(documents_of.read_signoff, said(connection, "SELECT document FROM signoff"))
        lines = said(connection, "SELECT DISTINCT line FROM signoff ORDER BY 1")
        assert lines == sorted({line_of(it.change) for it in documents})


def test_a_file_that_went_back_is_opened_by_the_version_of_then(tmp_path: Path) -> None:
    """Which looks for this number, and refuses every other."""
    with opened(file_of("schema-2", tmp_path)) as connection:
        assert said(connection, "PRAGMA user_version") == ["2"]
        migrating.migrate(connection, NEWEST)
        assert said(connection, "PRAGMA user_version") == [str(int(NEWEST))]
        migrating.migrate(connection, "0002")
        assert said(connection, "PRAGMA user_version") == ["2"]

"""Does a server notice that its database was moved away, or brought to another schema, under it?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import Connection

from bot.engine.ailments import Ailment, ailment_of
from bot.engine.rulebook import Rulebook
from bot.web.health import Health
from storage import migrating, reading
from storage.migrating import OtherVersion
from storage.opening import opened
from storage.store import Session, Store
from tests.builders import ROSTER, a_policy
from tests.engine.house import a_board
from tests.postgres import Server


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    made = Store(url)
    yield made
    await made.close()


def decide(session: Session) -> None:
    reading.keep_envelope(session, "sgn_1", "decided")


def taken_back(connection: Connection) -> None:
    migrating.migrate(connection, "0002")


def moved_away(connection: Connection) -> None:
    with connection.begin():
        migrating.mark(connection, migrating.MOVED)


@pytest.mark.parametrize(
    ("change", "why"), [(taken_back, "not of this version"), (moved_away, "moved to another")]
)
async def test_a_server_stops_writing_and_says_why(
    change: Callable[[Connection], None], why: str, url: str, store: Store
) -> None:
    await store.write(decide)
    with opened(url) as connection:
        change(connection)
    with pytest.raises(OtherVersion, match=why) as refused:
        await store.write(decide)
    assert ailment_of(refused.value) is Ailment.REPLACED
    health = Health(board=a_board(store, Rulebook(ROSTER, a_policy())), chat_trouble=lambda: "")
    ready = await health.ready(make_mocked_request("GET", "/readyz"))
    assert (ready.status, json.loads(ready.text or "")["problems"]) == (503, [Ailment.REPLACED])


async def test_it_goes_on_under_a_newer_schema_that_allows_it(url: str, store: Store) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await store.write(decide)


async def test_who_waited_for_a_turn_while_it_was_moved_does_not_get_one(
    url: str, store: Store
) -> None:
    with opened(url) as connection:
        with connection.begin():
            migrating.hold(connection)
            late = asyncio.create_task(store.write(decide))
            await asyncio.sleep(0.2)  # it began to wait, before the move is committed
            assert not late.done()
            migrating.mark(connection, migrating.MOVED)
        with pytest.raises(OtherVersion, match="moved to another"):
            await late
    assert await store.read(lambda session: reading.envelope(session, "sgn_1")) is None

"""Do several processes on one PostgreSQL take turns, and does its clock count?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import psycopg
import psycopg.sql
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, StaticPool

from bot.clock import system_clock
from storage import moment, postgresql, reading
from storage.store import Closed, Session, Store, Unusable
from storage.tables import AttestationRow
from tests.faults.proxy import Cut, Faults, Proxy, a_proxy
from tests.postgres import Cluster, Server


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
async def stores(url: str) -> AsyncIterator[tuple[Store, Store]]:
    pair = Store(url), Store(url)
    yield pair
    for store in pair:
        await store.close()


def count_up(session: Session) -> None:
    """Read, and write what follows from it: lost if anybody wrote in between."""
    known = int(reading.envelope(session, "count") or "0")
    reading.keep_envelope(session, "count", str(known + 1))


async def counted(store: Store) -> int:
    return int(await store.read(lambda s: reading.envelope(s, "count")) or "0")


async def test_nothing_is_lost_between_processes(stores: tuple[Store, Store]) -> None:
    await asyncio.gather(*(store.write(count_up) for _ in range(200) for store in stores))
    assert await counted(stores[0]) == 400


async def test_nor_where_the_server_would_have_it_otherwise(url: str) -> None:
    """With a snapshot taken before its turn came, a unit would not see what was written meanwhile."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = psycopg.sql.Identifier(connection.info.dbname)
        sql = psycopg.sql.SQL(
            "ALTER DATABASE {} SET default_transaction_isolation = 'serializable'"
        )
        connection.execute(sql.format(name))
    pair = Store(url), Store(url)
    await asyncio.gather(*(store.write(count_up) for _ in range(50) for store in pair))
    assert await counted(pair[0]) == 100
    for store in pair:
        await store.close()


async def test_what_is_no_postgresql_is_refused() -> None:
    with pytest.raises(Unusable, match="no PostgreSQL"):
        postgresql.check_kind("CockroachDB CCL v25.1", "5s")
    with pytest.raises(Unusable, match="in between"):
        postgresql.check_kind("PostgreSQL 17.1", "0")


async def test_a_unit_that_fails_takes_nothing_along(stores: tuple[Store, Store]) -> None:
    def fail(session: Session) -> None:
        count_up(session)
        session.execute(text("SELECT 1 / 0"))

    store = stores[0]
    outcomes = await asyncio.gather(
        store.write(count_up), store.write(fail), store.write(count_up), return_exceptions=True
    )
    assert [isinstance(it, DBAPIError) for it in outcomes] == [False, True, False]
    assert await counted(store) == 2


async def test_the_time_is_the_database_s(stores: tuple[Store, Store]) -> None:
    def both(session: Session) -> object:
        there = session.execute(text("SELECT clock_timestamp()")).scalar()
        return there, moment.now(session)

    there, said = await stores[0].write(both)  # type: ignore[misc]
    assert abs(there - said) < timedelta(seconds=1)
    assert abs(stores[0].clock() - system_clock()) < timedelta(seconds=1)


async def test_within_one_transaction_time_stands_still(stores: tuple[Store, Store]) -> None:
    def twice(session: Session) -> bool:
        first = moment.now(session)
        session.execute(text("SELECT pg_sleep(0.01)"))
        return moment.now(session) == first

    assert await stores[0].write(twice)


async def test_a_process_that_falls_asleep_over_its_turn_loses_it(
    url: str, stores: tuple[Store, Store]
) -> None:
    """Only the database can end it: here we play the one who sleeps."""
    with psycopg.connect(url) as sleeper:
        sleeper.execute("SET idle_in_transaction_session_timeout = '300ms'")
        sleeper.commit()
        sleeper.execute("SELECT pg_advisory_xact_lock(%s)", (0x636F756E74,))
        sleeper.execute("DELETE FROM attestation")
        await stores[0].write(count_up)
        with pytest.raises(psycopg.Error, match="idle-in-transaction"):
            sleeper.commit()
    assert await counted(stores[0]) == 1


async def test_readers_cannot_write(stores: tuple[Store, Store]) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        await stores[0].read(lambda session: session.execute(text("DELETE FROM attestation")))


async def test_who_reads_sees_one_state(stores: tuple[Store, Store]) -> None:
    """Whatever is committed between two of its questions."""
    writer, reader = stores
    await writer.write(count_up)
    loop = asyncio.get_running_loop()

    def look_twice(session: Session) -> tuple[str | None, str | None]:
        first = reading.envelope(session, "count")
        asyncio.run_coroutine_threadsafe(writer.write(count_up), loop).result(5)
        session.expire_all()
        return first, reading.envelope(session, "count")

    assert await reader.read(look_twice) == ("1", "1")


async def test_no_server_no_store() -> None:
    with pytest.raises(Unusable, match="refused"):
        Store("postgresql://nobody@127.0.0.1:1/none")


async def test_its_words_hold_no_password() -> None:
    with pytest.raises(Unusable) as refused:
        Store("postgresql://nobody:s3cret@127.0.0.1:1/none")
    assert "s3cret" not in str(refused.value)


# What is not heard of.


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    with a_proxy(url) as between:
        yield between


async def test_a_commit_whose_answer_is_lost_is_asked_about(proxy: Proxy, url: str) -> None:
    store, direct = Store(proxy.url), Store(url)
    proxy.suffer(Faults(cut=Cut(at=b"COMMIT", when="after")))
    await store.write(count_up)
    assert await counted(direct) == 1
    await store.close()
    await direct.close()


async def test_a_commit_that_never_arrived_is_not_done_and_says_so(proxy: Proxy, url: str) -> None:
    store, direct = Store(proxy.url), Store(url)
    proxy.suffer(Faults(cut=Cut(at=b"COMMIT", when="before")))
    with pytest.raises(DBAPIError):
        await store.write(count_up)
    assert await counted(direct) == 0
    await store.write(count_up)
    assert await counted(direct) == 1
    await store.close()
    await direct.close()


async def test_it_goes_on_after_the_server_died(own_postgres: Cluster) -> None:
    store = Store(own_postgres.server.new_database())
    await store.write(count_up)
    own_postgres.restart("immediate")
    await store.write(count_up)
    assert await counted(store) == 2
    await store.close()
    with pytest.raises(Closed):
        await store.write(count_up)


async def test_what_the_operator_says_in_the_url_counts(url: str) -> None:
    """Tables in a schema of their own, with our limits all the same."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA app")
    store = Store(f"{url}?options=-csearch_path%3Dapp")
    try:
        await store.write(count_up)
        limit = text("SHOW statement_timeout")
        assert await store.read(lambda s: s.execute(limit).scalar()) == "10s"
    finally:
        await store.close()
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'turn'"
        )
        assert found.fetchall() == [("app",)]


def test_a_pooler_that_lets_us_share_a_session_is_refused(url: str) -> None:
    engines = [
        create_engine(postgresql.driver_url(url), poolclass=kind) for kind in (NullPool, StaticPool)
    ]
    apart, shared = engines
    postgresql.check_own(apart)
    with pytest.raises(Unusable, match="in session mode"):
        postgresql.check_own(shared)
    for engine in engines:
        engine.dispose()


async def test_an_attestation_of_any_letters_is_kept(stores: tuple[Store, Store]) -> None:
    await stores[0].write(lambda s: s.add(AttestationRow(signoff_id="x", envelope="é\U0001f600")))
    assert await stores[1].read(lambda s: reading.envelope(s, "x")) == "é\U0001f600"


async def test_whoever_has_the_turn_waits_for_no_stranger_s_lock(
    url: str, stores: tuple[Store, Store]
) -> None:
    """All others wait for whoever has it."""
    await stores[0].write(count_up)
    with psycopg.connect(url) as stranger:
        stranger.execute("SELECT * FROM attestation FOR UPDATE")
        with pytest.raises(DBAPIError, match="lock timeout"):
            await stores[0].write(count_up)
        await stores[1].write(lambda s: s.add(AttestationRow(signoff_id="x", envelope="y")))
        stranger.rollback()
    await stores[0].write(count_up)
    assert await counted(stores[0]) == 2

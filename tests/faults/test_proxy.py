"""Does the proxy do to a connection what it says, and nothing else?"""

from __future__ import annotations

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress

import aiohttp
import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.faults.proxy import Cut, Faults, Proxy, a_proxy
from tests.postgres import Server


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    url = postgres.new_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE seen (number int)")
    yield url
    postgres.drop(url)


@pytest.fixture
def before_postgres(database: str) -> Iterator[Proxy]:
    with a_proxy(database) as proxy:
        yield proxy


def put(connection: psycopg.Connection, number: int) -> None:
    connection.execute("INSERT INTO seen VALUES (%s)", (number,))
    connection.commit()


def seen(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM seen ORDER BY 1")]


def test_without_faults_nothing_is_changed(before_postgres: Proxy, database: str) -> None:
    long = "x" * 3_000_000
    with psycopg.connect(before_postgres.url) as connection:
        put(connection, 1)
        assert connection.execute("SELECT %s::text", (long,)).fetchone() == (long,)
    assert seen(before_postgres.url) == seen(database) == [1]
    assert not before_postgres.was_cut.is_set()


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize(("when", "stored"), [("before", [2]), ("after", [1, 2])])
def test_a_commit_cut_before_it_arrives_is_lost_and_after_it_is_kept(
    before_postgres: Proxy, database: str, when: str, how: str, stored: list[int]
) -> None:
    with closing(psycopg.connect(before_postgres.url)) as unlucky:
        before_postgres.suffer(Faults(cut=Cut(at=b"COMMIT", when=when, how=how)))  # type: ignore[arg-type]
        with pytest.raises(psycopg.OperationalError):
            put(unlucky, 1)
    assert before_postgres.was_cut.is_set()
    with psycopg.connect(before_postgres.url) as again:
        put(again, 2)
    assert seen(database) == stored


def test_an_answer_is_cut_before_it_is_heard_and_after(
    before_postgres: Proxy, database: str
) -> None:
    for number, when, heard in ((1, "before", False), (2, "after", True)):
        with closing(psycopg.connect(before_postgres.url)) as connection:
            cut = Cut(at=b"COMMIT\0", way="answer", when=when, how="close")  # type: ignore[arg-type]
            before_postgres.suffer(Faults(cut=cut))
            if heard:
                put(connection, number)
            with pytest.raises(psycopg.OperationalError):
                put(connection, number)
    assert seen(database) == [1, 2]


async def test_an_answer_that_never_comes(before_postgres: Proxy, database: str) -> None:
    """Nothing ends: the one who waits has to give up by itself."""
    connection = await psycopg.AsyncConnection.connect(before_postgres.url)
    before_postgres.suffer(Faults(cut=Cut(at=b"COMMIT", when="after", how="silence")))
    await connection.execute("INSERT INTO seen VALUES (1)")
    waiting = asyncio.create_task(connection.commit())
    assert await asyncio.to_thread(before_postgres.was_cut.wait, 30)
    assert not (await asyncio.wait([waiting], timeout=0.05))[0]
    assert seen(database) == [1]
    before_postgres.end()
    with pytest.raises(psycopg.OperationalError):
        await waiting
    await connection.close()


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="hello " * 20)


@pytest.fixture
async def before_web() -> AsyncIterator[Proxy]:
    app = web.Application()
    app.router.add_get("/", hello)
    async with TestServer(app) as server:
        with a_proxy(str(server.make_url("/"))) as proxy:
            yield proxy


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield session


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    yield reader, writer
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def got(client: aiohttp.ClientSession, proxy: Proxy) -> str:
    async with client.get(proxy.url) as response:
        return await response.text()


async def test_late_and_little_by_little(client: aiohttp.ClientSession, before_web: Proxy) -> None:
    assert await got(client, before_web) == "hello " * 20
    for faults in (Faults(latency=0.05), Faults(pace=3_000)):
        before_web.suffer(faults)
        began = time.monotonic()
        assert await got(client, before_web) == "hello " * 20
        assert time.monotonic() - began >= 0.08


async def test_silent_until_it_heals(client: aiohttp.ClientSession, before_web: Proxy) -> None:
    """On a connection that was open before, and on a new one: both are accepted."""
    await got(client, before_web)
    before_web.suffer(Faults(silent=True))
    waiting = [asyncio.create_task(got(client, before_web)) for _ in range(2)]
    assert not (await asyncio.wait(waiting, timeout=0.1))[0]
    before_web.suffer(Faults())
    assert await asyncio.gather(*waiting) == ["hello " * 20] * 2


async def test_refused_until_it_heals(client: aiohttp.ClientSession, before_web: Proxy) -> None:
    """Whoever is connected stays so."""
    await got(client, before_web)
    before_web.suffer(Faults(refused=True))
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", before_web.port)
    assert await got(client, before_web) == "hello " * 20
    before_web.suffer(Faults())
    async with connected(before_web):
        pass


async def test_closed_within_an_answer(client: aiohttp.ClientSession, before_web: Proxy) -> None:
    before_web.suffer(Faults(closed_after=200))
    with pytest.raises(aiohttp.ClientPayloadError):
        await got(client, before_web)
    before_web.suffer(Faults())
    assert await got(client, before_web) == "hello " * 20


async def test_all_connections_end_at_once(before_web: Proxy) -> None:
    for _ in range(2):
        async with connected(before_web) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            before_web.end("reset")
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(10_000)


async def test_a_pattern_may_come_in_pieces(before_web: Proxy) -> None:
    before_web.suffer(Faults(cut=Cut(at=b"secret", how="close")))
    async with connected(before_web) as (reader, writer):
        for piece in (b"GET /se", b"cret HTTP/1.1\r\nHost: x\r\n\r\n"):
            writer.write(piece)
            await asyncio.sleep(0.02)
        assert await reader.read() == b""
    assert before_web.was_cut.is_set()


async def test_where_nobody_listens_the_connection_is_reset() -> None:
    with a_proxy("http://127.0.0.1:1") as proxy, pytest.raises(ConnectionResetError):
        await first_of(proxy)


async def first_of(proxy: Proxy) -> bytes:
    async with connected(proxy) as (reader, _):
        return await reader.read(1)

"""Does what one process tells reach the others, wherever the database is and however its line does?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from logging.handlers import QueueHandler
from urllib.parse import urlsplit

import psycopg
import pytest

from storage.news import News
from tests.faults.proxy import Faults, Proxy, a_proxy
from tests.postgres import Server

Queue = asyncio.Queue[tuple[str, ...]]


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    with a_proxy(url) as between:
        yield between


@asynccontextmanager
async def hearing(url: str, ping_every: float = 30) -> AsyncIterator[Queue]:
    """What somebody hears who begins to listen: first that something may have happened."""
    heard: Queue = asyncio.Queue()
    listener = News(url, "listener", heard.put_nowait, ping_every)
    listener.start()
    try:
        async with asyncio.timeout(20):
            yield heard
    finally:
        await listener.stop()


@asynccontextmanager
async def speaking(url: str) -> AsyncIterator[News]:
    speaker = News(url, "speaker", lambda _: None)
    speaker.start()
    yield speaker
    await speaker.stop()


async def test_all_of_the_url_counts(url: str) -> None:
    """A socket, another port, or how certificates are checked may stand after the question mark."""
    parts = urlsplit(url)
    where = f"host={parts.hostname}&port={parts.port}&user={parts.username}"
    async with hearing(f"postgresql://{parts.path}?{where}") as heard:
        assert await heard.get() == ()


async def test_who_is_not_let_in_says_so_once(url: str) -> None:
    """Here the operator asks for encryption, and the server has none: nothing is said in clear."""
    logged: asyncio.Queue[logging.LogRecord] = asyncio.Queue()
    keeper = QueueHandler(logged)
    logging.getLogger("storage.news").addHandler(keeper)
    try:
        async with hearing(f"{url}?sslmode=require") as heard:
            said = (await logged.get()).getMessage()
            await asyncio.sleep(0.1)  # it has two connections, and both are refused
            assert (heard.empty(), logged.empty()) == (True, True)
    finally:
        logging.getLogger("storage.news").removeHandler(keeper)
    assert "heard late" in said
    assert "SSL" in said


async def test_what_is_told_again_while_it_is_said_is_said_again(proxy: Proxy, url: str) -> None:
    """It was committed after the first message, so who heard that may have looked too early."""
    async with hearing(url) as heard, speaking(proxy.url) as speaker:
        assert await heard.get() == ()
        said: list[int] = []
        for id in ("sgn_1", "sgn_2", "sgn_3"):  # an answer may still be on its way to the speaker
            proxy.suffer(Faults())
            speaker.tell((id,))
            assert await heard.get() == (id,)
            await asyncio.sleep(0.05)
            proxy.suffer(Faults(silent=True))
            speaker.tell((id,))
            await asyncio.sleep(0.05)  # it is on its way
            speaker.tell((id,))
            proxy.suffer(Faults())
            said.append(await _times(heard, id, speaker))
        assert max(said) == 2


async def _times(heard: Queue, id: str, speaker: News) -> int:
    """How often it is heard before what is told last."""
    assert await heard.get() == (id,)
    speaker.tell(("last",))
    times = 1
    while "last" not in (ids := await heard.get()):
        times += id in ids
    return times + (id in ids)


async def test_a_ring_for_nobody_in_particular_is_told_as_well(url: str) -> None:
    async with hearing(url) as heard, speaking(url) as speaker:
        assert await heard.get() == ()
        speaker.tell(())
        assert await heard.get() == ()


async def test_more_than_one_message_holds_is_told_in_several(url: str) -> None:
    ids = tuple(f"sgn_{number}" for number in range(500))
    async with hearing(url) as heard, speaking(url) as speaker:
        assert await heard.get() == ()
        speaker.tell(ids)
        assert (*await heard.get(), *await heard.get(), *await heard.get()) == ids


async def test_a_line_that_fell_silent_is_noticed(proxy: Proxy) -> None:
    async with hearing(proxy.url, ping_every=0.1) as heard:
        assert await heard.get() == ()
        proxy.end("silence")
        assert await heard.get() == ()  # it listens again, on another


async def test_what_one_tells_the_others_hear(url: str) -> None:
    heard: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
    echo: list[tuple[str, ...]] = []
    speaker, listener = News(url, "a", echo.append), News(url, "b", heard.put_nowait)
    speaker.start()
    listener.start()
    try:
        async with asyncio.timeout(10):
            assert await heard.get() == ()  # it listens from now on
            speaker.tell(("sgn_1", "sgn_2"))
            assert await heard.get() == ("sgn_1", "sgn_2")
    finally:
        await speaker.stop()
        await listener.stop()
    assert ("sgn_1", "sgn_2") not in echo


async def test_who_was_cut_off_is_told_that_something_may_have_happened(url: str) -> None:
    heard: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
    listener = News(url, "b", heard.put_nowait)
    listener.start()
    try:
        async with asyncio.timeout(10):
            assert await heard.get() == ()
            with psycopg.connect(url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            assert await heard.get() == ()
    finally:
        await listener.stop()

"""Whatever a network does between us and the database, Slack or the pipeline: is it all true soon
after it is well again?
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from bot.demo.scene import SENIOR
from storage.postgresql import _engine
from storage.watch import Watch
from tests.faults.proxy import Cut, Faults, Proxy, a_proxy
from tests.faults.surroundings import Surroundings, healed, surrounded
from tests.postgres import Server

T = TypeVar("T")

A_WHILE = 0.3
"""Seconds for which something is wrong that does not end by itself."""


@pytest.fixture
async def around(postgres: Server, tmp_path: Path) -> AsyncIterator[Surroundings]:
    url = postgres.new_database()
    async with surrounded(tmp_path, url) as around:
        yield around
    postgres.drop(url)


async def lives(around: Surroundings, proxy: Proxy, faults: Faults) -> None:
    """A change is announced, decided, and told of; the same happens to the proxy before each."""
    signoff_id = await suffering(proxy, faults, around.announce())
    await around.scene.shown(signoff_id)
    await suffering(proxy, faults, around.approve(signoff_id))
    await around.ends_well(signoff_id)
    assert len(around.acknowledged) == 1


async def suffering(proxy: Proxy, faults: Faults, deed: Coroutine[None, None, T]) -> T:
    """What does not end by itself ends after a while, and all of it once the deed is done."""
    proxy.suffer(faults)
    if faults.refused:
        proxy.end("reset")
    doing = asyncio.create_task(deed)
    if faults.silent or faults.refused or faults.closed_after is not None:
        await asyncio.sleep(A_WHILE)
        healed(proxy)
    try:
        return await doing
    finally:
        healed(proxy)


COMMIT, ANSWERED = b"COMMIT", b"COMMIT\0"

OF_THE_DATABASE = {
    "late": Faults(latency=0.005),
    "silent": Faults(silent=True),
    "gone": Faults(refused=True),
    "a statement that does not arrive": Faults(cut=Cut(at=b"INSERT INTO signoff")),
    "a statement without an answer": Faults(cut=Cut(at=b"INSERT INTO audit", when="after")),
    "a commit that does not arrive": Faults(cut=Cut(at=COMMIT)),
    "a commit without an answer": Faults(cut=Cut(at=COMMIT, when="after", how="close")),
    "an answer to a commit that is lost": Faults(cut=Cut(at=ANSWERED, way="answer")),
}


@pytest.mark.parametrize("faults", OF_THE_DATABASE.values(), ids=OF_THE_DATABASE)
async def test_the_database(around: Surroundings, faults: Faults) -> None:
    await lives(around, around.database, faults)


OF_SLACK = {
    "late": Faults(latency=0.1, pace=50_000),
    "silent": Faults(silent=True),
    "refused": Faults(refused=True),
    "half an answer": Faults(closed_after=150),
    "a call that does not arrive": Faults(cut=Cut(at=b"chat.")),
    "a message without an answer": Faults(cut=Cut(at=b"chat.", when="after")),
    "the answer is lost": Faults(cut=Cut(at=b'"ok": true', way="answer", how="close")),
}


@pytest.mark.parametrize("faults", OF_SLACK.values(), ids=OF_SLACK)
async def test_slack(around: Surroundings, faults: Faults) -> None:
    await lives(around, around.slack, faults)


OF_THE_PIPELINE = {
    "silent": Faults(silent=True),
    "refused": Faults(refused=True),
    "the message does not arrive": Faults(cut=Cut(at=b"POST")),
    "the message has no answer": Faults(cut=Cut(at=b"signoff.approved", when="after")),
    "the answer is lost": Faults(cut=Cut(at=b"HTTP/1.1 200", way="answer", how="close")),
}


@pytest.mark.parametrize("faults", OF_THE_PIPELINE.values(), ids=OF_THE_PIPELINE)
async def test_the_pipeline(around: Surroundings, faults: Faults) -> None:
    await lives(around, around.pipeline, faults)
    statuses = [heard.body["data"]["status"] for heard in around.scene.pipeline.heard]
    assert set(statuses) == {"approved"}


# What takes everything and says nothing.


@pytest.mark.slack_waits
async def test_whoever_presses_hears_in_time_that_nobody_knows(around: Surroundings) -> None:
    """Slack waits for three seconds, and then says that it does not know either."""
    signoff_id = await around.announce()
    card = await around.scene.shown(signoff_id)
    around.database.suffer(Faults(silent=True))
    answer = await around.scene.press(SENIOR, card, "Approve")
    assert (answer.status, answer.trouble) == (200, "")
    healed(around.database)
    await around.ends_well(signoff_id)


@pytest.fixture
def watched(postgres: Server) -> Iterator[tuple[Proxy, Engine]]:
    """As the store has them, with less patience."""
    url = postgres.new_database()
    watch = Watch(0.2)
    with a_proxy(url) as proxy:
        engine = _engine(proxy.url, 1, watch)
        yield proxy, engine
        watch.close()
        proxy.end()
        engine.dispose()
    postgres.drop(url)


WITHIN = 5
"""Seconds: the watch looks every second, and the machine may be slow."""


def test_a_statement_without_an_answer_is_not_waited_for(watched: tuple[Proxy, Engine]) -> None:
    proxy, engine = watched
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        proxy.end("silence")
        began = monotonic()
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 2"))
        assert monotonic() - began < WITHIN


def test_nor_is_a_commit(watched: tuple[Proxy, Engine]) -> None:
    proxy, engine = watched
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        proxy.end("silence")
        began = monotonic()
        with pytest.raises(OperationalError):
            connection.commit()
        assert monotonic() - began < WITHIN


def test_nor_is_an_end_without_one(watched: tuple[Proxy, Engine]) -> None:
    """As everybody ends who only read."""
    proxy, engine = watched
    began = monotonic()
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        proxy.end("silence")
        with pytest.raises(OperationalError):
            connection.rollback()
    assert monotonic() - began < WITHIN


def test_who_is_not_there_any_more_is_not_asked_for_long(watched: tuple[Proxy, Engine]) -> None:
    """It was idle when the silence began; the next one is another connection."""
    proxy, engine = watched
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    proxy.end("silence")
    began = monotonic()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 2")).scalar() == 2
    assert monotonic() - began < WITHIN

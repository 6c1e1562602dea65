"""The database dies in the middle of it, is away for a while, lets nobody in, or somebody else holds
it up: is all that was acknowledged there, and does everything go on by itself?
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import system_clock
from bot.demo.changes import CANARY
from bot.demo.scene import AT_ONCE
from bot.domain.signoff import Status
from bot.engine.heartbeat import SWEEP_EVERY
from storage import reading
from storage.ailments import Ailment, ailment_of
from storage.news import News
from storage.postgresql import IMPATIENT, SECONDS, TURN
from storage.store import Session, Store
from tests.builders import FakeClock, hours
from tests.engine.house import furnish
from tests.faults.evidence import Outage
from tests.faults.judge import judge
from tests.faults.proxy import Cut, Faults, a_proxy
from tests.faults.surroundings import Surroundings, surrounded
from tests.postgres import Cluster, Server
from tests.web.ci import Ci

SILENT = Ailment.SILENT.value

SOON = AT_ONCE.replace(
    "instant: {remind: [1s], escalate: 2s, expire: 3s, escalate_to: [platform]}",
    "instant: {remind: [], escalate: never, expire: 2s}",
)
LOADS, RESTARTED_AT = 6, (5, 13, 21)
"""Who announce changes at the same time, and after how many acknowledged ones it dies."""

SWEEP = SWEEP_EVERY + timedelta(seconds=5)
"""Within which a deadline is passed that nobody could act on before: with time for slow machines."""


async def readiness(around: Surroundings) -> tuple[int, list[str]]:
    heard = await Ci(around.scene).ask("GET", "/readyz")
    return heard.status, heard.said.get("problems", [])


async def test_restarted_again_and_again_under_load_it_loses_nothing(
    own_postgres: Cluster, tmp_path: Path
) -> None:
    """At any moment of any transaction."""
    async with surrounded(tmp_path, own_postgres.new_database()) as around:
        taken: list[str] = []

        async def load(number: int) -> None:
            for turn in range(5):
                taken.append(await around.announce(repository=f"acme/payments-{number}-{turn}"))
                if len(taken) in RESTARTED_AT:
                    await asyncio.to_thread(own_postgres.restart, "immediate")

        await asyncio.gather(*map(load, range(LOADS)))
        assert len(set(taken)) == len(around.acknowledged) == 5 * LOADS
        await around.approve(taken[0])
        await around.settled()
        assert judge(await around.evidence()) == []
        assert await around.scene.house.board.broken() is None


async def test_what_came_due_while_it_was_away_is_done_once_it_is_back(
    own_postgres: Cluster, tmp_path: Path
) -> None:
    """By the process that lived on; and replicas hear of each other again."""
    url = own_postgres.new_database()
    async with surrounded(tmp_path, url, config=SOON) as around:
        expires = await around.announce(template=CANARY)
        stays = await around.announce(repository="acme/payments-web")
        deadline = (await around.signoff(expires)).expires_at
        assert deadline is not None
        since = system_clock()
        await asyncio.to_thread(own_postgres.stop, "immediate")
        assert await readiness(around) == (503, [SILENT])
        await asyncio.sleep((deadline - system_clock()).total_seconds())
        assert await readiness(around) == (503, [SILENT])
        await asyncio.to_thread(own_postgres.start)
        around.outages.append(Outage(since, system_clock()))
        await around.ends_well(expires, words="was told to stop")
        assert await readiness(around) == (200, [])
        assert judge(await around.evidence(sweep=SWEEP)) == []
        await _hear_of_each_other(around, url, stays)


async def _hear_of_each_other(around: Surroundings, url: str, signoff_id: str) -> None:
    heard: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
    other = News(url, "other", heard.put_nowait)
    other.start()
    try:
        async with asyncio.timeout(10):
            assert await heard.get() == ()
            with around.scene.house.board.bell.heard(signoff_id) as rung:
                other.tell((signoff_id,))
                await rung.wait()
            await around.approve(signoff_id)
            while signoff_id not in await heard.get():
                pass
    finally:
        await other.stop()


@contextmanager
def taken_up(cluster: Cluster, url: str) -> Iterator[None]:
    """Others hold every connection there is; whoever had one lost it."""
    with ExitStack() as others, psycopg.connect(cluster.superuser, autocommit=True) as root:
        ours = [root.info.backend_pid]
        while _cut_off(root, ours):
            with suppress(psycopg.OperationalError):
                while True:
                    other = others.enter_context(psycopg.connect(url, autocommit=True))
                    ours.append(other.info.backend_pid)
        yield


def _cut_off(root: psycopg.Connection, ours: list[int]) -> int:
    """How many of others there still were."""
    query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> ALL(%s)"
    return len(root.execute(f"{query} AND backend_type = 'client backend'", (ours,)).fetchall())


async def test_where_nobody_gets_a_connection_it_says_so_and_recovers(
    own_postgres: Cluster, tmp_path: Path
) -> None:
    with own_postgres.with_settings({"max_connections": "20"}):
        url = own_postgres.new_database()
        async with surrounded(tmp_path, url) as around:
            ci = Ci(around.scene)
            signoff_id = await around.announce()
            with taken_up(own_postgres, url):
                assert await readiness(around) == (503, [SILENT])
                ci.check_problem(await ci.post(ci.message()), 503, SILENT)
                assert (await ci.ask("GET", "/healthz")).status == 200
            await around.approve(signoff_id)
            await around.ends_well(signoff_id)
            assert await readiness(around) == (200, [])


# The store alone.


def count_up(session: Session) -> None:
    known = int(reading.envelope(session, "count") or "0")
    reading.keep_envelope(session, "count", str(known + 1))


async def counted(store: Store) -> int:
    known = await store.read(lambda session: reading.envelope(session, "count"))
    return int(known or "0")


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


async def test_a_database_that_dies_over_a_commit_is_asked_about_it_once_it_is_back(
    own_postgres: Cluster,
) -> None:
    with a_proxy(own_postgres.new_database()) as proxy:
        store = Store(proxy.url)
        proxy.suffer(Faults(cut=Cut(at=b"COMMIT", when="after")))
        writing = asyncio.create_task(store.write(count_up))
        assert await asyncio.to_thread(proxy.was_cut.wait, 30)
        await asyncio.to_thread(own_postgres.restart, "immediate")
        await writing
        assert await counted(store) == 1
        await store.close()


async def test_connections_that_died_unseen_are_replaced_before_they_are_used(
    url: str, postgres: Server
) -> None:
    store = Store(url)
    try:
        await asyncio.gather(*(store.read(_wait_a_moment) for _ in range(8)), store.write(count_up))
        with psycopg.connect(postgres.known, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                (url.rpartition("/")[2],),
            )
        await asyncio.gather(*(store.read(_wait_a_moment) for _ in range(8)), store.write(count_up))
        assert await counted(store) == 2
    finally:
        await store.close()


async def test_a_connection_lost_in_the_middle_is_the_database_s_fault_for_all_of_the_group(
    url: str,
) -> None:
    """The unit it happened to, those before it, and those after it: whoever hears no such word was
    recorded.
    """
    with a_proxy(url) as proxy:
        store = Store(proxy.url)
        proxy.suffer(Faults(cut=Cut(at=b"INSERT INTO attestation")))
        units = [store.write(unit) for unit in (_look, count_up, _look)]
        outcomes = await asyncio.gather(*units, return_exceptions=True)
        lost = [it for it in outcomes if isinstance(it, BaseException)]
        assert [ailment_of(it) for it in lost] == [Ailment.SILENT] * len(lost)
        done = not isinstance(outcomes[1], BaseException)
        assert await counted(store) == int(done)
        await store.write(count_up)
        assert await counted(store) == int(done) + 1
        await store.close()


async def test_a_signoff_is_not_given_up_because_the_database_was_lost(url: str) -> None:
    """When its deadline was to be passed: it is passed a moment later."""
    with a_proxy(url) as proxy:
        clock = FakeClock()
        store = Store(proxy.url, clock=clock)
        house = furnish(store, clock)
        signoff = await house.open()
        clock.go_on(hours(8))
        proxy.suffer(Faults(cut=Cut(at=b"INSERT INTO audit")))
        with pytest.raises(SQLAlchemyError) as lost:
            await house.signoffs.pass_deadlines()
        assert ailment_of(lost.value) is Ailment.SILENT
        assert house.signoffs.stuck == set()
        await house.signoffs.pass_deadlines()
        assert (await house.now(signoff)).status is Status.EXPIRED
        await store.close()


def _look(session: Session) -> str | None:
    return reading.envelope(session, "count")


def _wait_a_moment(session: Session) -> None:
    """So that all connections are used at once."""
    session.connection().execute(text("SELECT pg_sleep(0.1)"))


async def test_whoever_holds_the_turn_for_too_long_is_not_waited_for(url: str) -> None:
    store = Store(url)
    try:
        await store.write(_be_impatient)
        with psycopg.connect(url) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", (TURN,))
            outcomes = await asyncio.gather(
                store.write(count_up), store.write(count_up), return_exceptions=True
            )
            assert all(isinstance(it, Exception) for it in outcomes)
            assert {ailment_of(it) for it in outcomes if it} == {Ailment.SILENT}
            assert await counted(store) == 0
        await store.write(count_up)
        assert await counted(store) == 1
    finally:
        await store.close()


def _be_impatient(session: Session) -> None:
    """Whoever writes next, through the one connection that does."""
    session.connection().execute(text("SET lock_timeout = '200ms'"))


async def test_a_statement_that_takes_too_long_takes_no_neighbour_with_it(url: str) -> None:
    def slow(session: Session) -> None:
        count_up(session)
        session.connection().execute(text("SET LOCAL statement_timeout = '100ms'"))
        session.connection().execute(text("SELECT pg_sleep(30)"))

    store = Store(url)
    try:
        units = [store.write(unit) for unit in (count_up, slow, count_up)]
        outcomes = await asyncio.gather(*units, return_exceptions=True)
        assert [ailment_of(it) if it else None for it in outcomes] == [None, Ailment.SILENT, None]
        assert await counted(store) == 2
    finally:
        await store.close()


async def test_nothing_may_take_longer_than_we_say(url: str) -> None:
    def limits(session: Session) -> dict[str, str]:
        ask = session.connection().exec_driver_sql
        return {name: str(ask(f"SHOW {name}_timeout").scalar()) for name in SECONDS}

    store = Store(url)
    try:
        expected = {name: f"{seconds}s" for name, seconds in SECONDS.items()}
        assert await store.read(limits) == expected
        assert await store.write(limits) == {**expected, "lock": IMPATIENT}
    finally:
        await store.close()

"""What if one of three replicas sleeps, dies or is replaced, at the worst of moments?"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM

import psycopg
import pytest

from bot.demo.changes import REFUNDS
from bot.demo.scene import CHANNEL, SENIOR, reading
from bot.domain.signoff import Status
from bot.playground.faults import Fault
from storage.postgresql import TURN
from tests.faults.judge import judge
from tests.faults.replicas import Fleet, Replica, a_nursery, three_replicas
from tests.postgres import Server

IN_LINE = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[bytes]]:
    with a_nursery() as started:
        yield started


@pytest.fixture
async def fleet(
    tmp_path: Path, nursery: subprocess.Popen[bytes], postgres: Server
) -> AsyncIterator[Fleet]:
    url = postgres.new_database()
    async with three_replicas(tmp_path, nursery, url) as fleet:
        yield fleet
    postgres.drop(url)


async def all_is_well(fleet: Fleet) -> None:
    """Nothing is lost, nothing is told twice as something else, and one card hangs for each."""
    await fleet.quiet()
    evidence = await fleet.evidence()
    assert not judge(evidence), [str(it) for it in judge(evidence)]
    assert {it.status for it in evidence.stored.values()} == {Status.APPROVED}
    assert set(fleet.acknowledged.values()) == set(evidence.stored)
    for signoff_id in evidence.stored:
        (card,) = fleet.cards(CHANNEL, signoff_id)
        assert "was told to go on" in reading(card.blocks)


async def leader_at_work(fleet: Fleet) -> tuple[str, Replica]:
    """Slack has hung the card up, and the leader does not know it yet."""
    fleet.scene.slack.fail("chat.postMessage", Fault.HANG(2), times=None)
    signoff_id = await fleet.announce(REFUNDS, 1)
    await fleet.until(lambda: fleet.cards(CHANNEL, signoff_id))
    leader = fleet.leader()
    assert leader is not None
    return signoff_id, leader


async def approved_by_others(fleet: Fleet, signoff_id: str, leader: Replica) -> None:
    """Another speaks to Slack, and finds the card that hangs there."""
    fleet.scene.slack.heal()
    await fleet.until(lambda: fleet.leader() not in (leader, None))
    (card,) = fleet.cards(CHANNEL, signoff_id)
    await fleet.approve(SENIOR, card)
    await fleet.quiet()


async def test_the_leader_sleeps_over_a_card_that_it_hangs_up(fleet: Fleet) -> None:
    signoff_id, leader = await leader_at_work(fleet)
    leader.send(SIGSTOP)
    await approved_by_others(fleet, signoff_id, leader)
    leader.send(SIGCONT)
    card = await another(fleet, leader)
    await fleet.approve(SENIOR, card)
    await all_is_well(fleet)


async def test_the_leader_is_killed_over_a_card_that_it_hangs_up(fleet: Fleet) -> None:
    signoff_id, leader = await leader_at_work(fleet)
    await fleet.end(leader, SIGKILL)
    await approved_by_others(fleet, signoff_id, leader)
    await fleet.start(leader)
    card = await another(fleet, leader)
    await fleet.approve(SENIOR, card)
    await all_is_well(fleet)


async def test_one_sleeps_in_the_middle_of_a_transaction(fleet: Fleet) -> None:
    """It has the turn to write, and does not use it: the database takes it away."""
    sleeper = fleet.replicas[1]
    with psycopg.connect(fleet.url) as before:
        before.execute("SELECT pg_advisory_xact_lock(%s)", (TURN,))
        await fleet.until(lambda: fleet.asked(IN_LINE) == [(3,)])
        sleeper.send(SIGSTOP)
        before.commit()
    signoff_id = await fleet.announce(REFUNDS, 1)
    await fleet.until(lambda: fleet.cards(CHANNEL, signoff_id))
    sleeper.send(SIGCONT)
    for card in (fleet.cards(CHANNEL, signoff_id)[0], await another(fleet, sleeper)):
        await fleet.approve(SENIOR, card)
    await all_is_well(fleet)


async def test_replicas_are_replaced_one_after_the_other_under_load(fleet: Fleet) -> None:
    rolled = asyncio.Event()
    load = [asyncio.create_task(a_client(fleet, first, rolled)) for first in (1000, 2000)]
    took, starts = [], []
    for replica in fleet.replicas:
        began = time.monotonic()
        assert await fleet.end(replica, SIGTERM) == 0
        ended = time.monotonic()
        took.append(ended - began)
        await fleet.start(replica)
        starts.append(time.monotonic() - ended)
    rolled.set()
    await asyncio.gather(*load)
    assert max(took) < max(10, 5 * min(starts)), "slower than a machine that is busy explains"
    assert len(fleet.acknowledged) >= 6
    await all_is_well(fleet)


async def a_client(fleet: Fleet, first: int, rolled: asyncio.Event) -> None:
    """Changes, each for a place of its own, and clicks, for as long as replicas are replaced."""
    number = first
    while not rolled.is_set():
        number += 1
        signoff_id = await fleet.announce(REFUNDS, number, repository=f"acme/payments-{number}")
        await fleet.until(lambda id=signoff_id: fleet.cards(CHANNEL, id))
        await fleet.approve(SENIOR, fleet.cards(CHANNEL, signoff_id)[0])


async def another(fleet: Fleet, replica: Replica) -> object:
    """The card of a change that is told to this one alone: it is at work again."""
    fleet.replicas.remove(replica)
    others, fleet.replicas = fleet.replicas, [replica]
    signoff_id = await fleet.announce(REFUNDS, 2, repository="acme/payments-web")
    fleet.replicas = [*others, replica]
    await fleet.until(lambda: fleet.cards(CHANNEL, signoff_id))
    return fleet.cards(CHANNEL, signoff_id)[0]

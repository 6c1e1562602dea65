"""A pipeline is down: is it left alone, and does it hear soon when it is back?"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.signoff import Signoff
from bot.engine.patience import ASKED_AT_MOST, AT_LEAST, LONGEST_REST
from bot.ports import Undelivered, Unreachable
from storage import destinations, outbox
from storage.destinations import TOO_MANY
from tests.builders import hours, minutes
from tests.engine.house import FakePipeline, House, a_house, furnish

DOWN = Unreachable("timed out")
GONE = Undelivered("HTTP 410", final=True)


async def approved(house: House, count: int, connection: str = "payments-ci") -> Signoff:
    for number in range(count):
        name = f"acme/payments-{number}"
        facts = {"key": str(number), "repository": name, "connection": connection}
        signoff = await house.review(await house.open(**facts))
    return signoff


async def left_alone(house: House) -> bool:
    return "payments-ci" in await house.store.read(destinations.ailing)


async def go_on_until(house: House, attempts: int) -> None:
    """Time goes by until it was tried so often."""
    for _ in range(100):
        await house.dispatcher.settle()
        if len(house.pipeline.attempts) >= attempts:
            return
        house.clock.go_on(timedelta(seconds=1))
    raise AssertionError(f"it was tried {len(house.pipeline.attempts)} times")


async def down(house: House, waiting: int) -> None:
    """So many wait for a pipeline that is down, and it is known to be."""
    await approved(house, waiting)
    house.pipeline.answers = deque([DOWN] * max(waiting, TOO_MANY))
    await go_on_until(house, TOO_MANY)
    house.pipeline.answers = deque([DOWN] * 1000)


async def test_a_pipeline_that_is_down_is_asked_by_one_at_a_time(house: House) -> None:
    await down(house, 8)
    tried = len(house.pipeline.attempts)
    house.clock.go_on(LONGEST_REST)
    await house.dispatcher.settle()
    assert len(house.pipeline.attempts) == tried + 1
    await house.dispatcher.settle()
    assert len(house.pipeline.attempts) == tried + 1


async def test_two_processes_send_one_between_them(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await down(house, 8)
        tried = len(house.pipeline.attempts)
        house.clock.go_on(LONGEST_REST)
        other = furnish(house.store, house.clock, pipelines=house.pipelines)
        await asyncio.gather(house.dispatcher.settle(), other.dispatcher.settle())
        assert len(house.pipeline.attempts) == tried + 1


async def test_however_long_it_was_down_it_hears_within_minutes(house: House) -> None:
    await down(house, 8)
    for _ in range(40):
        house.clock.go_on(minutes(6))
        await house.dispatcher.settle()
    house.pipeline.answers.clear()
    house.clock.go_on(LONGEST_REST)
    await house.dispatcher.settle()
    assert len(house.pipeline.taken) == 8
    assert not await left_alone(house)


@pytest.mark.parametrize(("problem", "closes"), [(DOWN, True), (GONE, False)])
async def test_a_no_for_good_is_an_answer_and_no_failure(
    house: House, problem: Exception, closes: bool
) -> None:
    await approved(house, 8)
    house.pipeline.answers = deque([problem] * 8)
    await house.dispatcher.settle()
    assert await left_alone(house) is closes


async def test_a_bug_of_ours_is_not_blamed_on_the_destination(house: House) -> None:
    await approved(house, 8)
    house.pipeline.answers = deque([LookupError("a bug of an adapter")] * 8)
    await house.dispatcher.settle()
    assert not await left_alone(house)


async def test_a_no_for_good_ends_the_pause(house: House) -> None:
    """It is up again, only that one it does not want."""
    await down(house, 8)
    house.pipeline.answers = deque([GONE])
    house.clock.go_on(LONGEST_REST)
    await house.dispatcher.settle()
    assert len(house.pipeline.taken) == 7


async def test_what_it_asks_for_holds_for_all_that_goes_there(house: House) -> None:
    await approved(house, 1)
    house.pipeline.answers = deque([Undelivered("HTTP 503", retry_after=minutes(10))])
    await house.dispatcher.settle()
    await house.review(await house.open(key="new", repository="acme/payments-new"))
    house.clock.go_on(minutes(9))
    await house.dispatcher.settle()
    assert len(house.pipeline.attempts) == 1
    house.clock.go_on(minutes(1))
    await house.dispatcher.settle()
    assert len(house.pipeline.taken) == 2


async def test_what_it_takes_meanwhile_does_not_shorten_what_it_asked_for(house: House) -> None:
    await approved(house, 8)
    house.pipeline.answers = deque([Undelivered("HTTP 429", retry_after=hours(1))])
    await house.dispatcher.settle()
    assert (len(house.pipeline.attempts), len(house.pipeline.taken)) == (8, 7)
    house.clock.go_on(minutes(59))
    await house.dispatcher.settle()
    assert len(house.pipeline.attempts) == 8
    house.clock.go_on(minutes(1))
    await house.dispatcher.settle()
    assert len(house.pipeline.taken) == 8
    assert not await left_alone(house)


async def test_nobody_can_ask_to_be_left_alone_for_ever(house: House) -> None:
    await approved(house, 1)
    house.pipeline.answers = deque([Undelivered("HTTP 429", retry_after=timedelta(days=400))])
    await house.dispatcher.settle()
    house.clock.go_on(ASKED_AT_MOST)
    await house.dispatcher.settle()
    assert len(house.pipeline.taken) == 1


async def test_one_that_is_down_slows_no_other(tmp_path: Path) -> None:
    doors = {"payments-ci": FakePipeline(), "other": FakePipeline()}
    async with a_house(tmp_path, pipelines=doors) as house:
        await down(house, 8)
        await approved(house, 8, "other")
        await house.dispatcher.settle()
        assert len(doors["other"].taken) == 8
        assert len(house.pipeline.taken) == 0


@dataclass(slots=True)
class Picky(FakePipeline):
    """Never takes what it is told of this one."""

    dislikes: str = ""

    async def report(self, signoff: Signoff) -> None:
        if signoff.id == self.dislikes:
            raise Undelivered("HTTP 500")
        await FakePipeline.report(self, signoff)


async def test_one_message_that_always_fails_keeps_back_no_other(tmp_path: Path) -> None:
    """Those that are taken in between say that the destination is well."""
    picky = Picky(dislikes="sgn_1")
    async with a_house(tmp_path, pipelines={"payments-ci": picky}) as house:
        await approved(house, 1)
        for number in range(2 * TOO_MANY):
            name = f"acme/payments-other-{number}"
            await house.review(await house.open(key=f"other-{number}", repository=name))
            await house.dispatcher.settle()
            assert len(picky.taken) == number + 1
            house.clock.go_on(minutes(1))


async def test_while_it_is_left_alone_the_heartbeat_has_nothing_to_do(house: House) -> None:
    await down(house, 8)
    due = await house.store.read(outbox.next_due)
    assert due is not None
    assert due > house.clock()


async def test_who_gave_up_is_parked_and_the_next_goes_to_see(house: House) -> None:
    await down(house, 8)
    house.clock.go_on(hours(72))
    for _ in range(8 * AT_LEAST + 1):
        await house.dispatcher.settle()
        house.clock.go_on(LONGEST_REST)
        if "parked" in (backlog := await house.store.read(outbox.backlog)):
            break
    assert backlog == {"parked": 1, "waiting": 7}
    house.pipeline.answers.clear()
    await house.dispatcher.settle()
    assert len(house.pipeline.taken) == 7

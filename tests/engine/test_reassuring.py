"""Pipelines that give up hear, again and again, that somebody is still asked; until it is decided."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.domain.signoff import Signoff
from bot.engine.reassuring import Reassuring
from bot.ports import Undelivered, Unreachable
from tests.builders import minutes
from tests.engine.house import FakePipeline, House

FIVE, HOUR = minutes(5), minutes(60)


@dataclass(slots=True)
class Fretful(FakePipeline):
    hears_every: timedelta = FIVE
    waits_at_most: timedelta = HOUR
    heard: list[str] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def show_waiting(self, signoff: Signoff) -> None:
        if self.hold:
            await self.hold.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        self.heard.append(signoff.id)


def reassuring(house: House, ci: FakePipeline, **more: FakePipeline) -> Reassuring:
    pipelines = {"payments-ci": ci, **more}
    return Reassuring(store=house.store, pipelines=pipelines, clock=house.clock)


async def after(house: House, it: Reassuring, length: timedelta) -> None:
    """So long, a look every half minute."""
    for _ in range(int(length.total_seconds() // 30)):
        house.clock.now += timedelta(seconds=30)
        await it.beat()
        if it._telling:
            await it._telling


async def test_it_hears_every_five_minutes_for_an_hour_and_then_no_more(house: House) -> None:
    signoff, ci = await house.open(), Fretful()
    it = reassuring(house, ci=ci, plain=FakePipeline())
    await after(house, it, minutes(4))
    assert ci.heard == []
    await after(house, it, minutes(1))
    assert ci.heard == [signoff.id]
    await after(house, it, minutes(54))
    assert len(ci.heard) == 11
    await after(house, it, minutes(30))
    assert len(ci.heard) == 11
    assert it._told == {"payments-ci": {}}


async def test_what_is_decided_is_not_said_to_wait(house: House) -> None:
    ci = Fretful()
    it = reassuring(house, ci=ci)
    await house.review(await house.open())
    await after(house, it, minutes(20))
    assert ci.heard == []


async def test_what_is_decided_between_the_look_and_the_word_is_not_said_to_wait(
    house: House,
) -> None:
    signoff, ci = await house.open(), Fretful()
    it = reassuring(house, ci=ci)
    await house.review(signoff)
    assert await it._tell(ci, signoff.id)
    assert await it._tell(ci, "sgn_gone")
    assert ci.heard == []


async def test_what_others_asked_for_is_none_of_its_business(house: House) -> None:
    await house.open()
    other = Fretful()
    await after(house, reassuring(house, FakePipeline(), other=other), minutes(20))
    assert other.heard == []


@pytest.mark.parametrize(
    ("trouble", "heard"),
    [(Unreachable("down"), 1), (Undelivered("503"), 1), (Undelivered("404", final=True), 0)],
)
async def test_what_may_work_later_is_said_at_the_next_look(
    house: House, trouble: Exception, heard: int
) -> None:
    await house.open()
    ci = Fretful(troubles=[trouble])
    it = reassuring(house, ci=ci)
    await after(house, it, minutes(5))
    assert (ci.heard, ci.troubles) == ([], [])
    await after(house, it, timedelta(seconds=30))
    assert len(ci.heard) == heard


async def test_one_trouble_does_not_keep_the_others_from_it(house: House) -> None:
    await house.open(key="1")
    await house.open(key="2", environment="staging")
    ci = Fretful(troubles=[ValueError("odd")])
    await after(house, reassuring(house, ci=ci), minutes(5))
    assert len(ci.heard) == 1


async def test_a_look_that_fails_is_repeated(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.open()
    ci = Fretful()
    it = reassuring(house, ci=ci)
    with monkeypatch.context() as patch:
        patch.setattr(it, "store", None)
        await after(house, it, minutes(5))
    assert ci.heard == []
    await after(house, it, timedelta(seconds=30))
    assert len(ci.heard) == 1


async def test_a_slow_one_holds_up_no_beat_and_the_end_does_not_wait_for_it(house: House) -> None:
    await house.open()
    slow = Fretful(hold=asyncio.Event())
    it = reassuring(house, slow)
    house.clock.now += minutes(6)
    await it.beat()
    first = it._telling
    house.clock.now += minutes(1)
    await it.beat()
    assert it._telling is first
    await asyncio.sleep(0)
    await it.finish()
    assert first is not None
    assert first.cancelled()

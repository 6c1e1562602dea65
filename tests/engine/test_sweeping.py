"""Platforms that do not try again by themselves are asked to, now and then."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.engine.sweeping import Sweeping
from bot.ports import Unreachable
from tests.builders import FakeClock, minutes
from tests.engine.house import FakePipeline


@dataclass(slots=True)
class Forgetful(FakePipeline):
    sweeps: int = 0
    trouble: Exception | None = None
    hold: asyncio.Event | None = field(default=None)

    async def sweep(self) -> None:
        self.sweeps += 1
        if self.hold:
            await self.hold.wait()
        if self.trouble:
            raise self.trouble


def sweeping(clock: FakeClock, **pipelines: FakePipeline) -> Sweeping:
    return Sweeping(pipelines=pipelines, clock=clock)


async def beats(sweeper: Sweeping) -> None:
    await sweeper.beat()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_it_sweeps_after_a_start_and_every_ten_minutes() -> None:
    clock, github = FakeClock(), Forgetful()
    sweeper = sweeping(clock, github=github, plain=FakePipeline())
    await beats(sweeper)
    await beats(sweeper)
    assert github.sweeps == 1
    clock.now += minutes(10)
    await beats(sweeper)
    assert github.sweeps == 2


@pytest.mark.parametrize("trouble", [Unreachable("down"), ValueError("odd")])
async def test_one_platform_s_trouble_does_not_keep_the_others_from_it(trouble: Exception) -> None:
    first, second = Forgetful(trouble=trouble), Forgetful()
    await sweeping(FakeClock(), first=first, second=second).sweep()
    assert (first.sweeps, second.sweeps) == (1, 1)


async def test_a_slow_one_holds_up_no_beat_and_is_not_begun_twice() -> None:
    clock, slow = FakeClock(), Forgetful(hold=asyncio.Event())
    sweeper = sweeping(clock, slow=slow)
    for _ in range(3):
        await asyncio.wait_for(beats(sweeper), 1)
        clock.now += minutes(11)
    assert slow.sweeps == 1
    await sweeper.finish()

"""Two processes carry out one outbox: does each effect leave once, under one message id?"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from datetime import timedelta
from pathlib import Path

from bot.domain.events import Reported
from bot.domain.signoff import Report, Signoff
from bot.engine.dispatcher import LEASE
from bot.ports import Unreachable
from storage import outbox
from tests.builders import minutes
from tests.engine.house import FakePipeline, House, a_house, furnish

APPROVED = ("msg_sgn_1_approved", "approved")


async def approved(house: House, count: int = 1) -> Signoff:
    """The last of so many, which are not about the same place."""
    for number in range(count):
        facts = {"key": str(number), "repository": f"acme/payments-{number}"}
        signoff = await house.review(await house.open(**facts))
    return signoff


def another(house: House, **pipelines: FakePipeline) -> House:
    """Another process on the same database; with pipelines of its own if they are named."""
    named = {name.replace("_", "-"): it for name, it in pipelines.items()}
    return furnish(house.store, house.clock, pipelines=named or house.pipelines)


async def told(house: House, signoff: Signoff) -> int:
    """How often the trail says that the pipeline was told."""
    return sum(isinstance(event, Reported) for event in await house.board.trail(signoff.id))


async def held(house: House) -> asyncio.Task[None]:
    """A dispatcher that is in the middle of telling a pipeline that hangs."""
    house.pipeline.gate = asyncio.Event()
    settling = asyncio.create_task(house.dispatcher.settle())
    async with asyncio.timeout(10):
        await house.pipeline.knocks.wait()
        only_it = {"waiting": 1}  # once the attestation is written
        while await house.store.read(outbox.backlog) != only_it:  # noqa: ASYNC110 -- the database tells nobody
            await asyncio.sleep(0.01)
        while len(house.dispatcher._under_way) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0)
        for _ in range(10):  # it looks once more, because something has ended
            await asyncio.sleep(0)
        await house.store.write(lambda session: None)
    return settling


async def test_what_one_has_taken_the_other_leaves_alone(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await approved(house, 12)
        both = (house.dispatcher, another(house).dispatcher)
        await asyncio.gather(*(dispatcher.settle() for dispatcher in both))
        ids = Counter(message for message, _ in house.pipeline.attempts)
        assert ids == {f"msg_sgn_{number}_approved": 1 for number in range(1, 13)}
        assert await house.store.read(outbox.backlog) == {}


async def test_while_the_lease_lasts_the_other_waits(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await approved(house)
        settling = await held(house)
        other = another(house, payments_ci=FakePipeline())
        house.clock.go_on(LEASE - timedelta(seconds=1))
        await other.dispatcher.settle()
        assert other.pipeline.attempts == []
        house.pipeline.gate.set()
        await settling


async def test_what_one_took_and_slept_over_the_other_carries_out(tmp_path: Path) -> None:
    """The sleeper's own success is refused, and does no harm: it was the same message."""
    async with a_house(tmp_path) as house:
        signoff = await approved(house)
        settling = await held(house)
        other = another(house, payments_ci=FakePipeline())
        house.clock.go_on(LEASE)
        await other.dispatcher.settle()
        house.pipeline.gate.set()
        await settling
        assert other.pipeline.taken == house.pipeline.taken == [APPROVED]
        assert await told(house, signoff) == 1
        assert await house.board.broken() is None


async def test_what_another_has_by_now_keeps_no_neighbour_from_being_noted(tmp_path: Path) -> None:
    """What ends at the same moment is written together, but each only while it is still ours."""
    async with a_house(tmp_path) as house:
        await approved(house, 3)
        now = house.clock()
        taken = await house.store.write(lambda s: outbox.claim(s, now, now + LEASE, {}))
        mine = [item for item in taken if item.lane == "payments-ci"]
        later = now + LEASE
        await house.store.write(lambda s: outbox.claim(s, later, later + LEASE, {}, cap=1))
        report = Report(at=now, accepted=True)
        await asyncio.gather(*(house.signoffs.reported(item, report) for item in mine))
        signoffs = [await house.board.signoff(item.signoff_id) for item in mine]
        assert [await told(house, signoff) for signoff in signoffs if signoff] == [0, 1, 1]
        assert await house.board.broken() is None


async def test_a_sleeper_s_failure_does_not_bring_back_what_was_told(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        signoff = await approved(house)
        house.pipeline.answers = deque([Unreachable("reset")])
        settling = await held(house)
        other = another(house, payments_ci=FakePipeline())
        house.clock.go_on(LEASE)
        await other.dispatcher.settle()
        house.pipeline.gate.set()
        await settling
        assert await house.store.read(outbox.backlog) == {}
        assert await told(house, signoff) == 1


async def test_a_sleeper_s_refusal_is_not_recorded(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        signoff = await approved(house)
        house.pipeline.answers = deque([Unreachable("reset")])
        settling = await held(house)
        other = another(house, payments_ci=FakePipeline())
        house.clock.go_on(timedelta(days=3))
        await other.dispatcher.settle()
        house.pipeline.gate.set()
        await settling
        report = (await house.now(signoff)).report
        assert report is not None
        assert report.accepted
        assert await told(house, signoff) == 1


async def test_what_was_taken_and_not_begun_in_time_is_left_to_others(tmp_path: Path) -> None:
    """A process that was paused in between must not begin what another has by now."""
    async with a_house(tmp_path) as house:
        await approved(house)
        at = house.clock()
        (item,) = [
            item
            for item in await house.store.write(
                lambda session: outbox.claim(session, at, at + LEASE, {})
            )
            if item.lane == "payments-ci"
        ]
        house.clock.go_on(LEASE / 2)
        await house.dispatcher._deliver(item)
        assert house.pipeline.attempts == []
        house.clock.go_on(LEASE / 2)
        await house.dispatcher.settle()
        assert house.pipeline.taken == [APPROVED]


async def test_nor_does_it_show_what_may_be_decided_by_now(tmp_path: Path) -> None:
    """Shown late, a pipeline that was let go on would say for ever that it waits."""
    async with a_house(tmp_path) as house:
        await house.open(shows_waiting=True)
        at = house.clock()
        [item] = await house.store.write(lambda s: outbox.claim(s, at, at + LEASE, {}))
        house.clock.go_on(LEASE / 2)
        await house.dispatcher._deliver(item)
        assert house.pipeline.shown == []
        house.clock.go_on(LEASE / 2)
        await house.dispatcher.settle()
        assert len(house.pipeline.shown) == 1


async def test_who_stops_does_not_wait_for_what_hangs_and_others_have_it_at_once(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await approved(house)
        house.dispatcher.grace = timedelta(seconds=0.05)
        settling = await held(house)
        settling.cancel()
        await house.dispatcher.finish()
        other = another(house, payments_ci=FakePipeline())
        await other.dispatcher.settle()
        assert other.pipeline.taken == [APPROVED]
        assert house.pipeline.taken == []


async def test_every_retry_of_every_process_is_the_same_message(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await approved(house)
        other = another(house)
        house.pipeline.answers = deque([Unreachable("reset")] * 4)
        for turn in range(10):
            await (house, other)[turn % 2].dispatcher.settle()
            house.clock.go_on(minutes(3))
        assert house.pipeline.attempts == [APPROVED] * 5
        assert house.pipeline.taken == [APPROVED]

"""What leaves the house, and does it leave until the other side has it?"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.domain.signoff import Signoff, Status, Verdict
from bot.engine.carrying_out import SHOWN_AT_MOST
from bot.engine.patience import AT_LEAST
from bot.ports import NotYet, Undelivered, Unreachable
from storage.outbox import AT_ONCE
from storage.tables import OutboxRow
from tests.builders import NOW, FakeClock, hours, ids, minutes
from tests.engine.house import FakePipeline, House, a_house

APPROVED = ("msg_sgn_1_approved", "approved")
DOWN = Unreachable("connection refused", sent=False)


def rows(session: Session) -> list[tuple[str, str, str]]:
    """What the outbox holds: lane, state and error, oldest first."""
    found = session.exec(select(OutboxRow).order_by(OutboxRow.id))  # type: ignore[arg-type]
    return [(row.lane, row.state, row.error) for row in found]


async def approved(house: House) -> Signoff:
    return await house.review(await house.open())


async def test_a_new_signoff_is_shown_where_its_people_are(house: House) -> None:
    await house.open()
    await house.settle()
    hung = [at for at in house.chat.places.values() if house.chat.on(at)]
    assert sorted(set(hung)) == ["@U0ADA", "@U0GRACE", "C0PAY"]
    assert house.pipeline.attempts == []
    assert await house.store.read(rows) == []


async def test_a_decision_is_told_attested_and_shown(house: House) -> None:
    signoff = await approved(house)
    await house.settle()
    assert house.pipeline.taken == [APPROVED]
    assert await house.board.attestation(signoff.id) == "signed approved"
    report = (await house.now(signoff)).report
    assert report is not None
    assert (report.accepted, report.at) == (True, NOW)
    assert house.chat.on("C0PAY") == [house.board.card(await house.now(signoff))]
    assert await house.store.read(rows) == []


async def test_a_pipeline_that_is_not_at_its_gate_yet_is_asked_again_within_a_minute(
    house: House,
) -> None:
    signoff = await approved(house)
    for _ in range(12):
        house.pipeline.answers.append(NotYet("not there yet"))
        await house.settle()
        house.clock.now += minutes(2)
    await house.settle()
    assert house.pipeline.taken == [APPROVED]
    assert len(house.pipeline.attempts) == 13
    assert (await house.now(signoff)).report is not None


async def test_one_that_is_not_at_its_gate_yet_does_not_hold_up_the_others(house: House) -> None:
    house.pipeline.answers.extend([NotYet("not there yet")] * 6)
    for number in range(8):
        key = f"key-{number}"
        await house.review(await house.open(key=key, repository=f"acme/payments-{key}"))
    await house.settle()
    assert len(house.pipeline.taken) == 2


async def test_a_pipeline_that_can_say_what_it_waits_for_is_told_once(house: House) -> None:
    signoff = await house.open(shows_waiting=True)
    await house.settle()
    await house.settle()
    assert house.pipeline.shown == [(signoff.id, "pending")]
    assert await house.store.read(rows) == []
    await house.open(key="quiet", repository="acme/quiet")
    await house.settle()
    assert len(house.pipeline.shown) == 1


@pytest.mark.parametrize("problem", [DOWN, Undelivered("no", final=True), Undelivered("busy")])
async def test_what_cannot_be_shown_does_not_hold_up_the_answer(
    house: House, problem: Exception
) -> None:
    house.pipeline.cannot_show = problem
    signoff = await house.open(shows_waiting=True)
    await house.settle()
    await house.review(signoff)
    for _ in range(6):
        house.clock.now += minutes(2)
        await house.settle()
    assert house.pipeline.taken == [APPROVED]
    assert len(house.pipeline.shown) <= 5
    assert await house.store.read(rows) == []


async def test_what_cannot_be_shown_is_not_tried_for_ever(house: House) -> None:
    house.pipeline.cannot_show = DOWN
    await house.open(shows_waiting=True)
    for _ in range(10):
        await house.settle()
        house.clock.now += minutes(2)
    assert len(house.pipeline.shown) == 1 + SHOWN_AT_MOST
    assert await house.store.read(rows) == []


async def test_what_is_decided_by_then_is_not_shown_waiting(house: House) -> None:
    await house.review(await house.open(shows_waiting=True))
    await house.settle()
    assert house.pipeline.shown == []
    assert house.pipeline.taken == [APPROVED]


async def test_what_has_no_address_is_carried_out_without_a_word_on_the_card(house: House) -> None:
    signoff = await house.review(await house.open(reply_to={}))
    await house.settle()
    assert house.pipeline.taken == [APPROVED]
    assert (await house.now(signoff)).report is None
    assert await house.store.read(rows) == []


@pytest.mark.parametrize(
    "problem",
    [DOWN, Unreachable("reset"), Undelivered("HTTP 500"), LookupError("a bug of an adapter")],
    ids=["down", "no answer", "refused for now", "bug"],
)
async def test_what_fails_is_tried_again_with_the_same_message(
    house: House, problem: Exception
) -> None:
    signoff = await approved(house)
    house.pipeline.answers = deque([problem, problem])
    for _ in range(3):
        await house.settle()
        house.clock.go_on(minutes(2))
    assert house.pipeline.attempts == [APPROVED] * 3
    assert house.pipeline.taken == [APPROVED]
    report = (await house.now(signoff)).report
    assert report is not None
    assert report.accepted


async def test_it_is_not_tried_again_before_its_time(house: House) -> None:
    await approved(house)
    house.pipeline.answers = deque([Undelivered("busy", retry_after=minutes(10))])
    await house.settle()
    house.clock.go_on(minutes(9))
    await house.settle()
    assert len(house.pipeline.attempts) == 1
    house.clock.go_on(minutes(1))
    await house.settle()
    assert house.pipeline.taken == [APPROVED]


async def test_a_final_refusal_is_parked_and_shown(house: House) -> None:
    signoff = await approved(house)
    house.pipeline.answers = deque([Undelivered("HTTP 410", final=True)])
    await house.settle()
    house.clock.go_on(hours(100))
    await house.settle()
    assert house.pipeline.attempts == [APPROVED]
    assert await house.store.read(rows) == [("payments-ci", "parked", "HTTP 410")]
    now = await house.now(signoff)
    assert now.report is not None
    assert (now.status, now.report.accepted, now.report.detail) == ("approved", False, "HTTP 410")
    assert house.chat.on("C0PAY") == [house.board.card(now)]
    assert (await house.board.backlog())["parked"] == 1


async def test_after_three_days_it_is_given_up_where_people_see_it(house: House) -> None:
    signoff = await approved(house)
    house.pipeline.answers = deque([DOWN] * (AT_LEAST + 1))
    for _ in range(AT_LEAST):
        await house.settle()
        house.clock.go_on(minutes(2))
    house.clock.go_on(timedelta(days=3))
    await house.settle()
    report = (await house.now(signoff)).report
    assert report is not None
    assert not report.accepted
    assert (await house.board.backlog())["parked"] == 1


async def test_a_connection_that_is_gone_from_the_config_loses_nothing(tmp_path: Path) -> None:
    clock, new_id = FakeClock(), ids()
    async with a_house(tmp_path, clock, pipelines={}, new_id=new_id) as house:
        await approved(house)
        await house.settle()
        assert (await house.board.backlog())["waiting"] == 1
    clock.go_on(minutes(2))
    async with a_house(tmp_path, clock, new_id=new_id) as house:
        await house.settle()
        assert house.pipeline.taken == [APPROVED]


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    """The dispatcher, as it runs in the house."""
    await house.dispatcher.prepare()
    task = asyncio.create_task(house.dispatcher.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await house.dispatcher.finish()


def two_pipelines() -> Mapping[str, FakePipeline]:
    return {"payments-ci": FakePipeline(gate=asyncio.Event()), "other": FakePipeline()}


async def test_one_destination_that_hangs_stops_no_other(tmp_path: Path) -> None:
    async with a_house(tmp_path, pipelines=two_pipelines()) as house, running(house):
        hanging, other = house.pipelines["payments-ci"], house.pipelines["other"]
        assert hanging.gate is not None
        await approved(house)
        async with asyncio.timeout(10):
            await hanging.knocks.wait()
            await house.review(await house.open(connection="other"))
            await other.knocks.wait()
        assert hanging.taken == []
        hanging.gate.set()


async def test_a_crowd_for_one_that_hangs_stops_no_other_either(tmp_path: Path) -> None:
    """However many wait for the one, and though they came first."""
    async with a_house(tmp_path, pipelines=two_pipelines()) as house:
        hanging, other = house.pipelines["payments-ci"], house.pipelines["other"]
        assert hanging.gate is not None
        for number in range(6 * AT_ONCE):
            name = f"acme/payments-{number}"
            await house.review(await house.open(key=str(number), repository=name))
        await house.review(await house.open(connection="other"))
        async with running(house):
            async with asyncio.timeout(20):
                await other.knocks.wait()
            assert len(hanging.attempts) <= AT_ONCE
            hanging.gate.set()


async def test_a_chat_that_hangs_does_not_keep_the_pipeline_waiting(house: House) -> None:
    house.chat.gate = asyncio.Event()
    async with running(house):
        await approved(house)
        async with asyncio.timeout(10):
            await house.pipeline.knocks.wait()
        assert house.chat.cards == {}
        house.chat.gate.set()


async def test_what_a_dead_process_had_begun_is_begun_again(tmp_path: Path) -> None:
    clock, new_id = FakeClock(), ids()
    gate = asyncio.Event()
    hanging = {"payments-ci": FakePipeline(gate=gate)}
    async with a_house(tmp_path, clock, pipelines=hanging, new_id=new_id) as house:
        await approved(house)
        task = asyncio.create_task(house.settle())
        await hanging["payments-ci"].knocks.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for under_way in tuple(house.dispatcher._under_way):
            under_way.cancel()
        await house.dispatcher.finish()
    async with a_house(tmp_path, clock, new_id=new_id) as house, running(house):
        async with asyncio.timeout(10):
            await house.pipeline.knocks.wait()
    assert house.pipeline.taken == [APPROVED]


async def test_what_is_under_way_is_not_begun_twice(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with a_house(tmp_path, pipelines={"payments-ci": FakePipeline(gate=gate)}) as house:
        await approved(house)
        async with running(house):
            await house.pipeline.knocks.wait()
            for _ in range(5):
                house.bell.ring()
                await house.board.pending()
            gate.set()
            await house.dispatcher.finish()
        assert house.pipeline.attempts == [APPROVED]


async def test_while_it_is_under_way_nothing_is_due(tmp_path: Path) -> None:
    """Else the heartbeat would race until the other side answers."""
    gate = asyncio.Event()
    async with a_house(tmp_path, pipelines={"payments-ci": FakePipeline(gate=gate)}) as house:
        await approved(house)
        async with running(house):
            await house.pipeline.knocks.wait()
            await _until_only_the_pipeline_is_left(house)
            assert await house.board.next_due() is None
            gate.set()


async def test_while_a_lane_is_full_those_who_stand_in_line_are_not_due(tmp_path: Path) -> None:
    """Else the heartbeat would race until the destination answers: it cannot help them."""
    gate = asyncio.Event()
    async with a_house(tmp_path, pipelines={"payments-ci": FakePipeline(gate=gate)}) as house:
        for number in range(AT_ONCE + 1):
            name = f"acme/payments-{number}"
            await house.review(await house.open(key=str(number), repository=name))
        async with running(house):
            await house.pipeline.knocks.wait()
            await _until_only_the_pipeline_is_left(house, AT_ONCE + 1)
            due = await house.board.next_due()
            gate.set()
        assert due is None or due > house.clock()


async def _until_only_the_pipeline_is_left(house: House, waiting: int = 1) -> None:
    async with asyncio.timeout(10):
        while {"@inside"} & set(house.dispatcher._under_way.values()):
            others = [t for t, lane in house.dispatcher._under_way.items() if lane != "payments-ci"]
            await asyncio.wait(others)
        while len(await house.store.read(rows)) > waiting:
            await house.store.write(lambda session: None)


async def test_while_a_destination_is_down_nothing_is_due_before_the_retry(house: House) -> None:
    signoff = await house.open()
    house.chat.answers["C0PAY"] = deque([DOWN])
    await house.settle()
    house.clock.go_on(timedelta(milliseconds=100))
    await house.review(signoff)
    await house.settle()
    due = await house.board.next_due()
    assert due is not None
    assert due > house.clock()


async def test_settle_follows_what_follows(house: House) -> None:
    """A report makes the card stale, which makes another effect."""
    await approved(house)
    house.clock.go_on(hours(9))
    await house.settle()
    assert await house.store.read(rows) == []
    assert house.dispatcher._under_way == {}


async def test_where_nothing_is_due_nobody_is_kept_from_writing(house: House) -> None:
    """Where others write as well: to write nothing takes their turn."""
    await house.settle()
    units: list[object] = []
    write = house.store.write

    async def counted(unit: Any) -> Any:
        units.append(unit)
        return await write(unit)

    house.store.write = counted  # type: ignore[method-assign]
    await house.dispatcher.settle()
    assert len(units) == (1 if house.store.alone else 0)


async def test_what_is_due_by_the_clock_of_another_is_claimed(house: House) -> None:
    """The database's time decides, which may be ahead of what we know of it."""
    await approved(house)
    now = house.clock()
    house.clock.go_on(-timedelta(seconds=1))
    assert await house.dispatcher._may_be_due({})
    house.clock.go_on(now - house.clock())
    await house.settle()
    assert house.pipeline.taken == [APPROVED]


async def test_no_two_reports_of_one_signoff_disagree(house: House) -> None:
    signoff = await house.open()
    house.pipeline.answers = deque([DOWN] * 3)
    await house.review(signoff, verdict=Verdict.REJECT)
    for _ in range(6):
        await house.settle()
        house.clock.go_on(hours(2))
        await house.signoffs.pass_deadlines()
        await house.signoffs.reassess()
    assert set(house.pipeline.attempts) == {("msg_sgn_1_rejected", "rejected")}
    assert (await house.now(signoff)).status is Status.REJECTED


async def test_a_store_that_closes_leaves_it_for_the_next_start(tmp_path: Path) -> None:
    clock, new_id, gate = FakeClock(), ids(), asyncio.Event()
    async with a_house(
        tmp_path, clock, pipelines={"payments-ci": FakePipeline(gate=gate)}, new_id=new_id
    ) as house:
        await approved(house)
        settling = asyncio.create_task(house.dispatcher._start_due())
        await settling
        await house.pipeline.knocks.wait()
        await house.store.close()
        gate.set()
        await house.dispatcher.finish()
        assert house.pipeline.taken == [APPROVED]
    async with a_house(tmp_path, clock, new_id=new_id) as house, running(house):
        async with asyncio.timeout(10):
            await house.pipeline.knocks.wait()
    assert house.pipeline.attempts == [APPROVED]

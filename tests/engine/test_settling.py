"""Does an approval count when its time is over, for those and only those who may approve then?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.asking.choosing import Seen
from bot.domain.signoff import Signoff, Status, Verdict
from tests.builders import (
    ROSTER,
    a_click,
    a_policy,
    a_rule,
    minutes,
    sha,
    without_person,
)
from tests.engine.house import House, a_house

GRACE = timedelta(seconds=10)
GENTLY = a_policy(grace=GRACE)


@pytest.fixture
async def house(tmp_path: Path):
    async with a_house(tmp_path, policy=GENTLY) as house:
        yield house


async def approved(house: House) -> Signoff:
    signoff = await house.review(await house.open(lineage="pull/1"))
    assert (signoff.status, bool(signoff.settling)) == (Status.PENDING, True)
    return signoff


async def later(house: House, length: timedelta = GRACE) -> None:
    house.clock.go_on(length)
    await house.signoffs.pass_deadlines()


async def test_it_counts_once_the_time_is_over_and_the_pipeline_hears_it_then(house: House) -> None:
    signoff = await approved(house)
    await later(house, GRACE - timedelta(seconds=1))
    await house.settle()
    assert house.pipeline.taken == []
    await later(house, timedelta(seconds=1))
    await house.settle()
    assert (await house.now(signoff)).status is Status.APPROVED
    assert len(house.pipeline.taken) == 1


async def test_the_scheduler_knows_when(house: House) -> None:
    await approved(house)
    await house.settle()
    assert await house.board.next_due() == house.clock() + GRACE


async def test_taken_back_it_waits_as_before(house: House) -> None:
    signoff = await approved(house)
    await house.signoffs.take_back(a_click(signoff, "ada", id="undo"))
    await later(house)
    assert (await house.now(signoff)).status is Status.PENDING


async def test_a_no_of_somebody_else_meanwhile_stops_it(house: House) -> None:
    signoff = await approved(house)
    after = await house.review(signoff, "grace", Verdict.REJECT)
    assert after.status is Status.REJECTED
    await later(house)
    assert (await house.now(signoff)).status is Status.REJECTED


@pytest.mark.parametrize(("member", "status"), [(False, "pending"), (True, "approved")])
async def test_of_whom_slack_says_that_they_left_the_approval_does_not_count(
    house: House, member: bool, status: str
) -> None:
    house.chat.seen = {"U0ADA": Seen(member=member)}
    signoff = await approved(house)
    await house.circumstances.look()
    await later(house)
    assert (await house.now(signoff)).status == status


async def test_where_nobody_says_so_it_counts_if_it_is_not_late(house: House) -> None:
    signoff = await approved(house)
    await later(house)
    assert (await house.now(signoff)).status is Status.APPROVED


@pytest.mark.parametrize(("known", "status"), [(True, "approved"), (False, "pending")])
async def test_long_after_it_counts_only_for_surely_a_member(
    house: House, known: bool, status: str
) -> None:
    """We were down for an hour, and ask nobody who may have left meanwhile."""
    house.chat.seen = {"U0ADA": Seen(member=True)} if known else {}
    signoff = await approved(house)
    house.clock.go_on(minutes(60))
    await house.circumstances.look()
    await house.signoffs.pass_deadlines()
    assert (await house.now(signoff)).status == status


async def test_whoever_left_the_roster_meanwhile_does_not_count(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=GENTLY) as house:
        signoff = await approved(house)
        ids = house.signoffs.new_id
    gone = without_person(ROSTER, "ada")
    async with a_house(tmp_path, policy=GENTLY, roster=gone, new_id=ids) as house:
        await later(house)
        assert (await house.now(signoff)).status is Status.PENDING


async def test_a_newer_change_comes_too_late_for_what_is_approved_already(house: House) -> None:
    """Whether or not the heart has beaten since."""
    signoff = await approved(house)
    house.clock.go_on(GRACE)
    newer = await house.open(key="newer", revision=sha("b"), lineage="pull/1")
    assert (await house.now(signoff)).status is Status.APPROVED
    assert newer.status is Status.PENDING


async def test_a_newer_change_in_time_supersedes_it(house: House) -> None:
    signoff = await approved(house)
    house.clock.go_on(GRACE - timedelta(seconds=1))
    await house.open(key="newer", revision=sha("b"), lineage="pull/1")
    assert (await house.now(signoff)).status is Status.SUPERSEDED


async def test_where_two_have_to_approve_the_time_begins_with_the_second(tmp_path: Path) -> None:
    policy = a_policy(a_rule(approvals=2), grace=GRACE)
    async with a_house(tmp_path, policy=policy) as house:
        first = await house.review(await house.open())
        assert first.settling is None
        house.clock.go_on(minutes(5))
        second = await house.review(first, "grace")
        assert second.settling
        assert second.settling.until == house.clock() + GRACE

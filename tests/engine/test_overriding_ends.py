"""Does an override of a merge end, so that its check is taken back and somebody can be asked again?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change import Change, Work
from bot.domain.errors import NotExpired
from bot.domain.signoff import Signoff, Status
from bot.engine.changed_minds import ChangedMinds
from bot.ports import AskedAgain, Merged, Undelivered, Unreachable
from tests.builders import a_change, a_click, hours, minutes, sha
from tests.engine.house import House, a_house
from tests.engine.test_overriding import ALONE, override

PLACE: dict[str, Any] = {"environment": "merge", "base_branch": "main"}
GREEN = [("msg_sgn_1_overridden", "overridden")]


def of(number: int, **said: Any) -> Change:
    known = {**PLACE, "by_lineage": True, "key": f"{number}", "lineage": f"pull/{number}"}
    return a_change(**{**known, **said})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, overrides=ALONE) as made:
        yield made


async def overridden(house: House) -> Signoff:
    signoff = (await house.signoffs.open(of(12))).signoff
    return await override(house, signoff)


async def goes_by(house: House, **length: Any) -> None:
    """Time, with the scheduler."""
    house.clock.go_on(minutes(length.get("minutes", 0)) + hours(length.get("hours", 0)))
    await house.signoffs.pass_deadlines()
    await house.settle()


def merged(number: int = 12) -> Merged:
    work = Work(
        connection="payments-ci",
        repository="acme/payments-api",
        environment="merge",
        lineage=f"pull/{number}",
    )
    return Merged(work=work, revisions=(sha("a"),), branch="main", what="x", by="jun")


async def test_its_check_is_taken_back_when_it_ends_and_not_before(house: House) -> None:
    signoff = await overridden(house)
    await house.settle()
    await goes_by(house, minutes=59)
    assert (house.pipeline.taken, house.pipeline.taken_back) == (GREEN, [])
    await goes_by(house, minutes=1)
    assert (house.pipeline.taken, house.pipeline.taken_back) == (GREEN, [signoff.id])
    now = await house.now(signoff)
    assert now.status is Status.OVERRIDDEN, "final is final"
    assert now.is_over
    card = house.board.card(now)
    assert card.renewable
    assert ("so it is not merged any more" in str(card.facts), not card.open) == (True, True)
    await goes_by(house, hours=200)
    assert house.pipeline.taken_back == [signoff.id], "once"
    assert await house.board.broken() is None


async def test_of_a_run_nothing_is_taken_back(house: House) -> None:
    """It went on at once; and what is deployed an hour later was let go on."""
    signoff = await override(house, await house.open())
    await house.settle()
    await goes_by(house, hours=2)
    now = await house.now(signoff)
    assert house.pipeline.taken_back == []
    assert not now.is_over
    with pytest.raises(NotExpired):
        await house.signoffs.renew(now)


async def test_a_pipeline_that_is_down_when_it_ends_hears_of_it_later(house: House) -> None:
    signoff = await overridden(house)
    await house.settle()
    house.pipeline.answers.extend([Unreachable("down"), Undelivered("HTTP 500")])
    await goes_by(house, hours=1)
    assert house.pipeline.taken_back == []
    for _ in range(4):
        await goes_by(house, hours=3)
    assert house.pipeline.taken_back == [signoff.id]
    assert (await house.board.backlog())["waiting"] == 0


async def test_another_of_the_same_commit_joins_it_while_it_lasts_and_asks_after_that(
    house: House,
) -> None:
    signoff = await overridden(house)
    house.clock.go_on(minutes(59))
    joined = await house.signoffs.open(of(13))
    assert (joined.new, joined.signoff.id) == (False, signoff.id)
    house.clock.go_on(minutes(1))
    asked = await house.signoffs.open(of(13))
    assert (asked.new, asked.signoff.status) == (True, Status.PENDING)
    assert asked.signoff.invited
    await house.settle()
    assert house.pipeline.taken == []


async def test_what_is_opened_again_is_asked_about_once_it_ended(house: House) -> None:
    signoff = await overridden(house)
    house.clock.go_on(minutes(59))
    assert (await house.signoffs.open(of(12), as_it_is=True)).signoff.id == signoff.id
    house.clock.go_on(minutes(1))
    again = await house.signoffs.open(of(12), as_it_is=True)
    assert (again.new, again.signoff.status) == (True, Status.PENDING)


async def rerun(house: House, signoff: Signoff) -> None:
    said = AskedAgain(
        connection="payments-ci",
        repository="acme/payments-api",
        revision=sha("a"),
        signoffs=(signoff.id,),
    )
    await ChangedMinds(house.signoffs).tell_again(house.pipeline, said)


async def test_run_again_a_check_says_so_while_it_lasts_and_asks_after_that(house: House) -> None:
    signoff = await overridden(house)
    house.clock.go_on(minutes(59))
    await rerun(house, signoff)
    assert house.pipeline.taken == GREEN
    house.clock.go_on(minutes(1))
    await rerun(house, signoff)
    now = await house.now(signoff)
    assert house.pipeline.taken == GREEN
    assert house.pipeline.shown[-1] == (now.renewed_as, "pending")
    await rerun(house, signoff)
    assert len(await house.board.pending()) == 1, "however often"
    await house.settle()
    assert house.pipeline.taken == GREEN
    assert await house.board.broken() is None


async def test_what_was_parked_at_its_end_is_told_by_no_other_s_answer(house: House) -> None:
    one = (await house.signoffs.open(of(12))).signoff
    two = (await house.signoffs.open(of(13))).signoff
    house.pipeline.answers.extend([Unreachable("down")] * 50)
    await override(house, one)
    await house.settle()
    house.clock.go_on(hours(2))
    house.pipeline.answers.clear()
    await house.signoffs.withdraw(a_click(two, "jun", id="w"), "not needed")
    for _ in range(5):
        await goes_by(house, minutes=30)
    assert "overridden" not in {status for _, status in house.pipeline.taken}
    assert await house.board.broken() is None


async def test_a_merge_in_its_time_is_one_and_later_it_was_around_us(house: House) -> None:
    signoff = await overridden(house)
    await house.settle()
    house.clock.go_on(hours(1) + minutes(9))  # it was merged before, and we are told by now
    await house.signoffs.merged(merged())
    assert not (await house.now(signoff)).bypassed
    house.clock.go_on(minutes(1))
    await house.signoffs.merged(merged())
    assert (await house.now(signoff)).bypassed
    await house.settle()
    said = [str(note) for note in house.chat.pieces.values()]
    assert any("though its override had ended" in it for it in said)
    assert await house.board.broken() is None


async def test_who_had_a_part_asks_again_in_the_chat(house: House) -> None:
    signoff = await overridden(house)
    await goes_by(house, minutes=59)
    with pytest.raises(NotExpired):
        await house.signoffs.renew(signoff, by="jun")
    await goes_by(house, minutes=1)
    again = await house.signoffs.renew(signoff, by="jun")
    assert (again.status, again.renews) == (Status.PENDING, signoff.id)
    approved = await house.review(again, "ada")
    await house.settle()
    assert approved.status is Status.APPROVED
    assert house.pipeline.taken[-1] == (f"msg_{again.id}_approved", "approved")

"""Two propose the same commit for the same branch. Does a no to one stand for the other, too?"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.conditions import When
from bot.domain.errors import AlreadyDecided
from bot.domain.signoff import Status, Verdict
from tests.builders import a_policy, a_rule, minutes
from tests.engine.house import House, a_house
from tests.engine.test_answering import two
from tests.engine.test_overriding import ALONE, override

GENTLE = a_policy(a_rule("m", when=When(environment=("merge",))), grace=minutes(2))


async def test_what_settles_counts_no_more_after_a_no(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=GENTLE) as house:
        first, second = await two(house)
        assert (await house.review(first, "ada")).settling
        house.clock.go_on(minutes(1))
        await house.review(second, "grace", Verdict.REJECT)
        house.clock.go_on(minutes(2))
        await house.signoffs.pass_deadlines()
        now = await house.now(first)
        assert (now.status, now.ended_by) == (Status.SUPERSEDED, second.id)
        await house.settle()
        assert {status for _, status in house.pipeline.taken} == {"rejected"}
        assert house.signoffs.stuck == set()
        assert await house.board.broken() is None


async def test_what_settled_before_the_no_counts(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=GENTLE) as house:
        first, second = await two(house)
        await house.review(first, "ada")
        house.clock.go_on(minutes(2))
        await house.signoffs.pass_deadlines()
        await house.review(second, "grace", Verdict.REJECT)
        assert (await house.now(first)).status is Status.APPROVED
        await house.settle()
        assert house.pipeline.taken[-1][1] == "rejected"


@pytest.mark.parametrize("verdict", list(Verdict))
async def test_a_click_that_comes_after_the_no_does_not_count(
    house: House, verdict: Verdict
) -> None:
    """Though the pipeline has not heard of it yet."""
    first, second = await two(house)
    await house.review(second, "grace", Verdict.REJECT)
    with pytest.raises(AlreadyDecided):
        await house.review(first, "ada", verdict)
    now = await house.now(first)
    assert (now.status, now.reviews, now.ended_by) == (Status.SUPERSEDED, (), second.id)


async def test_a_no_counts_after_a_yes(house: House) -> None:
    first, second = await two(house)
    await house.review(second, "grace")
    assert (await house.review(first, "ada", Verdict.REJECT)).status is Status.REJECTED


async def test_what_was_rejected_is_not_overridden_under_another_name(tmp_path: Path) -> None:
    async with a_house(tmp_path, overrides=ALONE) as house:
        first, second = await two(house)
        await house.review(second, "grace", Verdict.REJECT)
        with pytest.raises(AlreadyDecided):
            await override(house, first)

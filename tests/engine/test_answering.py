"""Several signoffs answer at one place: what stands there by then is told, and told last."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status, Verdict
from bot.ports import Undelivered
from tests.builders import a_change, minutes
from tests.engine.house import FakePipeline, House, a_house

WORK: dict[str, Any] = {"by_lineage": True, "environment": "merge", "base_branch": "main"}


def of(number: int, **said: Any) -> Change:
    return a_change(**{**WORK, "key": f"{number}", "lineage": f"pull/{number}", **said})


async def two(house: House) -> tuple[Signoff, Signoff]:
    return (
        (await house.signoffs.open(of(12))).signoff,
        (await house.signoffs.open(of(13))).signoff,
    )


@dataclass
class Slow(FakePipeline):
    """While it is told a yes, somebody rejects the other."""

    meanwhile: Signoff | None = None
    house: list[House] = field(default_factory=list)

    async def report(self, signoff: Signoff) -> None:
        other, self.meanwhile = self.meanwhile, None
        if other:
            await self.house[0].review(other, "ada", Verdict.REJECT)
        await FakePipeline.report(self, signoff)


async def test_what_is_decided_while_another_is_told_is_told_last(tmp_path: Path) -> None:
    slow = Slow()
    async with a_house(tmp_path / "slow", pipelines={"payments-ci": slow}) as house:
        slow.house.append(house)
        first, slow.meanwhile = await two(house)
        await house.review(first, "ada")
        await house.settle()
        assert slow.taken[0] == (f"msg_{first.id}_approved", "approved")
        assert slow.taken[-1][1] == "rejected"


async def test_the_answer_that_was_put_off_gives_way(house: House) -> None:
    first, second = await two(house)
    house.pipeline.answers.append(Undelivered("down"))
    await house.review(first, "ada")
    await house.settle()
    await house.review(second, "ada", Verdict.REJECT)
    house.clock.go_on(minutes(30))
    await house.settle()
    assert {status for _, status in house.pipeline.taken} == {"rejected"}
    report = (await house.now(first)).report
    assert report is not None
    assert (report.accepted, report.detail) == (True, f"{second.id} (pull/13)")


async def test_one_answer_is_for_both(house: House) -> None:
    first, second = await two(house)
    await house.review(second, "ada")
    await house.settle()
    now = await house.now(first)
    assert (now.status, now.ended_by) == (Status.SUPERSEDED, second.id)
    assert set(house.pipeline.taken) == {(f"msg_{second.id}_approved", "approved")}


async def test_what_runs_elsewhere_has_an_answer_of_its_own(house: House) -> None:
    """Two runs with one return address are two runs."""
    first = (await house.signoffs.open(of(12, by_lineage=False))).signoff
    other = (await house.signoffs.open(of(13, environment="other", by_lineage=False))).signoff
    await house.review(first, "ada")
    await house.review(other, "ada", Verdict.REJECT)
    await house.settle()
    assert [status for _, status in house.pipeline.taken] == ["approved", "rejected"]

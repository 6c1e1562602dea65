"""What was merged around us says so, whoever proposed it; what was let go on is merged without a word."""

from __future__ import annotations

import logging

import pytest

from bot.domain.change import Change, Work
from bot.domain.notes import Alarm
from bot.domain.signoff import Status
from bot.ports import Merged
from tests.builders import a_change, minutes, sha
from tests.engine.house import House


def pull(number: int, **said: object) -> Change:
    facts = {"by_lineage": True, "environment": "merge", "base_branch": "main"}
    return a_change(**{**facts, "key": str(number), "lineage": f"pull/{number}", **said})


def merged(change: Change, branch: str = "main", *revisions: str) -> Merged:
    work = Work(
        connection=change.connection,
        repository=change.repository,
        environment=change.environment,
        lineage=change.lineage,
    )
    return Merged(
        work=work,
        revisions=(change.revision, *revisions),
        branch=branch,
        what=f"{change.revision} of {change.repository}, {change.lineage}",
        by="root",
    )


async def test_what_waits_says_that_it_was_merged_and_by_whom(house: House) -> None:
    signoff = (await house.signoffs.open(pull(12))).signoff
    await house.signoffs.merged(merged(signoff.change))
    now = await house.now(signoff)
    assert (now.bypassed, now.status, now.ended_by) == (True, Status.WITHDRAWN, "")
    assert now.shipment is not None
    assert now.shipment.detail == "merged by root"
    for _ in range(2):  # the alarm hangs below the card
        await house.settle()
        house.clock.go_on(minutes(2))
    [card], [alarm] = house.chat.on("C0PAY"), house.chat.notes("C0PAY", Alarm)
    assert card.headline.startswith("Withdrawn, and merged all the same: ")
    assert "was merged though nobody had let it go on" in alarm.text


async def test_a_yes_to_what_the_queue_made_of_it_is_one(house: House) -> None:
    await house.signoffs.open(pull(12))
    group = (await house.signoffs.open(pull(12, key="g", revision=sha("d")))).signoff
    await house.review(group, "ada")
    await house.signoffs.merged(merged(pull(12), "main", sha("d")))
    assert not (await house.now(group)).bypassed
    assert await house.board.pending() == []


async def test_a_yes_for_another_branch_is_none(house: House) -> None:
    signoff = (await house.signoffs.open(pull(12, base_branch="dev"))).signoff
    await house.review(signoff, "ada")
    here = (await house.signoffs.open(pull(12, key="here"))).signoff
    await house.signoffs.merged(merged(signoff.change))
    assert not (await house.now(signoff)).bypassed
    if here.id != signoff.id:
        assert (await house.now(here)).bypassed


async def test_what_nobody_was_asked_about_is_said_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await house.signoffs.merged(merged(pull(12)))
    assert "pull/12" in caplog.text
    assert "nobody was asked" in caplog.text


async def test_other_work_waits_on(house: House) -> None:
    other = (await house.signoffs.open(pull(13, revision=sha("d")))).signoff
    await house.signoffs.merged(merged(pull(12)))
    assert (await house.now(other)).status is Status.PENDING

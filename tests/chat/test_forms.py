"""Does whoever decides by a form see what it is about, and is it asked no more than can count?"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.change import Check
from bot.domain.signoff import Status
from tests.builders import a_file, a_policy, a_rule
from tests.chat.hand import modal, offered
from tests.chat.house import APPROVE, DETAILS, REJECT, a_house, words_in


async def test_nobody_approves_what_is_risky_without_having_seen_why(tmp_path: Path) -> None:
    """Whoever presses on Home has seen one line of it."""
    async with a_house(tmp_path, a_policy(a_rule(approvals=2))) as house:
        signoff = await house.ask(
            files=(a_file("db/migrations/0007_drop.sql", additions=40, deletions=3),),
            checks=(Check(name="unit tests", conclusion="failure"),),
        )
        assert signoff.requirement.checklist
        await house.slack.open_home("U0ADA")
        await house.settle()
        await house.slack.click_on_home("U0ADA", APPROVE)
        said = words_in(modal(house, "U0ADA").blocks)
        for fact in (
            f"Risk  {signoff.risk and signoff.risk.tier.value}",
            "AI  ",
            "Checks  unit te",
        ):
            assert fact in said
        assert "Changed  1 file, +40 −3" in said
        assert "db/migrations/0007_drop.sql" in said
        await house.slack.click("U0GRACE", house.card(), REJECT)
        shorter = words_in(modal(house, "U0GRACE").blocks)
        assert "Risk  " in shorter
        assert "Changed  1 file" in shorter
        assert "Checks" not in shorter


async def test_a_full_stop_is_no_reason_to_approve(tmp_path: Path) -> None:
    async with a_house(tmp_path, a_policy(a_rule(reason=True))) as house:
        signoff = await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        answer = await house.slack.submit("U0ADA", {"reason": "."})
        assert answer.errors["reason"] == "Please say why in a few words."
        assert (await house.slack.submit("U0ADA", {"reason": "Tried."})).ok
        assert (await house.now(signoff)).status is Status.APPROVED


async def test_whoever_approved_is_asked_for_no_second_checklist(tmp_path: Path) -> None:
    policy = a_policy(a_rule(approvals=2, checklist=("I read the whole change",)))
    async with a_house(tmp_path, policy) as house:
        await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        assert (await house.slack.submit("U0ADA", {"checklist0": ["0"]})).ok
        await house.slack.click("U0ADA", house.card(), APPROVE)
        assert await house.whispered("U0ADA") == (
            "You have already chosen to approve this. 1 more approval needed."
        )
        assert house.slack.modal("U0ADA") is None
        await house.slack.click("U0GRACE", house.card(), APPROVE)
        assert house.slack.modal("U0GRACE") is not None


async def test_whoever_approved_may_still_reject(tmp_path: Path) -> None:
    async with a_house(tmp_path, a_policy(a_rule(approvals=2))) as house:
        await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        await house.slack.click("U0ADA", house.card(), REJECT)
        assert house.slack.modal("U0ADA") is not None


@pytest.mark.parametrize(("checklist", "first"), [((), True), (("I read it",), False)])
async def test_the_cursor_waits_in_the_reason_where_nothing_comes_before_it(
    tmp_path: Path, checklist: tuple[str, ...], first: bool
) -> None:
    """Slack jumps to it, past whatever else is to be filled in."""
    async with a_house(tmp_path, a_policy(a_rule(reason=True, checklist=checklist))) as house:
        await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        assert modal(house, "U0ADA").blocks[-1]["element"]["focus_on_load"] is first
        await house.slack.click("U0GRACE", house.card(), REJECT)
        assert modal(house, "U0GRACE").blocks[-1]["element"]["focus_on_load"] is False


async def test_details_that_are_not_true_any_more_are_drawn_anew_when_pressed(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        signoff = await house.ask()
        await house.slack.click("U0ADA", house.card(), DETAILS)
        before = modal(house, "U0ADA")
        await house.slack.click("U0GRACE", house.card(), APPROVE)
        assert (await house.now(signoff)).status is Status.APPROVED
        await house.slack.click_in_modal("U0ADA", APPROVE)
        slack = house.slack
        await slack.wait_for(lambda: len(slack.workspace.views.stack("U0ADA")) == 2)
        await slack.wait_for(lambda: slack.workspace.views.stack("U0ADA")[0].hash != before.hash)
        under, over = slack.workspace.views.stack("U0ADA")
        assert "already approved. Grace decided it." in words_in(over.blocks)
        assert under.id == before.id
        assert not [b for b in under.blocks if b["type"] == "actions"]
        assert "Approved by Grace" in words_in(under.blocks)


async def test_what_has_no_room_beside_a_box_stands_above_it(tmp_path: Path) -> None:
    points = ("It is short", "It is long, and goes on and on " * 4)
    async with a_house(tmp_path, a_policy(a_rule(checklist=points))) as house:
        await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        shown = modal(house, "U0ADA")
        one, other = offered(shown, "checklist0")
        assert one == "1. It is short"
        assert other.startswith("Point 2: It is long")
        assert f"In full:2. {points[1].strip()}" in words_in(shown.blocks).replace("\n", "")

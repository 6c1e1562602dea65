"""Is a person's own page kept true, and can they leaf through it?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack.home.home import REMEMBER_AT_MOST, Home
from bot.chat.slack.home.looks import Look, Part
from bot.chat.slack.names import RENEW, UNDO, WITHDRAW
from bot.domain.signoff import Status, Verdict
from bot.playground.faults import Fault
from tests.builders import a_change, a_click, a_policy, a_rule, hours, minutes
from tests.chat.house import ADA, APPROVE, DETAILS, REJECT, House, a_house, words_in


async def opened(house: House, user: str = "U0ADA") -> str:
    """What somebody sees who opens their page."""
    await house.slack.open_home(user)
    return await drawn(house, user)


async def drawn(house: House, user: str = "U0ADA") -> str:
    await house.settle()
    return words_in(house.slack.home(user))


async def turn(house: House, to: str, user: str = "U0ADA") -> str:
    """Press a tab, Earlier or Later."""
    await house.slack.click_on_home(user, f"signoff_page:{to}")
    return await drawn(house, user)


async def many(house: House, count: int, **facts: Any) -> None:
    for number in range(count):
        named = {"key": f"k{number}", "repository": f"acme/payments-{number:03}"}
        await house.signoffs.open(a_change(**{**named, **facts}))
    await house.settle()


def drawings(house: House) -> int:
    """How often a page was drawn."""
    return sum(method == "views.publish" for method, _ in house.slack.calls)


async def test_it_begins_with_what_waits_for_me(house: House) -> None:
    await house.ask(title="Retry refunds")
    text = await opened(house)
    assert "Waiting for you (1)" in text
    assert "You are asked\nacme/payments-api → production\n“Retry refunds”" in text


async def test_whoever_has_nothing_to_sign_begins_with_what_they_asked_for(house: House) -> None:
    await house.ask(title="Retry refunds")
    text = await opened(house, "U0JUN")
    assert "What you asked for" in text
    assert "“Retry refunds”" in text
    assert "Withdraw…" in text


async def test_without_anything_it_says_so(house: House) -> None:
    assert "Nothing waits for you." in await opened(house)
    assert "None of your own changes" in await turn(house, "own")
    assert "Nothing of your groups" in await turn(house, "groups")
    assert "You have decided nothing in the last 30 days." in await turn(house, "decided")


async def test_of_my_groups_it_shows_all_that_is_open(house: House) -> None:
    await house.ask(author="ada", title="My own")
    text = await opened(house)
    assert "Waiting for you (0)" in text
    assert "Your groups (1)" in text
    assert "“My own”" in await turn(house, "groups")
    assert "Your groups (0)" in await opened(house, "U0PAT")


async def test_what_i_decided_is_mine_alone(house: House) -> None:
    signoff = await house.ask(title="Retry refunds")
    await house.signoffs.review(a_click(signoff, "ada"), Verdict.APPROVE)
    house.clock.go_on(hours(2))
    await opened(house)
    text = await turn(house, "decided")
    assert "“Retry refunds”\nYou approved it Mon 23 Nov, 10:00 UTC · sgn_1" in text
    await opened(house, "U0GRACE")
    assert "You have decided nothing" in await turn(house, "decided", "U0GRACE")


async def test_what_expired_of_mine_can_be_asked_for_again(house: House) -> None:
    await house.ask(title="Retry refunds")
    house.clock.go_on(hours(9))
    await house.signoffs.pass_deadlines()
    text = await opened(house, "U0JUN")
    assert "Yours (1)" in text
    assert "Expired: nobody decided in time" in text
    assert "Ask again" in text
    await opened(house)
    assert "Ask again" not in await turn(house, "own")


async def test_my_load_is_said(house: House) -> None:
    assert "0 sign-offs wait for an answer of yours." in await opened(house)
    await house.ask()
    text = await opened(house)
    assert (
        "1 sign-off waits for an answer of yours. You were asked once in the last 7 days." in text
    )


async def test_what_i_answered_does_not_wait_for_me_whatever_others_still_have_to_say(
    tmp_path: Path,
) -> None:
    """The line above the list and the tab count the same."""
    async with a_house(tmp_path, a_policy(a_rule(approvals=2))) as house:
        signoff = await house.ask()
        assert "1 sign-off waits for an answer of yours." in await opened(house)
        await house.signoffs.review(a_click(signoff, "ada"), Verdict.APPROVE)
        text = await opened(house)
        assert "Waiting for you (0)" in text
        assert "0 sign-offs wait for an answer of yours. You were asked once" in text
        await house.signoffs.take_back(a_click(signoff, "ada", "again"))
        text = await opened(house)
        assert "Waiting for you (1)" in text
        assert "1 sign-off waits for an answer of yours. You were asked once" in text


async def test_whoever_is_not_on_it_cannot_say_there_that_they_are_off_it(house: House) -> None:
    signoff = await house.ask()
    await house.signoffs.claim(a_click(signoff, "ada"))
    assert "I am off it" in await opened(house)
    assert "I am off it" not in await opened(house, "U0GRACE")


# It is kept true.


async def test_one_can_decide_there_and_the_page_is_drawn_anew(house: House) -> None:
    signoff = await house.ask()
    await opened(house)
    await house.slack.click_on_home("U0ADA", APPROVE)
    assert (await house.now(signoff)).status is Status.APPROVED
    assert "Nothing waits for you." in await drawn(house)
    assert "Approved by Ada" in words_in(house.card().blocks)


async def test_one_can_reject_there_with_a_reason(house: House) -> None:
    signoff = await house.ask()
    await opened(house)
    await house.slack.click_on_home("U0ADA", REJECT)
    assert (await house.slack.submit("U0ADA", {"choice": "tests"})).ok
    assert (await house.now(signoff)).status is Status.REJECTED


async def test_one_can_look_at_the_details_there(house: House) -> None:
    await house.ask()
    await opened(house)
    await turn(house, "groups")
    await house.slack.click_on_home("U0ADA", DETAILS)
    assert await house.slack.wait_for(lambda: house.slack.modal("U0ADA"))


async def test_what_others_do_elsewhere_changes_it_and_it_stays_where_it_was(house: House) -> None:
    await many(house, 23)
    await opened(house)
    assert "21 to 23 of 23" in await turn(house, "later")
    await house.slack.click("U0GRACE", house.card(), APPROVE)
    assert "21 to 22 of 22" in await drawn(house)


async def test_a_leaf_that_is_gone_is_the_last_one(house: House) -> None:
    await many(house, 21)
    await opened(house)
    assert "21 to 21 of 21" in await turn(house, "later")
    await house.slack.click("U0GRACE", house.card(), APPROVE)
    text = await drawn(house)
    assert text.count("You are asked\n") == 1
    assert "Later" not in text
    assert "Waiting for you (20)" in text


async def test_a_part_that_empties_under_ones_eyes_stays(house: House) -> None:
    """Ada's own change waits too, but it is not what she looks at."""
    await house.ask()
    await house.ask(author="ada", key="k2", repository="acme/payments-web")
    assert "You are asked" in await opened(house)
    await house.slack.click_on_home("U0ADA", APPROVE)
    assert "Nothing waits for you." in await drawn(house)
    assert "What you asked for" in await opened(house)


async def test_whoever_opens_it_anew_begins_at_the_front(house: House) -> None:
    await house.ask()
    await opened(house)
    assert "You have decided nothing" in await turn(house, "decided")
    assert "You are asked" in await opened(house)


async def test_everybody_has_a_look_of_their_own(house: House) -> None:
    await house.ask()
    await opened(house)
    await opened(house, "U0GRACE")
    await turn(house, "decided")
    await house.ask(key="k2", repository="acme/payments-web")
    assert "You have decided nothing" in await drawn(house)
    assert "You are asked" in await drawn(house, "U0GRACE")


async def test_nobody_is_remembered_for_ever(house: House) -> None:
    home = Home(house.room._desk)
    for number in range(REMEMBER_AT_MOST + 3):
        home._remember(f"U{number}", Look(Part.OWN))
    assert len(home.looks) == REMEMBER_AT_MOST
    assert "U2" not in home.looks
    assert "U3" in home.looks


# Leafing.


async def test_later_and_earlier(house: House) -> None:
    await many(house, 45)
    text = await opened(house)
    assert "1 to 20 of 45" in text
    assert "Earlier" not in text
    text = await turn(house, "later")
    assert "21 to 40 of 45" in text
    text = await turn(house, "later")
    assert "41 to 45 of 45" in text
    assert "Later" not in text
    assert "21 to 40 of 45" in await turn(house, "earlier")


@pytest.mark.parametrize(
    "value", ["", "waiting", "waiting x", "nowhere 1", "waiting -1", "waiting ²", "own 1 1"]
)
async def test_what_no_button_says_turns_nothing(house: House, value: str) -> None:
    home = Home(house.room._desk)
    acked: list[bool] = []

    async def ack() -> None:
        acked.append(True)

    body = {"user": {"id": "U0ADA"}, "actions": [{"action_id": "signoff_page:own", "value": value}]}
    await home.turn(ack, body)  # type: ignore[arg-type]
    assert (home.looks, acked) == ({}, [True])
    body["actions"] = [{"action_id": "signoff_page:own", "value": "own 2"}]
    await home.turn(ack, body)  # type: ignore[arg-type]
    assert home.looks == {"U0ADA": Look(Part.OWN, 2)}


# Who may look, and what if Slack fails.


async def test_a_stranger_reads_why_the_page_is_empty(house: House) -> None:
    await house.ask()
    text = await opened(house, "U0EVE")
    assert "not in Countersign's roster" in text
    assert "Retry refunds" not in text


async def test_whoever_became_a_guest_sees_only_why_whatever_they_press(house: House) -> None:
    await house.ask()
    assert "Retry refunds" in await opened(house)
    house.clock.go_on(minutes(2))
    house.slack.change_member(replace(ADA, restricted=True))
    text = await turn(house, "groups")
    assert "a guest account" in text
    assert "Retry refunds" not in text


async def test_slack_is_answered_though_the_page_cannot_be_drawn(house: House) -> None:
    await house.ask()
    house.slack.fail("views.publish", Fault.SERVER_ERROR)
    answer = await house.slack.open_home("U0ADA")
    assert answer.status == 200
    await house.settle()
    assert house.slack.home("U0ADA") is None
    house.clock.go_on(minutes(1))
    assert "Retry refunds" in await drawn(house)


async def test_the_messages_tab_is_not_ours(house: House) -> None:
    answer = await house.slack.open_home("U0ADA", tab="messages")
    assert answer.status == 200
    await house.settle()
    assert house.slack.home("U0ADA") is None


async def test_a_page_nobody_opened_is_never_drawn(house: House) -> None:
    await house.ask()
    await house.settle()
    assert drawings(house) == 0
    await opened(house)
    assert drawings(house) == 1


async def test_what_i_approved_can_be_undone_there(tmp_path: Path) -> None:
    policy = a_policy(grace=minutes(1))
    async with a_house(tmp_path, policy) as house:
        signoff = await house.ask()
        await opened(house)
        await house.slack.click_on_home("U0ADA", APPROVE)
        assert (await house.now(signoff)).settling is not None
        text = await drawn(house)
        assert "You approved these" in text
        assert "Undo" in text


async def test_undo_there_takes_the_approval_back(tmp_path: Path) -> None:
    async with a_house(tmp_path, a_policy(grace=minutes(1))) as house:
        signoff = await house.ask()
        await opened(house)
        await house.slack.click_on_home("U0ADA", APPROVE)
        await drawn(house)
        await house.slack.click_on_home("U0ADA", UNDO)
        assert (await house.now(signoff)).settling is None
        text = await drawn(house)
        assert "You are asked" in text
        assert "You approved these" not in text


async def test_what_i_asked_for_i_can_withdraw_there(house: House) -> None:
    signoff = await house.ask()
    await opened(house, "U0JUN")
    await house.slack.click_on_home("U0JUN", WITHDRAW)
    assert (await house.slack.submit("U0JUN", {"choice": "work"})).ok
    assert (await house.now(signoff)).status is Status.WITHDRAWN
    assert "None of your own changes" in await drawn(house, "U0JUN")


async def test_what_expired_is_asked_for_again_there(house: House) -> None:
    expired = await house.ask()
    house.clock.go_on(hours(9))
    await house.signoffs.pass_deadlines()
    await opened(house, "U0JUN")
    await turn(house, "own", "U0JUN")
    await house.slack.click_on_home("U0JUN", RENEW)
    text = await drawn(house, "U0JUN")
    renewed = (await house.now(expired)).renewed_as
    assert renewed
    assert f"{renewed}\nDetails\nWithdraw…" in text
    assert "Ask again" not in text

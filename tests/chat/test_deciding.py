"""Does a press do what it says, once, and only for those who may?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.slack import names
from bot.domain.signoff import Status, Verdict
from bot.playground.faults import Fault
from bot.playground.workspace import Member
from tests.builders import ROSTER, a_person, a_policy, a_rule, hours, with_person
from tests.chat.hand import Hand, subject_of
from tests.chat.house import ADA, APPROVE, DETAILS, EVERYBODY, REJECT, House, a_house, words_in


async def test_a_senior_approves_with_one_press_and_every_card_says_so(house: House) -> None:
    signoff = await house.ask()
    answer = await house.slack.click("U0ADA", house.card(), APPROVE)
    assert answer.status == 200
    assert (await house.now(signoff)).status is Status.APPROVED
    await house.settle()
    for card in (
        house.card(),
        *house.slack.messages_to("U0ADA"),
        *house.slack.messages_to("U0GRACE"),
    ):
        assert "Approved by Ada" in words_in(card.blocks)
        assert "Approved: acme/payments-api → production" in card.text
        assert not [block for block in card.blocks if block["type"] == "actions"]
    assert [told.status for told in house.pipeline.told] == [Status.APPROVED]


async def test_the_card_asks_in_the_channel_and_each_reviewer_directly(house: House) -> None:
    await house.ask()
    assert len(house.slack.cards("C0PAY")) == 1
    assert len(house.slack.messages_to("U0ADA")) == 1
    assert len(house.slack.messages_to("U0GRACE")) == 1
    assert house.slack.messages_to("U0KIM") == []


async def test_a_direct_message_decides_as_well(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0GRACE", house.slack.messages_to("U0GRACE")[0], APPROVE)
    assert (await house.now(signoff)).reviews[0].person == "grace"


async def test_rejecting_asks_for_the_reason_and_the_card_quotes_it(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), REJECT)
    assert (await house.now(signoff)).status is Status.PENDING
    answer = await house.slack.submit("U0ADA", {"choice": "other", "reason": "It refunds twice."})
    assert answer.ok
    assert house.slack.modal("U0ADA") is None
    rejected = await house.now(signoff)
    assert (rejected.status, rejected.reviews[0].reason) == (Status.REJECTED, "It refunds twice.")
    await house.settle()
    assert "“It refunds twice.”" in words_in(house.card().blocks)


@pytest.mark.parametrize("nothing", ["  \n ", ".", "no", "…!"])
async def test_neither_spaces_nor_a_full_stop_are_a_reason(house: House, nothing: str) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), REJECT)
    answer = await house.slack.submit("U0ADA", {"choice": "other", "reason": nothing})
    assert "why" in answer.errors["reason"]
    assert (await house.now(signoff)).status is Status.PENDING
    assert (await house.slack.submit("U0ADA", {"reason": "not"})).ok
    assert (await house.now(signoff)).status is Status.REJECTED


@pytest.mark.parametrize(
    ("choice", "words", "kept"),
    [
        ("tests", "", "Needs tests"),
        ("risk", "the migration locks", "Too risky as it is: the migration locks"),
        ("size", "", "Does too much at once"),
        ("unclear", "what is a refund key", "Not understood as it is: what is a refund key"),
        ("time", "", "Wrong time to ship"),
        ("other", "Ask me first.", "Ask me first."),
    ],
)
async def test_a_reason_is_chosen_and_may_be_said_as_well(
    house: House, choice: str, words: str, kept: str
) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), REJECT)
    assert (await house.slack.submit("U0ADA", {"choice": choice, "reason": words})).ok
    rejected = await house.now(signoff)
    assert (rejected.status, rejected.reviews[0].reason) == (Status.REJECTED, kept)


async def test_something_else_has_to_be_said(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), REJECT)
    answer = await house.slack.submit("U0ADA", {"choice": "other", "reason": " "})
    assert "in a few words" in answer.errors["reason"]
    assert (await house.now(signoff)).status is Status.PENDING


async def test_words_alone_do_not_choose(house: House) -> None:
    signoff = await house.ask()
    hand, packed = Hand(house=house, user="U0ADA"), subject_of(signoff).pack()
    answer = await hand.send(names.REJECT_FORM, packed, choice=[], reason="Ask me first.")
    assert "Something else" in answer.json["errors"]["choice"]
    await hand.send(names.REJECT_FORM, packed, choice=["other"], reason="Ask me first.")
    assert (await house.now(signoff)).status is Status.REJECTED


async def test_a_choice_we_do_not_offer_is_no_reason(house: House) -> None:
    signoff = await house.ask()
    hand = Hand(house=house, user="U0ADA")
    packed = subject_of(signoff).pack()
    answer = await hand.send(names.REJECT_FORM, packed, choice=["worse"], reason="")
    assert "choice" in answer.json["errors"]
    await hand.send(names.REJECT_FORM, packed, choice=["tests"], reason="")
    assert (await house.now(signoff)).status is Status.REJECTED


async def test_a_form_without_its_inputs_is_answered_in_a_window_of_its_own(house: House) -> None:
    """Slack takes no complaint about an input that is not there."""
    signoff = await house.ask()
    answer = await Hand(house=house, user="U0ADA").send(
        names.REJECT_FORM, subject_of(signoff).pack()
    )
    assert answer.json["response_action"] == "update"
    assert "choose one of these reasons" in answer.body


async def test_no_more_is_kept_than_there_is_room_for(house: House) -> None:
    signoff = await house.ask()
    hand = Hand(house=house, user="U0ADA")
    packed = subject_of(signoff).pack()
    answer = await hand.send(names.REJECT_FORM, packed, choice=["tests"], reason="x" * 1001)
    assert "1000 characters" in answer.json["errors"]["reason"]
    await hand.send(names.REJECT_FORM, packed, choice=["tests"], reason="x" * 1000)
    assert (await house.now(signoff)).status is Status.REJECTED


async def test_one_may_approve_with_a_note_though_policy_asks_for_none(house: House) -> None:
    signoff = await house.ask()
    value = subject_of(signoff).pack()
    await Hand(house=house, user="U0ADA").choose(names.MORE, names.NOTE, [value])
    assert (await house.now(signoff)).status is Status.PENDING
    blank = await house.slack.submit("U0ADA", {"reason": " "})
    assert "why" in blank.errors["reason"]
    assert (await house.slack.submit("U0ADA", {"reason": "I tried it on staging."})).ok
    approved = await house.now(signoff)
    assert approved.status is Status.APPROVED
    assert approved.reviews[0].reason == "I tried it on staging."


async def test_a_note_is_asked_of_nobody_whose_approval_cannot_count(house: House) -> None:
    signoff = await house.ask()
    value = subject_of(signoff).pack()
    await Hand(house=house, user="U0KIM").choose(names.MORE, names.NOTE, [value])
    assert "Ada or Grace may sign it off." in await house.whispered("U0KIM")
    assert house.slack.modal("U0KIM") is None
    await Hand(house=house, user="U0ADA").choose(names.MORE, names.NOTE, [value])
    assert house.slack.modal("U0ADA") is not None


async def test_policy_may_ask_why_before_an_approval_counts(tmp_path: Path) -> None:
    policy = a_policy(
        a_rule(reason=True, checklist=("I read the whole change", "Roll-back is tried"))
    )
    async with a_house(tmp_path, policy) as house:
        signoff = await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        assert (await house.now(signoff)).status is Status.PENDING
        half = await house.slack.submit("U0ADA", {"reason": "Fine.", "checklist0": ["0"]})
        assert "every point" in half.errors["checklist0"]
        whole = await house.slack.submit("U0ADA", {"reason": "Fine.", "checklist0": ["0", "1"]})
        assert whole.ok
        approved = await house.now(signoff)
        assert approved.status is Status.APPROVED
        assert approved.reviews[0].checklist == ("I read the whole change", "Roll-back is tried")


async def test_a_long_checklist_is_asked_in_full(tmp_path: Path) -> None:
    points = tuple(f"Point {i} " + "which goes on and on " * 9 for i in range(23))
    async with a_house(tmp_path, a_policy(a_rule(checklist=points))) as house:
        signoff = await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        modal = house.slack.modal("U0ADA")
        assert modal is not None
        assert points[22].strip() in words_in(modal.blocks)
        ticks = {f"checklist{i}": [str(n) for n in range(i, min(i + 10, 23))] for i in (0, 10, 20)}
        assert (await house.slack.submit("U0ADA", ticks)).ok
        assert (await house.now(signoff)).status is Status.APPROVED


async def test_the_author_may_not_approve_and_is_told_who_may(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0JUN", house.card(), APPROVE)
    told = await house.whispered("U0JUN")
    assert told == (
        "You had a part in this change, so somebody else has to sign it off. "
        "Ada or Grace may sign it off."
    )
    assert (await house.now(signoff)).reviews == ()
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert (await house.now(signoff)).status is Status.APPROVED


@pytest.mark.parametrize("button", [APPROVE, REJECT])
async def test_a_junior_is_told_in_private_why_not_and_who_may(house: House, button: str) -> None:
    signoff = await house.ask()
    await house.slack.click("U0KIM", house.card(), button)
    told = await house.whispered("U0KIM")
    assert told.startswith("You are not among the reviewers this change needs: 1 × senior or above")
    assert told.endswith("Ada or Grace may sign it off.")
    assert house.slack.modal("U0KIM") is None
    assert (await house.now(signoff)).version == signoff.version
    assert len(house.slack.cards("C0PAY")) == 1


async def test_whoever_the_roster_does_not_know_cannot_decide(house: House) -> None:
    await house.ask()
    await house.slack.click("U0EVE", house.card(), APPROVE)
    assert "not in Countersign's roster" in await house.whispered("U0EVE")


@pytest.mark.parametrize(
    ("flaw", "sort"),
    [
        ({"restricted": True}, "a guest account"),
        ({"ultra_restricted": True}, "a guest account"),
        ({"stranger": True}, "from another workspace"),
    ],
)
async def test_a_senior_whose_account_is_no_full_member_cannot_decide(
    house: House, flaw: dict[str, bool], sort: str
) -> None:
    signoff = await house.ask()
    house.slack.change_member(replace(ADA, **flaw))
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert f"Your Slack account is {sort}" in await house.whispered("U0ADA")
    assert (await house.now(signoff)).status is Status.PENDING

    house.slack.change_member(ADA)
    house.clock.go_on(hours(0.02))
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert (await house.now(signoff)).status is Status.APPROVED


async def test_when_slack_does_not_say_who_it_is_nothing_is_recorded(house: House) -> None:
    signoff = await house.ask()
    house.slack.fail("users.info", Fault.SERVER_ERROR)
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert "Slack does not say who you are" in await house.whispered("U0ADA")
    assert (await house.now(signoff)).status is Status.PENDING
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert (await house.now(signoff)).status is Status.APPROVED


async def test_a_form_keeps_its_words_while_slack_is_unsure(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), REJECT)
    house.clock.go_on(hours(0.02))
    house.slack.fail("users.info", Fault.DROP_BEFORE)
    answer = await house.slack.submit("U0ADA", {"choice": "other", "reason": "It refunds twice."})
    assert "try again" in answer.errors["choice"]
    assert (await house.slack.submit("U0ADA", {})).ok
    assert (await house.now(signoff)).reviews[0].reason == "It refunds twice."


async def test_the_same_press_delivered_twice_is_one_review(tmp_path: Path) -> None:
    async with a_house(tmp_path, a_policy(a_rule(approvals=2))) as house:
        signoff = await house.ask()
        first = await house.slack.click("U0ADA", house.card(), APPROVE)
        again = await house.slack.resend(first)
        assert (first.status, again.status) == (200, 200)
        now = await house.now(signoff)
        assert [review.person for review in now.reviews] == ["ada"]
        assert now.status is Status.PENDING
        assert house.slack.ephemerals("U0ADA") == []


async def test_pressing_twice_counts_once_and_says_what_is_missing(tmp_path: Path) -> None:
    async with a_house(tmp_path, a_policy(a_rule(approvals=2))) as house:
        signoff = await house.ask()
        await house.slack.click("U0ADA", house.card(), APPROVE)
        await house.slack.click("U0ADA", house.card(), APPROVE)
        assert await house.whispered("U0ADA") == (
            "You have already chosen to approve this. 1 more approval needed."
        )
        assert len((await house.now(signoff)).reviews) == 1


async def test_the_loser_of_a_race_is_told_who_decided(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0ADA", house.card(), APPROVE)
    await house.slack.click("U0GRACE", house.card(), APPROVE)
    told = "Too late: this sign-off is already approved. Ada decided it."
    assert await house.whispered("U0GRACE") == told
    assert [review.person for review in (await house.now(signoff)).reviews] == ["ada"]


async def test_a_form_that_comes_too_late_says_so_where_it_stands(house: House) -> None:
    await house.ask()
    await house.slack.click("U0GRACE", house.card(), REJECT)
    await house.slack.click("U0ADA", house.card(), APPROVE)
    await house.slack.submit("U0GRACE", {"choice": "other", "reason": "Wait!"})
    modal = house.slack.modal("U0GRACE")
    assert modal is not None
    assert "already approved. Ada decided it." in words_in(modal.blocks)
    assert "submit" not in modal.body


async def test_no_form_is_opened_for_what_is_decided(house: House) -> None:
    await house.ask()
    await house.slack.click("U0ADA", house.card(), APPROVE)
    await house.slack.click("U0GRACE", house.card(), REJECT)
    assert "already approved. Ada decided it." in await house.whispered("U0GRACE")
    assert house.slack.modal("U0GRACE") is None


async def test_after_the_expiry_a_press_does_not_count(house: House) -> None:
    signoff = await house.ask()
    house.clock.go_on(hours(9))
    await house.slack.click("U0ADA", house.card(), APPROVE)
    assert "Too late" in await house.whispered("U0ADA")
    assert (await house.now(signoff)).status is Status.EXPIRED


async def test_a_card_of_an_older_revision_says_that_it_is_old(house: House) -> None:
    await house.ask()
    old = house.card()
    await house.signoffs.open(
        replace((await house.board.pending())[0].change, key="payments-api/deploy/4712")
    )
    await house.slack.click("U0ADA", old, APPROVE)
    assert "superseded" in await house.whispered("U0ADA")


async def test_a_dead_response_url_does_not_silence_us(house: House) -> None:
    await house.ask()
    house.slack.fail("response_url", Fault.SERVER_ERROR)
    await house.slack.click("U0KIM", house.card(), APPROVE)
    assert "You are not among the reviewers" in await house.whispered("U0KIM")
    assert house.slack.ephemerals("U0KIM")[-1].source == "ephemeral"


async def test_failing_that_too_we_write_to_the_person(house: House) -> None:
    await house.ask()
    house.slack.fail("response_url", Fault.DROP_BEFORE)
    house.slack.fail("chat.postEphemeral", Fault.ERROR("user_not_in_channel"))
    await house.slack.click("U0KIM", house.card(), APPROVE)
    await house.slack.wait_for(lambda: house.slack.messages_to("U0KIM"))
    assert "You are not among the reviewers" in house.slack.messages_to("U0KIM")[0].text


async def test_if_slack_does_not_open_the_form_the_person_is_told(house: House) -> None:
    signoff = await house.ask()
    house.slack.fail("views.open", Fault.ERROR("expired_trigger_id"))
    answer = await house.slack.click("U0ADA", house.card(), REJECT)
    assert answer.status == 200
    assert "did not open the form" in await house.whispered("U0ADA")
    await house.slack.click("U0ADA", house.card(), REJECT)
    assert (await house.slack.submit("U0ADA", {"choice": "tests"})).ok
    assert (await house.now(signoff)).reviews[0].verdict is Verdict.REJECT


async def test_details_show_the_evidence_the_people_and_what_happened(house: House) -> None:
    await house.ask(description="Longer words about it")
    await house.slack.click("U0KIM", house.card(), DETAILS)
    modal = house.slack.modal("U0KIM")
    assert modal is not None
    said = words_in(modal.blocks)
    assert "May approve  Ada, Grace" in said
    assert "Asked for by payments-ci" in said
    assert "Longer words about it" in said


async def test_details_are_not_for_guests(tmp_path: Path) -> None:
    guest = Member(id="U0GUS", name="Gus", handle="gus", restricted=True)
    roster = with_person(ROSTER, a_person("gus", "senior"), "payments-seniors")
    async with a_house(tmp_path, None, roster, members=(*EVERYBODY, guest)) as house:
        channel = house.slack.workspace.channels["C0PAY"]
        house.slack.change_channel(replace(channel, members=(*channel.members, "U0GUS")))
        await house.ask()
        await house.slack.click("U0GUS", house.card(), DETAILS)
        assert "a guest account" in await house.whispered("U0GUS")
        assert house.slack.modal("U0GUS") is None


async def test_by_socket_it_is_the_same(tmp_path: Path) -> None:
    async with a_house(tmp_path, by_socket=True) as house:
        await house.slack.wait_for(lambda: house.slack.socket_open)
        signoff = await house.ask()
        assert (await house.slack.click("U0KIM", house.card(), APPROVE)).ok
        assert "You are not among the reviewers" in await house.whispered("U0KIM")
        assert (await house.slack.click("U0ADA", house.card(), APPROVE)).ok
        assert (await house.now(signoff)).status is Status.APPROVED
        assert not house.room.trouble

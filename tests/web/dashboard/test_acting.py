"""Is deciding on the dashboard the same as in the chat: the same refusals, the same events, worth as much?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack import names
from bot.domain.errors import (
    ChatUnreachable,
    GuestMayNotReview,
    NotCounted,
    Refusal,
    RunIsOver,
    StepUpMissing,
    UnknownPerson,
    UnknownSignoff,
)
from bot.domain.predicates import When
from bot.domain.proving import BY_CLICK, BY_FORM, BY_KEY, BY_SEAT, BY_SIGN_IN
from bot.domain.quorum import is_proved
from bot.domain.signoff import Declaration, Signoff, Status, Verdict
from bot.engine.clicks import Proof
from bot.ports import Malformed
from bot.web.dashboard.acting import Acted, Acting, HasLeft
from bot.web.dashboard.pressed import LONGEST
from bot.web.membership import Membership
from tests.builders import AN_ASSERTION, a_click, a_policy, a_requirement, a_review, a_rule, sha
from tests.chat.house import ADA, APPROVE, GRACE, House, a_house

ONCE = "drawn-when-the-page-was-made"


def _rule(environment: str, **demand: Any) -> Any:
    return a_rule(environment, When(environment=(environment,)), **demand)


POLICY = a_policy(
    a_rule(),
    _rule("two", approvals=2),
    _rule("key", step_up=True),
    _rule("reason", reason=True),
    _rule("checklist", checklist=("rollback is ready",)),
    _rule("declared", declaration=Declaration.REQUIRED),
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, POLICY) as house:
        yield house


class Desk:
    """Somebody's pages: each is drawn anew, so that a press on it is another."""

    def __init__(self, house: House, reopens: bool = True) -> None:
        self.house, self.pages, self.asked = house, 0, 0
        known = house.signoffs.rulebook
        self.acting = Acting(
            board=house.board,
            signoffs=house.signoffs,
            rulebook=known,
            members=Membership(roster=known.roster, check_member=house.room.check_member),
            reopens=lambda connection: reopens,
        )

    async def ask(self, environment: str = "production", **facts: Any) -> Signoff:
        self.asked += 1
        place = f"acme/payments-{self.asked}"
        return await self.house.ask(
            key=f"deploy/{self.asked}", repository=place, environment=environment, **facts
        )

    async def do(self, who: str, signoff: Signoff, deed: str, **said: Any) -> Acted:
        self.pages += 1
        shown = {
            "once": f"{ONCE}-{self.pages}",
            "revision": signoff.change.revision,
            "policy_digest": signoff.requirement.policy_digest,
        }
        return await self.acting.do(who, signoff.id, deed, {**shown, **said})

    async def refused(self, who: str, signoff: Signoff, deed: str, **said: Any) -> str:
        with pytest.raises(Refusal) as refusal:
            await self.do(who, signoff, deed, **said)
        return refusal.value.sentence


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


async def test_an_approval_counts_as_a_click_does_and_says_how_it_was_proved(desk: Desk) -> None:
    signoff = await desk.ask()
    acted = await desk.do("ada", signoff, "approve", reason="  read it  ")
    review = acted.after.reviews[-1]
    assert acted.after.status is Status.APPROVED
    assert (review.person, review.proved, review.reason) == ("ada", BY_SEAT, "read it")
    assert review.assertion is None


async def test_a_rejection_takes_a_reason_and_is_told_to_the_pipeline(desk: Desk) -> None:
    signoff = await desk.ask()
    assert "why" in await desk.refused("ada", signoff, "reject", reason=" . ")
    acted = await desk.do("ada", signoff, "reject", reason="no tests")
    await desk.house.settle()
    assert acted.after.status is Status.REJECTED
    assert [it.status for it in desk.house.pipeline.told] == [Status.REJECTED]


async def test_a_press_that_is_sent_again_is_one_review(desk: Desk) -> None:
    signoff = await desk.ask("two")
    for _ in range(3):
        acted = await desk.do("ada", signoff, "approve", once=ONCE)
        assert [it.person for it in acted.after.reviews] == ["ada"]
    assert len(await desk.house.board.trail(signoff.id)) == 2
    again = await desk.refused("ada", signoff, "approve")
    assert again.startswith("You have already chosen to approve this.")


async def test_nobody_takes_anothers_press_by_its_name(desk: Desk) -> None:
    signoff = await desk.ask("two")
    await desk.do("ada", signoff, "approve", once=ONCE)
    after = (await desk.do("grace", signoff, "approve", once=ONCE)).after
    assert after.status is Status.APPROVED


async def test_what_was_taken_back_does_not_look_recorded_when_it_is_sent_again(desk: Desk) -> None:
    signoff = await desk.ask("two")
    await desk.do("ada", signoff, "approve", once=ONCE)
    await desk.do("ada", signoff, "take_back", once=ONCE)
    with pytest.raises(NotCounted):
        await desk.do("ada", signoff, "approve", once=ONCE)
    assert (await desk.do("ada", signoff, "approve")).after.reviews[-1].person == "ada"


# Refusals: what is pressed in the chat and what is sent by a page are told in the same words.

Before = Callable[[Desk, Signoff], Awaitable[Any]]


async def nothing(desk: Desk, signoff: Signoff) -> None:
    return None


async def approved(desk: Desk, signoff: Signoff) -> None:
    await desk.do("ada", signoff, "approve")


async def claimed(desk: Desk, signoff: Signoff) -> None:
    await desk.do("ada", signoff, "claim")


async def as_guest(desk: Desk, signoff: Signoff) -> None:
    desk.house.slack.change_member(replace(ADA, restricted=True))


PRESSED: dict[str, tuple[str, Before, str, str, str]] = {
    "own change": ("production", nothing, "jun", APPROVE, "approve"),
    "no reviewer": ("production", nothing, "kim", APPROVE, "approve"),
    "not in the roster": ("production", nothing, "eve", APPROVE, "approve"),
    "too late": ("production", approved, "grace", APPROVE, "approve"),
    "said before": ("two", approved, "ada", APPROVE, "approve"),
    "somebody is on it": ("production", claimed, "grace", names.CLAIM, "claim"),
    "a guest": ("production", as_guest, "ada", APPROVE, "approve"),
}


async def test_each_refusal_of_a_press_is_told_by_both_doors_in_the_same_words(desk: Desk) -> None:
    told = {}
    for name, (environment, before, who, action, deed) in PRESSED.items():
        signoff = await desk.ask(environment)
        card, user = desk.house.card(), f"U0{who.upper()}"
        await before(desk, signoff)
        known = len(desk.house.slack.ephemerals(user))
        await desk.house.slack.click(user, card, action, stale=True)
        whispers = await desk.house.slack.wait_for(
            lambda user=user, known=known: desk.house.slack.ephemerals(user)[known:]
        )
        told[name] = await desk.refused(who, signoff, deed)
        assert told[name] == whispers[-1].text, name
    assert len(set(told.values())) == len(PRESSED)


Call = Callable[[House, Signoff], Awaitable[Any]]


def _review(who: str = "ada", verdict: Verdict = Verdict.APPROVE, **bent: Any) -> Call:
    return lambda house, it: house.signoffs.review(a_click(it, who, id="chat", **bent), verdict)


async def asked(desk: Desk, signoff: Signoff) -> None:
    await desk.do("ada", signoff, "inquire", reason="why three?")
    await desk.do("jun", signoff, "answer", number=1, reason="the network")


SENT: dict[str, tuple[str, Before, Call, str, str, dict[str, Any]]] = {
    "an older revision": (
        "production", nothing, _review(revision=sha("b")), "ada", "approve", {"revision": sha("b")},
    ),
    "another policy": (
        "production", nothing, _review(policy_digest="sha256:0"), "ada", "approve",
        {"policy_digest": "sha256:0"},
    ),
    "no key": ("key", nothing, _review(), "ada", "approve", {}),
    "no reason": ("reason", nothing, _review(), "ada", "approve", {}),
    "no checklist": ("checklist", nothing, _review(), "ada", "approve", {"reason": "fine"}),
    "nobody declared": ("declared", nothing, _review(), "ada", "approve", {}),
    "nothing to take back": (
        "production", nothing, lambda house, it: house.signoffs.take_back(a_click(it, "ada")),
        "ada", "take_back", {},
    ),
    "not on it": (
        "production", claimed, lambda house, it: house.signoffs.release(a_click(it, "grace")),
        "grace", "release", {},
    ),
    "to oneself": (
        "production", nothing,
        lambda house, it: house.signoffs.delegate(a_click(it, "ada"), "ada", "busy"),
        "ada", "delegate", {"to": "ada", "reason": "busy"},
    ),
    "to its author": (
        "production", nothing,
        lambda house, it: house.signoffs.delegate(a_click(it, "ada"), "jun", "busy"),
        "ada", "delegate", {"to": "jun", "reason": "busy"},
    ),
    "to who may not": (
        "production", nothing,
        lambda house, it: house.signoffs.delegate(a_click(it, "ada"), "kim", "busy"),
        "ada", "delegate", {"to": "kim", "reason": "busy"},
    ),
    "to who has said": (
        "two", approved,
        lambda house, it: house.signoffs.delegate(a_click(it, "grace"), "ada", "busy"),
        "grace", "delegate", {"to": "ada", "reason": "busy"},
    ),
    "no such question": (
        "production", nothing, lambda house, it: house.signoffs.answer(a_click(it, "jun"), 7, "so"),
        "jun", "answer", {"number": 7, "reason": "so"},
    ),
    "answered": (
        "production", asked, lambda house, it: house.signoffs.answer(a_click(it, "jun"), 1, "so"),
        "jun", "answer", {"number": 1, "reason": "so"},
    ),
    "withdrawn by another": (
        "production", nothing, lambda house, it: house.signoffs.withdraw(a_click(it, "ada"), "no"),
        "ada", "withdraw", {"reason": "not mine"},
    ),
    "declared by another": (
        "declared", nothing,
        lambda house, it: house.signoffs.declare(a_click(it, "ada"), assisted=True),
        "ada", "declare", {"assisted": True},
    ),
    "not expired": (
        "production", nothing, lambda house, it: house.signoffs.renew(it, by="jun"),
        "jun", "renew", {},
    ),
}  # fmt: skip


async def test_each_refusal_of_the_engine_is_told_in_its_own_words(desk: Desk) -> None:
    for name, (environment, before, call, who, deed, said) in SENT.items():
        signoff = await desk.ask(environment)
        await before(desk, signoff)
        with pytest.raises(Refusal) as in_chat:
            await call(desk.house, signoff)
        assert await desk.refused(who, signoff, deed, **said) == in_chat.value.sentence, name
        assert (await desk.house.now(signoff)).reviews == signoff.reviews or before is approved


async def test_a_forged_step_up_never_counts(desk: Desk) -> None:
    """Whatever a page of ours is made to send: only a signature of their own key counts."""
    signoff = await desk.ask("key")
    for forged in ({}, {"proof": BY_KEY}, {"proved": BY_KEY, "assertion": {"signature": "x"}}):
        with pytest.raises(StepUpMissing):
            await desk.do("ada", signoff, "approve", **forged)
    rejected = await desk.do("ada", signoff, "reject", reason="no tests")
    assert rejected.after.status is Status.REJECTED
    other = await desk.ask("key")
    signed = Proof(how=BY_KEY, assertion=AN_ASSERTION)
    after = await desk.house.signoffs.review(a_click(other), Verdict.APPROVE, proof=signed)
    assert after.status is Status.APPROVED


# Who it is, is asked of the chat at each deed.


async def test_whoever_becomes_a_guest_decides_nothing_from_then_on(desk: Desk) -> None:
    signoff = await desk.ask("two")
    await desk.do("ada", signoff, "claim")
    desk.house.slack.change_member(replace(ADA, restricted=True))
    with pytest.raises(GuestMayNotReview):
        await desk.do("ada", signoff, "approve")
    desk.house.slack.change_member(ADA)
    assert (await desk.do("ada", signoff, "approve")).after.reviews


async def test_while_the_chat_is_down_nothing_is_decided(desk: Desk) -> None:
    signoff = await desk.ask()
    desk.house.slack.down = True
    with pytest.raises(ChatUnreachable):
        await desk.do("ada", signoff, "approve")
    desk.house.slack.down = False
    assert not (await desk.house.now(signoff)).reviews
    assert (await desk.do("ada", signoff, "approve")).after.status is Status.APPROVED


async def test_an_approval_of_who_left_does_not_count_with_the_next(desk: Desk) -> None:
    signoff = await desk.ask("two")
    await desk.do("ada", signoff, "approve")
    desk.house.slack.change_member(replace(ADA, deleted=True))
    assert (await desk.do("grace", signoff, "approve")).after.status is Status.PENDING
    desk.house.slack.change_member(ADA)
    other = await desk.ask("two")
    await desk.do("ada", other, "approve")
    assert (await desk.do("grace", other, "approve")).after.status is Status.APPROVED


async def test_where_nobody_says_who_left_a_seat_counts_as_little_as_a_click(house: House) -> None:
    async def nobody_says(user: str) -> None:
        raise ChatUnreachable

    members = Membership(roster=house.signoffs.rulebook.roster, check_member=nobody_says)
    gone = {how: await members.is_gone("ada", how) for how in HOWS}
    assert gone == {BY_CLICK: True, BY_FORM: True, BY_SEAT: True, BY_SIGN_IN: False, BY_KEY: False}
    with pytest.raises(ChatUnreachable):
        await members.absent(["ada"])


def test_a_seat_is_no_key_whatever_is_said_beside_it() -> None:
    asked = a_requirement(step_up=True)
    review = a_review("ada", proved=BY_SEAT, assertion=AN_ASSERTION)
    assert not is_proved(asked, review)
    assert is_proved(asked, replace(review, proved=BY_KEY))
    assert is_proved(a_requirement(), review)


HOWS = (BY_CLICK, BY_FORM, BY_SEAT, BY_SIGN_IN, BY_KEY)


async def test_it_is_passed_on_to_nobody_who_left(desk: Desk) -> None:
    signoff = await desk.ask()
    desk.house.slack.change_member(replace(GRACE, deleted=True))
    with pytest.raises(HasLeft, match="is no full member"):
        await desk.do("ada", signoff, "delegate", to="grace", reason="knows refunds")
    desk.house.slack.change_member(GRACE)
    after = (await desk.do("ada", signoff, "delegate", to="grace", reason="knows refunds")).after
    assert after.asked == ("grace",)


async def test_nobody_acts_who_is_not_in_the_roster_nor_on_what_is_not_there(desk: Desk) -> None:
    signoff = await desk.ask()
    with pytest.raises(UnknownPerson):
        await desk.do("nobody", signoff, "approve")
    with pytest.raises(UnknownSignoff):
        await desk.do("ada", replace(signoff, id="sgn_none"), "approve")


async def test_a_pipeline_that_ended_its_run_is_not_asked_again(house: House) -> None:
    desk = Desk(house)
    signoff = await desk.ask()
    house.clock.go_on(timedelta(hours=9))
    await house.signoffs.pass_deadlines()
    await house.settle()
    with pytest.raises(RunIsOver):
        await Desk(house, reopens=False).do("jun", signoff, "renew")
    again = await desk.do("jun", signoff, "renew")
    assert again.after.renews == signoff.id
    assert again.after.id in again.sentence


async def test_what_its_author_says_of_ai_is_recorded(desk: Desk) -> None:
    signoff = await desk.ask("declared")
    acted = await desk.do("jun", signoff, "declare", assisted=False)
    assert [it.assisted for it in acted.after.statements] == [False]
    assert "did not help" in acted.sentence


BENT: dict[str, dict[str, Any]] = {
    "no press": {"once": ""},
    "a press by another name": {"once": "x" * 15},
    "a press with more in it": {"once": "a b" * 8},
    "a press that is no text": {"once": 7},
    "a reason nobody reads": {"reason": "x" * (LONGEST + 1)},
    "a reason that is no text": {"reason": ["x"]},
    "points that are no list": {"checklist": "x"},
    "a revision that is no text": {"revision": None},
}


async def test_what_no_page_sends_is_malformed_and_its_twin_is_recorded(desk: Desk) -> None:
    signoff = await desk.ask()
    for bent in BENT.values():
        with pytest.raises(Malformed):
            await desk.do("ada", signoff, "approve", **bent)
    assert not (await desk.house.now(signoff)).reviews
    assert (await desk.do("ada", signoff, "approve", reason="x" * LONGEST)).after.reviews


async def test_an_answer_names_its_question(desk: Desk) -> None:
    signoff = await desk.ask()
    await desk.do("ada", signoff, "inquire", reason="why three?")
    for said in ({"number": "1"}, {"number": True}, {"number": 0}, {}):
        with pytest.raises(Malformed):
            await desk.do("jun", signoff, "answer", reason="the network", **said)
    acted = await desk.do("jun", signoff, "answer", reason="the network", number=1)
    assert acted.after.inquiries[0].answer == "the network"

"""Is everybody who is no full member turned away, at each button and each form, at that moment?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.slack import names
from bot.domain.signoff import Signoff, Verdict
from bot.playground.courier import Answer
from bot.playground.faults import Fault
from tests.builders import a_click, a_policy, a_rule, hours
from tests.chat.hand import Hand, subject_of
from tests.chat.house import ADA, JUN, House, a_house

Attack = Callable[[Hand, Signoff], Awaitable[Answer]]
MEMBERS = {member.id: member for member in (ADA, JUN)}

STRANGERS: dict[str, tuple[dict[str, bool], str]] = {
    "a guest": ({"restricted": True}, "a guest account"),
    "a guest of one channel": ({"ultra_restricted": True}, "a guest account"),
    "a bot": ({"bot": True}, "a bot"),
    "deactivated": ({"deleted": True}, "deactivated"),
    "of a connected workspace": ({"stranger": True}, "from another workspace"),
}


def button(action_id: str, number: int = 0) -> Attack:
    return lambda hand, signoff: hand.press(action_id, subject_of(signoff, number).pack())


def word(chosen: str) -> Attack:
    return lambda hand, signoff: hand.choose(names.MORE, chosen, [subject_of(signoff).pack()])


def form(callback_id: str, number: int = 0, **answers: object) -> Attack:
    return lambda hand, signoff: hand.send(
        callback_id, subject_of(signoff, number).pack(), **answers
    )


BY_ADA: dict[str, Attack] = {
    "approve": button(names.APPROVE),
    "reject": button(names.REJECT),
    "claim": button(names.CLAIM),
    "release": button(names.RELEASE),
    "undo": button(names.UNDO),
    "note": word(names.NOTE),
    "inquire": word(names.INQUIRE),
    "delegate": word(names.DELEGATE),
    "snooze": word(names.SNOOZE),
    "take back": word(names.TAKE_BACK),
    "send an approval": form(names.APPROVE_FORM),
    "send a rejection": form(names.REJECT_FORM, choice=["tests"], reason=""),
    "send a question": form(names.INQUIRY_FORM, reason="Why?"),
    "send a delegation": form(names.DELEGATE_FORM, to=["grace"], reason="Theirs."),
    "send a snooze": form(names.SNOOZE_FORM, until=["1h"]),
    "doubt": button(names.DOUBT),
    "send a doubt": form(names.DOUBT_FORM, finding=["f1"], reason="No."),
}
BY_JUN: dict[str, Attack] = {
    "AI helped": button(names.AI_HELPED),
    "AI did not help": button(names.AI_DID_NOT),
    "answer": button(names.ANSWER, 1),
    "send an answer": form(names.ANSWER_FORM, 1, reason="Because."),
    "withdraw": button(names.WITHDRAW),
    "send a withdrawal": form(names.WITHDRAW_FORM, choice=["time"], reason=""),
    "renew": button(names.RENEW),
}
ATTACKS = {
    **{name: ("U0ADA", attack) for name, attack in BY_ADA.items()},
    **{name: ("U0JUN", attack) for name, attack in BY_JUN.items()},
}


async def everything_there(house: House) -> Signoff:
    """A signoff on which each of these would come to something."""
    signoff = await house.ask()
    await house.signoffs.review(a_click(signoff, "ada", "before"), Verdict.APPROVE)
    await house.signoffs.inquire(a_click(signoff, "grace", "asks"), "Why now?")
    await house.settle()
    return await house.now(signoff)


async def turned_away(house: House, hand: Hand, name: str, signoff: Signoff, why: str) -> None:
    """Told why, in the form or in private, and nothing came of it."""
    heard, open_before = len(house.slack.ephemerals(hand.user)), house.slack.modal(hand.user)
    answer = await ATTACKS[name][1](hand, signoff)
    assert answer.status == 200, name
    said = answer.body
    if not answer.json:
        private = lambda: house.slack.ephemerals(hand.user)[heard:]  # noqa: E731
        said = (await house.slack.wait_for(private))[0].text
    assert why in said, name
    assert await house.now(signoff) == signoff, name
    assert house.slack.modal(hand.user) == open_before, name


@pytest.fixture
async def busy(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, a_policy(a_rule(approvals=2))) as house:
        yield house


@pytest.mark.parametrize("sort", STRANGERS)
async def test_they_are_turned_away_though_they_were_members_a_moment_ago(
    busy: House, sort: str
) -> None:
    signoff = await everything_there(busy)
    for user in MEMBERS:
        await Hand(house=busy, user=user).press(names.DETAILS, subject_of(signoff).pack())
    flags, why = STRANGERS[sort]
    for member in MEMBERS.values():
        busy.slack.change_member(replace(member, **flags))
    for name, (user, _) in ATTACKS.items():
        hand = Hand(house=busy, user=user)
        await turned_away(busy, hand, name, signoff, f"Your Slack account is {why}")


async def test_so_is_whoever_acts_from_another_workspace(busy: House) -> None:
    signoff = await everything_there(busy)
    for name, (user, _) in ATTACKS.items():
        hand = Hand(house=busy, user=user, team="T0ELSE")
        await turned_away(busy, hand, name, signoff, "from another workspace")


async def test_so_is_whom_the_roster_does_not_know(busy: House) -> None:
    signoff = await everything_there(busy)
    for name in ATTACKS:
        hand = Hand(house=busy, user="U0EVE")
        await turned_away(busy, hand, name, signoff, "not in Countersign's roster")


async def test_while_slack_does_not_say_who_it_is_nothing_comes_of_it(busy: House) -> None:
    signoff = await everything_there(busy)
    busy.slack.fail("users.info", Fault.RATE_LIMITED(), times=None)
    for name, (user, _) in ATTACKS.items():
        await turned_away(busy, Hand(house=busy, user=user), name, signoff, "Please try again")


COUNTED = {
    "approve": BY_ADA["approve"],
    "claim": BY_ADA["claim"],
    "send a rejection": BY_ADA["send a rejection"],
    "send a question": BY_ADA["send a question"],
    "send a delegation": BY_ADA["send a delegation"],
}


@pytest.mark.parametrize("name", COUNTED)
async def test_the_same_of_a_member_counts(busy: House, name: str) -> None:
    signoff = await busy.ask()
    answer = await COUNTED[name](Hand(house=busy, user="U0ADA"), signoff)
    assert (answer.status, answer.body) == (200, "")
    assert (await busy.now(signoff)).version == signoff.version + 1


@pytest.mark.parametrize("name", ["AI helped", "send an answer", "send a withdrawal"])
async def test_so_does_the_same_of_the_author(busy: House, name: str) -> None:
    signoff = await everything_there(busy)
    answer = await BY_JUN[name](Hand(house=busy, user="U0JUN"), signoff)
    assert (answer.status, answer.body) == (200, "")
    assert (await busy.now(signoff)).version > signoff.version


@pytest.mark.parametrize("name", [*COUNTED, "undo", "take back"])
async def test_the_same_delivered_twice_is_one(busy: House, name: str) -> None:
    signoff = await (busy.ask() if name in COUNTED else everything_there(busy))
    first = await BY_ADA[name](Hand(house=busy, user="U0ADA"), signoff)
    once = await busy.now(signoff)
    busy.clock.go_on(hours(0.001))
    again = await busy.slack.resend(first)
    assert (first.status, again.status) == (200, 200)
    assert once.version == signoff.version + 1
    assert await busy.now(signoff) == once


def test_each_name_there_is_stands_in_the_table_or_only_reads() -> None:
    known = {
        name: value
        for name, value in vars(names).items()
        if name.isupper() and isinstance(value, str)
    }
    tried = {
        *("APPROVE", "REJECT", "CLAIM", "RELEASE", "UNDO", "RENEW", "WITHDRAW", "ANSWER"),
        *("NOTE", "INQUIRE", "DELEGATE", "SNOOZE", "TAKE_BACK", "MORE", "DOUBT"),
        *("AI_HELPED", "AI_DID_NOT", "APPROVE_FORM", "REJECT_FORM", "INQUIRY_FORM"),
        *("ANSWER_FORM", "DELEGATE_FORM", "SNOOZE_FORM", "WITHDRAW_FORM", "DOUBT_FORM"),
    }
    elsewhere = {
        *("DETAILS", "GO_AWAY", "COME_BACK", "SETTINGS", "PAGE", "AWAY_FORM", "SETTINGS_FORM"),
        *("ASK_FORM", "GLOBAL_SHORTCUT", "MESSAGE_SHORTCUT", "STEP_UP"),
    }
    assert set(known) == tried | elsewhere

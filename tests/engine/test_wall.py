"""Do all cards tell the truth, and is nobody asked more than they have to be?"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import AlreadyDecided, NotAReviewer
from bot.domain.signoff import Signoff, Status
from bot.domain.sla import Sla
from bot.ports import CardRef, Undelivered, Unreachable
from tests.builders import (
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_person,
    a_policy,
    a_rule,
    hours,
    minutes,
    with_person,
)
from tests.engine.house import House, a_house

WIDE = a_policy(a_rule(sla="s"), slas={"s": Sla(escalate_to=(PLATFORM,))})
LOST = Unreachable("the answer was lost")
DOWN = Unreachable("refused", sent=False)
TWO = a_policy(a_rule(approvals=2))


async def truth(house: House, signoff: Signoff) -> bool:
    """Whether every card that hangs anywhere shows the signoff as it is."""
    await house.dispatcher.settle()
    now = await house.now(signoff)
    return {(card.version, card.status) for card in house.chat.cards.values()} == {
        (now.version, now.status)
    }


async def test_cards_are_corrected_where_they_hang(house: House) -> None:
    signoff = await house.open()
    assert await truth(house, signoff)
    hung = set(house.chat.cards)
    await house.review(signoff)
    assert await truth(house, signoff)
    assert set(house.chat.cards) == hung


async def test_what_one_place_refuses_the_others_show(house: House) -> None:
    house.chat.answers["@U0ADA"] = deque([DOWN])
    signoff = await house.open()
    await house.dispatcher.settle()
    assert sorted(house.chat.places.values()) == ["@U0GRACE", "C0PAY"]
    house.clock.go_on(minutes(2))
    assert await truth(house, signoff)
    assert sorted(house.chat.places.values()) == ["@U0ADA", "@U0GRACE", "C0PAY"]


async def test_a_place_that_refuses_for_good_is_not_asked_again_for_this_version(
    house: House,
) -> None:
    house.chat.answers["@U0ADA"] = deque([Undelivered("account_inactive", final=True)])
    await house.open()
    await house.dispatcher.settle()
    assert (await house.board.backlog())["waiting"] == 0
    assert sorted(house.chat.places.values()) == ["@U0GRACE", "C0PAY"]


async def test_a_card_that_hangs_without_our_knowing_is_adopted_at_the_first_click(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path, policy=TWO) as house:
        house.chat.loses_answers = True
        house.chat.answers["C0PAY"] = deque([LOST])
        signoff = await house.open()
        await house.dispatcher.settle()
        orphan = next(ref for ref, at in house.chat.places.items() if at == "C0PAY")
        house.clock.go_on(minutes(2))
        await house.dispatcher.settle()
        assert len(house.chat.on("C0PAY")) == 2
        await house.review(signoff, "ada", on=orphan)
        assert await truth(house, signoff)
        await house.review(await house.now(signoff), "grace")
        assert await truth(house, signoff)


async def test_a_known_card_is_not_adopted_again(house: House) -> None:
    signoff = await house.open()
    await house.dispatcher.settle()
    known = next(iter(house.chat.cards))
    await house.review(signoff, on=known)
    assert await truth(house, signoff)
    assert len(house.chat.cards) == 3


async def test_an_orphan_is_corrected_even_if_the_click_on_it_is_refused(house: House) -> None:
    signoff = await house.review(await house.open())
    await house.dispatcher.settle()
    orphan = CardRef("C0ELSE", "m99")
    with pytest.raises(AlreadyDecided):
        await house.review(signoff, "grace", on=orphan)
    await house.dispatcher.settle()
    assert house.chat.cards[orphan].status is Status.APPROVED


async def test_an_orphan_on_which_a_stranger_clicks_is_corrected_too(house: House) -> None:
    signoff = await house.open()
    orphan = CardRef("C0ELSE", "m99")
    with pytest.raises(NotAReviewer):
        await house.review(signoff, "kim", on=orphan)
    await house.dispatcher.settle()
    assert house.chat.cards[orphan].status is Status.PENDING


async def test_direct_messages_are_not_begun_once_it_is_decided(house: House) -> None:
    signoff = await house.review(await house.open())
    assert await truth(house, signoff)
    assert set(house.chat.places.values()) == {"C0PAY"}


async def test_those_that_were_begun_are_corrected(house: House) -> None:
    signoff = await house.open()
    await house.dispatcher.settle()
    await house.review(signoff)
    assert await truth(house, signoff)
    assert len(house.chat.cards) == 3


async def test_what_nobody_has_to_sign_bothers_nobody(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy(shadow=True)) as house:
        await house.open()
        await house.dispatcher.settle()
        assert house.chat.cards == {}
        assert house.pipeline.taken == [("msg_sgn_1_not_required", "not_required")]


async def test_a_reminder_goes_to_the_channel_and_to_who_has_not_answered(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path, policy=TWO) as house:
        signoff = await house.open()
        await house.dispatcher.settle()
        await house.review(signoff, "ada")
        house.clock.go_on(minutes(15))
        await house.signoffs.pass_deadlines()
        await house.dispatcher.settle()
        assert sorted(house.chat.reminders) == [("@U0GRACE", False), ("C0PAY", False)]
        assert all(ref in house.chat.cards for ref in house.chat.threads)


async def test_when_it_escalates_the_wider_circle_sees_and_hears_it(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=WIDE) as house:
        await house.open()
        await house.dispatcher.settle()
        house.clock.go_on(hours(1))
        await house.signoffs.pass_deadlines()
        await house.dispatcher.settle()
        everybody = ["@U0ADA", "@U0GRACE", "@U0PAT", "@U0RUTH", "C0PAY", "C0PLAT"]
        assert sorted(house.chat.places.values()) == everybody
        assert sorted(house.chat.reminders) == [(place, True) for place in everybody]


async def test_after_an_outage_of_the_chat_only_the_newest_reminder_is_spoken(
    house: House,
) -> None:
    house.chat.answers["C0PAY"] = deque([DOWN] * 3)
    signoff = await house.open()
    await house.dispatcher.settle()
    for wait in (minutes(15), minutes(30)):
        house.clock.go_on(wait)
        await house.signoffs.pass_deadlines()
        await house.dispatcher.settle()
    house.clock.go_on(hours(2))
    await house.dispatcher.settle()
    assert await truth(house, signoff)
    assert sorted(house.chat.reminders) == [
        ("@U0ADA", False),
        ("@U0GRACE", False),
        ("C0PAY", False),
    ]


async def test_nobody_is_reminded_of_what_is_decided(house: House) -> None:
    signoff = await house.open()
    house.clock.go_on(minutes(15))
    await house.signoffs.pass_deadlines()
    await house.review(signoff)
    await house.dispatcher.settle()
    assert house.chat.reminders == []


@pytest.mark.parametrize(
    ("problem", "heard"),
    [(DOWN, 2), (Undelivered("busy"), 2), (LOST, 0), (Undelivered("gone", final=True), 0)],
    ids=["surely not said", "refused for now", "perhaps said", "refused for good"],
)
async def test_a_reminder_is_repeated_only_if_surely_nobody_heard_it(
    house: House, problem: Exception, heard: int
) -> None:
    """Two places of three work at the second try; a reminder is not said twice in doubt."""
    await house.open()
    await house.dispatcher.settle()
    for place in ("C0PAY", "@U0ADA", "@U0GRACE"):
        house.chat.answers[place] = deque([problem])
    house.chat.answers["C0PAY"].append(DOWN)
    house.clock.go_on(minutes(15))
    await house.signoffs.pass_deadlines()
    await house.dispatcher.settle()
    house.clock.go_on(minutes(2))
    await house.dispatcher.settle()
    assert len(house.chat.reminders) == heard


async def test_if_one_heard_it_it_is_not_repeated(house: House) -> None:
    await house.open()
    await house.dispatcher.settle()
    house.chat.answers["C0PAY"] = deque([DOWN])
    house.clock.go_on(minutes(15))
    await house.signoffs.pass_deadlines()
    for _ in range(3):
        await house.dispatcher.settle()
        house.clock.go_on(minutes(2))
    assert sorted(house.chat.reminders) == [("@U0ADA", False), ("@U0GRACE", False)]


async def test_who_has_no_slack_is_not_written_to(tmp_path: Path) -> None:
    mute = with_person(ROSTER, a_person("grace", slack=""))
    async with a_house(tmp_path, roster=mute) as house:
        await house.open()
        await house.dispatcher.settle()
        assert sorted(house.chat.places.values()) == ["@U0ADA", "C0PAY"]


async def test_where_the_group_has_no_channel_it_hangs_in_another(tmp_path: Path) -> None:
    """A sign-off that hangs nowhere would be seen by nobody."""
    silent = replace(ROSTER.groups[PAYMENTS], channel="")
    roster = replace(ROSTER, groups={**ROSTER.groups, PAYMENTS: silent})
    async with a_house(tmp_path, roster=roster) as house:
        await house.open()
        await house.dispatcher.settle()
        assert "C0PLAT" in house.chat.places.values()


async def test_an_older_picture_never_covers_a_newer_one(house: House) -> None:
    """Two showings at once, of which the slow one has looked first."""
    signoff = await house.open()
    old = await house.now(signoff)
    await house.review(signoff)
    now = await house.now(signoff)
    await house.wall.show(now)
    await house.wall.show(old)
    assert {card.version for card in house.chat.on("C0PAY")} == {now.version}
    await asyncio.gather(house.wall.show(now), house.wall.show(now))
    assert len(house.chat.on("C0PAY")) == 1

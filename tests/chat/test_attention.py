"""Who reads how somebody decided? They alone; and of a group its members, all of it together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.signoff import Verdict
from bot.playground.workspace import Channel, Member
from tests.builders import a_change, a_click, hours, minutes
from tests.chat.asking import HERE, answered, said
from tests.chat.house import House, a_house, words_in
from tests.engine.test_attention import DAYS, NAMES, ROSTER, policy

MEMBERS = tuple(Member(id=f"U0{it.upper()}", name=it.title(), handle=it) for it in (*NAMES, "jun"))
CHANNELS = tuple(
    Channel(id=id, name=id.lower(), members=tuple(it.id for it in MEMBERS))
    for id in ("C0TEAM", HERE)
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, policy(), ROSTER, members=MEMBERS, channels=CHANNELS) as made:
        yield made


async def decide(house: House, number: int, person: str) -> None:
    change = a_change(key=f"k{number}", repository=f"acme/payments-{number}")
    signoff = (await house.signoffs.open(change)).signoff
    house.clock.go_on(minutes(3))
    await house.signoffs.review(a_click(signoff, person), Verdict.APPROVE)


async def a_week(house: House, people: tuple[str, ...] = NAMES[:5], times: int = 2) -> None:
    """And the next has begun since."""
    for number in range(len(people) * times):
        await decide(house, number, people[number % len(people)])
    house.clock.go_on(hours(7 * DAYS))


def names_in(text: str) -> list[str]:
    return [it.name for it in ROSTER.people.values() if it.name in text or it.slack in text]


async def test_one_reads_about_oneself(house: House) -> None:
    for number in range(5):
        await decide(house, number, "ada")
    answer = await said(house, "U0ADA", "metrics me")
    assert answer.startswith("5 reviews of yours\nOf what was opened since 2026-10-24")
    assert "100 % approved\nDetails, or our page, opened before deciding: 0 %\n" in answer
    assert "From having it before one to deciding: 3 min (median)\n" in answer
    assert "The same for 100 changed lines: 6 min (median)\n" in answer
    assert "Most decided within one hour: 5\n" in answer
    assert "Only you see this. It is no verdict" in answer


@pytest.mark.parametrize("words", ["metrics me", "metrics My since 7d", "figures mine"])
async def test_of_few_only_the_number_is_told(house: House, words: str) -> None:
    await decide(house, 1, "ada")
    answer = await said(house, "U0ADA", words)
    assert answer.startswith("1 review of yours\n")
    assert "Too few to say more: it takes 5" in answer
    assert "%" not in answer


async def test_who_decided_nothing_is_told_so(house: House) -> None:
    await decide(house, 1, "ada")
    assert "You decided nothing" in await said(house, "U0BO", "metrics me")


async def test_what_is_about_oneself_is_never_shared(house: House) -> None:
    for number in range(5):
        await decide(house, number, "ada")
    answer = await answered(house, "U0ADA", "metrics me --share")
    assert "Only you see this: it is about you, so it is not shared." in words_in(answer.blocks)


@pytest.mark.parametrize("words", ["metrics bo", "metrics @bo", "metrics <@U0BO|bo>"])
async def test_nobody_reads_about_somebody_else(house: House, words: str) -> None:
    for number in range(5):
        await decide(house, number, "bo")
    answer = await said(house, "U0ADA", words)
    assert "There is no group called" in answer
    assert "reviews" not in answer


async def test_a_member_reads_how_all_decided_together(house: House) -> None:
    await a_week(house)
    answer = await said(house, "U0ADA", "metrics team")
    assert "How team decided in the four weeks before this one\n100 % approved" in answer
    assert "Of all members together, and only for members: never of one person." in answer
    assert names_in(answer) == []
    assert "within one hour" not in answer


async def test_who_is_no_member_reads_the_figures_and_nothing_of_that(house: House) -> None:
    await a_week(house)
    answer = await said(house, "U0FLO", "metrics team")
    assert "10 sign-offs opened for team" in answer
    assert "deci" not in answer.replace("Time to a decision", "").replace("Decided in time", "")


async def test_a_channel_reads_nothing_of_that_whoever_asks(house: House) -> None:
    await a_week(house)
    await house.slack.command("U0ADA", "/signoff", "metrics team --share", channel=HERE)
    shared = house.slack.messages(HERE)[-1]
    assert "10 sign-offs opened for team" in words_in(shared.blocks)
    assert "decided in the four weeks" not in words_in(shared.blocks)


async def test_of_four_a_member_reads_that_it_is_too_few(house: House) -> None:
    await a_week(house, NAMES[:4])
    answer = await said(house, "U0ADA", "metrics team")
    assert "How its members decided: too few to say. It takes 5 people" in answer
    assert "opened before deciding" not in answer


async def test_figures_of_everything_have_none_of_it(house: House) -> None:
    await a_week(house)
    answer = await said(house, "U0ADA", "metrics")
    assert "10 sign-offs opened" in answer
    assert "deciding" not in answer

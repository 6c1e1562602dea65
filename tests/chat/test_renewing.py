"""Can the author of what expired have it asked again with one press?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.chat.slack import names
from bot.chat.slack.room import SlackRoom
from bot.domain.signoff import Signoff, Status, Verdict
from tests.builders import a_click, hours
from tests.chat.hand import Hand, subject_of
from tests.chat.house import BOT_TOKEN, SECRET, House, _served, words_in


async def expired(house: House) -> Signoff:
    signoff = await house.ask()
    house.clock.go_on(hours(8))
    await house.signoffs.pass_deadlines()
    await house.settle()
    return await house.now(signoff)


async def ask_again(house: House, user: str, signoff: Signoff) -> None:
    await Hand(house=house, user=user).press(names.RENEW, subject_of(signoff).pack())


async def test_one_press_of_the_author_asks_the_same_again(house: House) -> None:
    over = await expired(house)
    assert over.status is Status.EXPIRED
    await house.slack.click("U0JUN", house.card(), names.RENEW)
    (again,) = await house.board.pending()
    assert (again.renews, again.change) == (over.id, over.change)
    assert (await house.now(over)).renewed_as == again.id
    assert f"asked again, as {again.id}" in await house.whispered("U0JUN")
    await house.settle()
    await house.signoffs.review(a_click(again, "ada"), Verdict.APPROVE)
    assert (await house.now(again)).status is Status.APPROVED


@pytest.mark.parametrize("user", ["U0ADA", "U0KIM"])
async def test_nobody_else_asks_again(house: House, user: str) -> None:
    over = await expired(house)
    await ask_again(house, user, over)
    assert "Only somebody who had a part" in await house.whispered(user)
    assert await house.board.pending() == []


async def test_it_is_asked_again_once(house: House) -> None:
    over = await expired(house)
    await ask_again(house, "U0JUN", over)
    await ask_again(house, "U0JUN", over)
    (again,) = await house.board.pending()
    told = f"This was asked for again already, as {again.id}."
    assert await house.whispered("U0JUN", "already") == told


async def test_what_waits_or_was_decided_is_not_asked_again(house: House) -> None:
    signoff = await house.ask()
    await ask_again(house, "U0JUN", signoff)
    assert "this is pending" in await house.whispered("U0JUN")
    await house.signoffs.review(a_click(signoff, "ada"), Verdict.APPROVE)
    await ask_again(house, "U0JUN", signoff)
    assert "this is approved" in await house.whispered("U0JUN", "approved")
    assert await house.board.pending() == []


async def test_it_does_not_take_the_place_of_what_is_newer(house: House) -> None:
    over = await expired(house)
    newer = await house.signoffs.open(replace(over.change, key="payments-api/deploy/4712"))
    await ask_again(house, "U0JUN", over)
    assert newer.signoff.id in await house.whispered("U0JUN", "newer change waits")
    assert [it.id for it in await house.board.pending()] == [newer.signoff.id]


@pytest.fixture
async def ended(house: House) -> AsyncIterator[House]:
    """Where the pipeline ends a run that it was told to stop."""
    room = SlackRoom(
        token=BOT_TOKEN,
        signing_secret=SECRET,
        api_url=house.slack.api_url,
        signoffs=house.signoffs,
        board=house.board,
        rulebook=house.signoffs.rulebook,
        clock=house.clock,
        reopens=lambda connection: connection != "payments-ci",
    )
    async with room, _served(room) as base:
        house.slack.connect(f"{base}/slack/events")
        yield house


async def test_where_the_run_is_over_the_author_is_told_what_to_do(ended: House) -> None:
    over = await expired(ended)
    await ask_again(ended, "U0ADA", over)
    assert "Only somebody who had a part" in await ended.whispered("U0ADA")
    await ask_again(ended, "U0JUN", over)
    assert "Run the job again" in await ended.whispered("U0JUN")
    assert await ended.board.pending() == []


async def test_the_card_that_expired_says_where_it_is_asked_again(house: House) -> None:
    over = await expired(house)
    old = house.card()
    await ask_again(house, "U0JUN", over)
    await house.settle()
    (again,) = await house.board.pending()
    now = house.slack.workspace.find(old.channel, old.ts)
    assert now is not None
    assert again.id in words_in(now.blocks)


async def test_the_same_press_delivered_twice_asks_once(house: House) -> None:
    over = await expired(house)
    first = await house.slack.click("U0JUN", house.card(), names.RENEW)
    await house.slack.resend(first)
    assert len(await house.board.pending()) == 1
    assert (await house.now(over)).renewed_as == (await house.board.pending())[0].id

"""Is what /signoff answers private, useful, and never an error?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.signoff import Status
from bot.playground.faults import Fault
from tests.builders import minutes
from tests.chat.house import ADA, APPROVE, House, words_in


async def said(house: House, user: str, text: str) -> str:
    answer = await house.slack.command(user, "/signoff", text, channel="C0PAY")
    assert answer.status == 200
    assert answer.trouble == ""
    message = house.slack.ephemerals(user)[-1]
    assert message.source == "answer"
    return words_in(message.blocks)


async def many(house: House, number: int) -> None:
    for n in range(number):
        await house.ask(key=f"deploy/{n}", repository=f"acme/payments-{n}", title=f"Change {n}")
        house.clock.go_on(minutes(1))


async def test_status_lists_what_waits_the_oldest_first(house: House) -> None:
    await many(house, 12)
    lines = (await said(house, "U0KIM", "status")).splitlines()
    assert lines[0] == "12 waiting for a sign-off"
    assert lines[1].startswith("acme/payments-0 → production: “Change 0”, asked: ")
    assert "7 h 48 min left, sgn_1" in lines[1]
    assert len(lines) == 1 + 10 + 1
    assert lines[-1] == "and 2 more"


async def test_status_with_nothing_to_say_says_so(house: House) -> None:
    assert await said(house, "U0KIM", "status") == "Nothing waits for a sign-off."


@pytest.mark.parametrize("name", ["sgn_1", "payments-api/deploy/4711"])
@pytest.mark.parametrize("words", ["status {}", "{}"])
async def test_one_signoff_is_found_by_id_or_key(house: House, name: str, words: str) -> None:
    await house.ask(description="Longer words")
    assert "Longer words" in await said(house, "U0KIM", words.format(name))


async def test_an_unknown_name_gets_a_helpful_answer(house: House) -> None:
    answer = await said(house, "U0KIM", "status <!channel>*x*")
    assert answer == "There is no signoff called <!channel>*x*. /signoff status lists them."
    assert "<" not in house.slack.ephemerals("U0KIM")[-1].text


async def test_several_that_are_called_so_are_listed(house: House) -> None:
    await many(house, 2)
    answer = await said(house, "U0KIM", "status sgn_")
    assert answer.startswith("2 signoffs are called so")


@pytest.mark.parametrize("words", ["", "mine", "MINE "])
async def test_mine_shows_what_i_could_decide_with_its_buttons(house: House, words: str) -> None:
    signoff = await house.ask()
    assert "Nothing waits for you" in await said(house, "U0KIM", words)
    assert "1 waiting for you" in await said(house, "U0ADA", words)
    await house.slack.click("U0ADA", house.slack.ephemerals("U0ADA")[-1], APPROVE)
    assert (await house.now(signoff)).status is Status.APPROVED
    await house.settle()
    assert len(house.slack.cards("C0PAY")) == 1


async def test_a_slip_of_the_pen_is_understood(house: House) -> None:
    answer = await said(house, "U0KIM", "statsu")
    assert "I do not know “statsu”. Did you mean /signoff status?" in answer
    assert "/signoff mine" in answer


async def test_help_needs_nobody_to_be_known(house: House) -> None:
    house.slack.fail("users.info", Fault.SERVER_ERROR)
    assert "/signoff status ID or key" in await said(house, "U0EVE", "help")


@pytest.mark.parametrize("words", ["status", "mine", "sgn_1", "whatever"])
async def test_guests_learn_nothing(house: House, words: str) -> None:
    await house.ask()
    assert "acme" in await said(house, "U0ADA", "status")
    house.clock.go_on(minutes(2))
    house.slack.change_member(replace(ADA, restricted=True))
    assert "a guest account" in await said(house, "U0ADA", words)


async def test_while_slack_is_unsure_who_asks_nothing_is_told(house: House) -> None:
    await house.ask()
    house.slack.fail("users.info", Fault.HALF_RESPONSE)
    assert "Slack does not say who you are" in await said(house, "U0ADA", "status")


async def test_the_answer_stays_within_what_slack_takes(house: House) -> None:
    for n in range(12):
        await house.ask(key=f"k{n}", repository=f"acme/payments-{n}{'&' * 90}", title="<" * 300)
    for words in ("status", "mine"):
        assert "acme/payments" in await said(house, "U0ADA", words)

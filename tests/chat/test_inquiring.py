"""Does a question reach the author, and the answer come back, once and only from them?"""

from __future__ import annotations

import pytest

from bot.chat.slack import names
from bot.domain.arranging import QUESTIONS_AT_MOST
from bot.domain.signoff import Verdict
from tests.builders import a_click
from tests.chat.hand import Hand, choose, modal, press, subject_of
from tests.chat.house import House, words_in


async def test_a_question_reaches_the_author_and_the_answer_comes_back(house: House) -> None:
    signoff = await house.ask()
    await choose(house, "U0ADA", names.INQUIRE, signoff)
    assert "Jun will read it as a direct message" in words_in(modal(house, "U0ADA").blocks)
    assert (await house.slack.submit("U0ADA", {"reason": "Is <!here> it tried?"})).ok
    (asked,) = (await house.now(signoff)).inquiries
    assert (asked.by, asked.question) == ("ada", "Is <!here> it tried?")
    assert "on its way" in await house.whispered("U0ADA")
    await house.settle()
    messages = house.slack.messages_to("U0JUN")
    (message,) = [it for it in messages if "it tried?" in words_in(it.blocks)]
    await house.slack.click("U0JUN", message, names.ANSWER)
    assert "Is <!here> it tried?" in words_in(modal(house, "U0JUN").blocks)
    assert (await house.slack.submit("U0JUN", {"reason": "On staging, yes."})).ok
    (answered,) = (await house.now(signoff)).inquiries
    assert (answered.answered_by, answered.answer) == ("jun", "On staging, yes.")
    await house.settle()
    assert any("On staging, yes." in words_in(m.blocks) for m in house.slack.messages_to("U0ADA"))


async def test_only_who_may_review_asks_and_only_who_had_a_part_answers(house: House) -> None:
    signoff = await house.ask()
    await choose(house, "U0KIM", names.INQUIRE, signoff)
    assert "Ada or Grace may sign it off." in await house.whispered("U0KIM")
    await house.signoffs.inquire(a_click(signoff, "ada", "asks"), "Why now?")
    await press(house, "U0GRACE", names.ANSWER, signoff, 1)
    assert "Only somebody who had a part" in await house.whispered("U0GRACE")
    assert house.slack.modal("U0KIM") is house.slack.modal("U0GRACE") is None
    await press(house, "U0JUN", names.ANSWER, signoff, 1)
    assert house.slack.modal("U0JUN") is not None


async def test_a_question_is_answered_once(house: House) -> None:
    signoff = await house.ask()
    await house.signoffs.inquire(a_click(signoff, "ada", "asks"), "Why now?")
    await press(house, "U0JUN", names.ANSWER, signoff, 1)
    await house.signoffs.answer(a_click(signoff, "jun", "answers"), 1, "Because.")
    await house.slack.submit("U0JUN", {"reason": "Because!"})
    assert "answered already" in words_in(modal(house, "U0JUN").blocks)
    await press(house, "U0JUN", names.ANSWER, signoff, 1)
    assert "answered already" in await house.whispered("U0JUN")
    (asked,) = (await house.now(signoff)).inquiries
    assert asked.answer == "Because."


@pytest.mark.parametrize("number", [0, 2, -1])
async def test_a_question_nobody_asked_is_not_answered(house: House, number: int) -> None:
    signoff = await house.ask()
    await house.signoffs.inquire(a_click(signoff, "ada", "asks"), "Why now?")
    await press(house, "U0JUN", names.ANSWER, signoff, number)
    assert "no such question" in await house.whispered("U0JUN")


async def test_what_is_decided_needs_no_answer(house: House) -> None:
    signoff = await house.ask()
    await house.signoffs.inquire(a_click(signoff, "ada", "asks"), "Why now?")
    await house.signoffs.review(a_click(signoff, "ada", "ok"), Verdict.APPROVE)
    await press(house, "U0JUN", names.ANSWER, signoff, 1)
    assert "already approved. Ada decided it." in await house.whispered("U0JUN")
    assert house.slack.modal("U0JUN") is None


async def test_nobody_begins_to_write_what_there_is_no_room_for(house: House) -> None:
    signoff = await house.ask()
    for number in range(QUESTIONS_AT_MOST):
        await house.signoffs.inquire(a_click(signoff, "ada", f"asks {number}"), "Why?")
    await choose(house, "U0ADA", names.INQUIRE, signoff)
    assert "There are 20 questions already" in await house.whispered("U0ADA")


@pytest.mark.parametrize("said", ["", " \n", "x" * 1001])
@pytest.mark.parametrize("form", [names.INQUIRY_FORM, names.ANSWER_FORM])
async def test_a_question_and_an_answer_are_some_words_and_not_a_book(
    house: House, form: str, said: str
) -> None:
    signoff = await house.ask()
    await house.signoffs.inquire(a_click(signoff, "ada", "asks"), "Why now?")
    before = await house.now(signoff)
    user = "U0ADA" if form == names.INQUIRY_FORM else "U0JUN"
    hand, packed = Hand(house=house, user=user), subject_of(signoff, 1).pack()
    answer = await hand.send(form, packed, reason=said)
    assert set(answer.json["errors"]) == {"reason"}
    assert await house.now(signoff) == before
    await hand.send(form, packed, reason="x" * 1000)
    assert (await house.now(signoff)).version == before.version + 1

"""Is whoever made a change asked whether AI helped, once, and is the answer kept?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.slack.asking import NAMED_AT_MOST
from bot.chat.slack.client import SlackChat
from bot.chat.slack.question import blocks_of_question, spoken_text
from bot.domain.change import Identity
from bot.domain.notes import Question
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Status
from bot.playground.faults import Fault
from bot.playground.server import Playground
from bot.playground.things import Message
from bot.ports import CardRef, Gone, LockedOut, NoSuchPlace, Undelivered, Unreachable
from tests.builders import hours, sha, who
from tests.chat.house import APPROVE, House, words_in
from tests.chat.judges import judge_message
from tests.chat.test_client import IN_PERSON, asking, chat, hang, http, slack

__all__ = ["chat", "http", "slack"]  # the fixtures of the tests below

HELPED, DID_NOT = "signoff_ai_helped", "signoff_ai_did_not"


def a_question(**facts: Any) -> Question:
    known: dict[str, Any] = {
        "signoff_id": "sgn_1",
        "revision": sha("a"),
        "policy_digest": "sha256:policy-1",
        "version": 1,
        "people": ("U0ADA",),
        "about": "acme/payments-api → production",
        "because": "Nobody has said so yet.",
    }
    return Question(**{**known, **facts})


def answered(**facts: Any) -> Question:
    return a_question(version=2, answer="Jun says that AI helped.", **facts)


def mentions(message: Message) -> list[str]:
    parts = [part for block in message.blocks for part in block["elements"]]
    leaves = [leaf for part in parts for leaf in part.get("elements", [])]
    return [leaf["user_id"] for leaf in leaves if leaf["type"] == "user"]


def buttons(message: Message) -> list[str]:
    found = [block for block in message.blocks if block["type"] == "actions"]
    return [element["text"]["text"] for block in found for element in block["elements"]]


async def asked(house: House, **facts: Any) -> Message:
    """The question in the thread of the card."""
    await house.ask(**facts)
    [question] = house.questions()
    return question


# How it is asked.


async def test_the_question_stands_below_the_card_and_names_who_is_asked(
    slack: Playground, chat: SlackChat
) -> None:
    card = await hang(chat, asking())
    ref = await hang(chat, a_question(), below=card)
    message = slack.messages("C0PAY")[1]
    assert (message.channel, message.ts) == (ref.channel, ref.message)
    assert message.thread_ts == card.message
    assert mentions(message) == ["U0ADA"]
    assert buttons(message) == ["AI helped", "AI did not help"]
    said = words_in(message.blocks)
    assert "Did AI help to make this change? acme/payments-api → production" in said
    assert "Nobody has said so yet." in said
    assert message.text.startswith("acme/payments-api → production: Did AI help")


async def test_in_person_nobody_is_named(slack: Playground, chat: SlackChat) -> None:
    ref = await hang(chat, a_question(), IN_PERSON)
    [message] = slack.messages_to("U0ADA")
    assert (message.ts, message.thread_ts) == (ref.message, None)
    assert mentions(message) == []
    assert buttons(message) == ["AI helped", "AI did not help"]


async def test_once_it_is_answered_it_says_so_and_has_no_buttons(
    slack: Playground, chat: SlackChat
) -> None:
    card = await hang(chat, asking())
    ref = await hang(chat, a_question(), below=card)
    before = {block["block_id"] for block in slack.messages("C0PAY")[1].blocks}
    assert await hang(chat, answered(), below=card, posted=ref) == ref
    _, message = slack.messages("C0PAY")
    assert words_in(message.blocks) == "acme/payments-api → production: Jun says that AI helped."
    assert buttons(message) == []
    assert mentions(message) == []
    assert not before & {block["block_id"] for block in message.blocks}


async def test_a_card_that_is_gone_does_not_keep_us_from_asking(
    slack: Playground, chat: SlackChat
) -> None:
    await hang(chat, a_question(), below=CardRef("C0PAY", "1.000001"))
    [message] = slack.messages("C0PAY")
    assert message.thread_ts is None


async def test_of_a_question_that_was_deleted_it_is_said_so(
    slack: Playground, chat: SlackChat
) -> None:
    ref = await hang(chat, a_question())
    slack.remove(ref.channel, ref.message)
    with pytest.raises(Gone):
        await hang(chat, answered(), posted=ref)
    assert slack.messages("C0PAY") == []


async def test_a_question_that_can_no_longer_be_edited_is_corrected_below(
    slack: Playground, chat: SlackChat
) -> None:
    card = await hang(chat, asking())
    ref = await hang(chat, a_question(), below=card)
    slack.workspace.edit_window_closed = True
    assert await hang(chat, answered(), below=card, posted=ref) == ref
    _, question, note = slack.messages("C0PAY")
    assert buttons(question) == ["AI helped", "AI did not help"]
    assert "Jun says that AI helped." in words_in(note.blocks)
    assert note.thread_ts == card.message


@pytest.mark.parametrize(
    ("error", "kind"), [("user_disabled", NoSuchPlace), ("invalid_auth", LockedOut)]
)
async def test_a_refusal_says_whether_the_place_or_all_of_slack_is_closed(
    slack: Playground, chat: SlackChat, error: str, kind: type[Undelivered]
) -> None:
    slack.fail("chat.postMessage", Fault.ERROR(error))
    with pytest.raises(kind, match=error):
        await hang(chat, a_question(), IN_PERSON)


async def test_slack_may_ask_us_to_slow_down(slack: Playground, chat: SlackChat) -> None:
    ref = await hang(chat, a_question())
    slack.fail("chat.update", Fault.RATE_LIMITED(7))
    with pytest.raises(Undelivered) as refused:
        await hang(chat, answered(), posted=ref)
    assert refused.value.retry_after is not None
    assert await hang(chat, answered(), posted=ref) == ref


async def test_where_slack_may_have_asked_we_say_so(slack: Playground, chat: SlackChat) -> None:
    slack.fail("chat.postMessage", Fault.DROP_AFTER)
    with pytest.raises(Unreachable) as problem:
        await hang(chat, a_question())
    assert problem.value.sent
    assert len(slack.messages("C0PAY")) == 1


def test_of_many_the_first_are_named() -> None:
    users = tuple(f"U0N{n}" for n in range(NAMED_AT_MOST + 3))
    blocks = blocks_of_question(a_question(people=users), in_person=False)
    assert judge_message(blocks) == []
    named = [leaf for leaf in blocks[0]["elements"][0]["elements"] if leaf["type"] == "user"]
    assert len(named) == NAMED_AT_MOST
    assert "and 3 more" in words_in(blocks)


@pytest.mark.parametrize("text", ["<!channel>", "<@U0ADA> & co", "x" * 5000])
def test_what_it_is_about_cannot_act(text: str) -> None:
    for question in (a_question(about=text), answered(about=text)):
        assert judge_message(blocks_of_question(question, in_person=False)) == []
        assert "<" not in spoken_text(question)
        assert len(spoken_text(question)) < 4000


# What comes of it.


async def test_the_author_answers_and_the_question_and_the_card_say_so(house: House) -> None:
    signoff = await house.ask()
    [question] = house.questions()
    assert question.thread_ts == house.card().ts
    assert mentions(question) == ["U0JUN"]
    answer = await house.slack.click("U0JUN", question, HELPED)
    assert answer.status == 200
    assert await house.whispered("U0JUN") == "Recorded: AI helped to make this revision."
    now = await house.now(signoff)
    assert [(it.person, it.assisted) for it in now.statements] == [("jun", True)]
    assert now.provenance.status is AiStatus.ASSISTED
    await house.settle()
    for message in (house.slack.messages("C0PAY")[1], house.slack.messages_to("U0JUN")[0]):
        assert "says that AI helped." in words_in(message.blocks)
        assert buttons(message) == []
    assert "an AI tool helped" in words_in(house.card().blocks)


async def test_the_author_may_answer_in_person_that_ai_did_not_help(house: House) -> None:
    signoff = await house.ask()
    await house.slack.click("U0JUN", house.slack.messages_to("U0JUN")[0], DID_NOT)
    told = house.slack.workspace.direct("U0JUN")
    assert await house.whispered("U0JUN") == "Recorded: AI did not help to make this revision."
    assert house.slack.ephemerals("U0JUN")[0].channel == told
    assert (await house.now(signoff)).provenance.status is AiStatus.DECLARED_HUMAN


async def test_the_answer_is_whispered_in_the_thread_where_the_question_stands(
    house: House,
) -> None:
    question = await asked(house)
    await house.slack.click("U0JUN", question, HELPED)
    await house.whispered("U0JUN")
    assert house.slack.ephemerals("U0JUN")[0].thread_ts == question.thread_ts


@pytest.mark.parametrize("user", ["U0ADA", "U0KIM"])
async def test_nobody_can_answer_for_the_author(house: House, user: str) -> None:
    signoff = await house.ask()
    [question] = house.questions()
    await house.slack.click(user, question, DID_NOT)
    told = "Only somebody who had a part in this change can do that."
    assert await house.whispered(user) == told
    assert (await house.now(signoff)).statements == ()
    await house.slack.click("U0JUN", question, DID_NOT)
    assert len((await house.now(signoff)).statements) == 1


async def test_a_guest_cannot_answer(house: House) -> None:
    signoff = await house.ask()
    [question] = house.questions()
    jun = house.slack.workspace.people["U0JUN"]
    house.slack.change_member(replace(jun, restricted=True))
    await house.slack.click("U0JUN", question, DID_NOT)
    assert "a guest account" in await house.whispered("U0JUN")
    assert (await house.now(signoff)).statements == ()


async def test_whoever_the_roster_does_not_know_cannot_answer(house: House) -> None:
    question = await asked(house)
    await house.slack.click("U0EVE", question, HELPED)
    assert "not in Countersign's roster" in await house.whispered("U0EVE")


async def test_the_same_press_delivered_twice_is_one_answer(house: House) -> None:
    signoff = await house.ask()
    [question] = house.questions()
    first = await house.slack.click("U0JUN", question, HELPED)
    assert (await house.slack.resend(first)).status == 200
    assert len((await house.now(signoff)).statements) == 1


async def test_after_the_decision_there_is_nothing_to_answer(house: House) -> None:
    question = await asked(house)
    await house.slack.click("U0ADA", house.card(), APPROVE)
    await house.slack.click("U0JUN", question, DID_NOT)
    assert "already approved" in await house.whispered("U0JUN")
    await house.settle()
    corrected = house.slack.messages("C0PAY")[1]
    assert "need not be answered any more" in words_in(corrected.blocks)
    assert buttons(corrected) == []


async def test_after_the_expiry_an_answer_does_not_count(house: House) -> None:
    signoff = await house.ask()
    [question] = house.questions()
    house.clock.go_on(hours(9))
    await house.slack.click("U0JUN", question, HELPED)
    await house.whispered("U0JUN")
    now = await house.now(signoff)
    assert (now.status, now.statements) == (Status.EXPIRED, ())


async def test_while_slack_is_unsure_nothing_is_recorded(house: House) -> None:
    signoff = await house.ask()
    [question] = house.questions()
    house.slack.fail("users.info", Fault.SERVER_ERROR)
    await house.slack.click("U0JUN", question, HELPED)
    assert "Slack does not say who you are" in await house.whispered("U0JUN")
    assert (await house.now(signoff)).statements == ()


async def test_where_the_author_is_unknown_whoever_had_a_part_is_asked(house: House) -> None:
    stranger = Identity(login="someone-else")
    question = await asked(house, author=stranger, triggered_by=who("kim"))
    assert mentions(question) == ["U0KIM"]


async def test_the_question_carries_what_a_click_is_about(house: House) -> None:
    """An answer about an older revision is not one about the newer."""
    await house.ask()
    [old] = house.questions()
    newer = await house.ask(key="payments-api/deploy/4712", revision=sha("b"))
    await house.slack.click("U0JUN", old, DID_NOT, stale=True)
    await house.whispered("U0JUN")
    assert (await house.now(newer)).statements == ()


async def test_where_something_was_said_nobody_is_asked(house: House) -> None:
    said = "Retry refunds\n\nCo-authored-by: Claude <noreply@anthropic.com>"
    await house.ask(description=said)
    assert house.questions() == []

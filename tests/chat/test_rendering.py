"""Does each thing that hangs in Slack look like what it is, and is it known again?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.chat.slack import names
from bot.chat.slack.listing import SHOWN
from bot.chat.slack.rendering import correction, mark_of, rendered
from bot.domain.card import Card, card_of
from bot.domain.notes import (
    Alarm,
    Asking,
    ListingKind,
    Note,
    Witness,
    asking_of,
    listing_of,
    question_of,
    reply_of,
)
from bot.domain.signoff import Declaration, Signoff
from bot.playground.blocks import judge_blocks
from bot.ports import Surface
from tests.builders import NOW, ROSTER, a_requirement, a_signoff, after, approves
from tests.chat.house import words_in
from tests.chat.test_blocks import HOSTILE, assert_harmless, everything, longest
from tests.domain.test_progress import answers, asks

CHANNEL, IN_PERSON = Surface(channel="C0PAY"), Surface(user="U0ADA")

ASKED = after(a_signoff(), asks("ada", "Why three times?"))
ANSWERED = after(ASKED, answers(1, "It is what they advise."))
UNSURE = a_signoff(requirement=a_requirement(declaration=Declaration.ASK))
OVER = after(a_signoff(signoff_id="sgn_2"), approves("ada"))


def a_list(*signoffs: Signoff, more: int = 0) -> Note:
    return listing_of("lst_1", ListingKind.REMINDER, signoffs, ROSTER, NOW, more)


def pieces(
    asked: Signoff = ASKED, answered: Signoff = ANSWERED, unsure: Signoff = UNSURE
) -> dict[str, Card | Note]:
    return {
        "card": card_of(asked, ROSTER),
        "question": question_of(unsure, ROSTER),
        "asking": asking_of(asked, asked.inquiries[0], ROSTER),
        "closed": asking_of(answered, answered.inquiries[0], ROSTER),
        "reply": reply_of(answered, answered.inquiries[0], ROSTER),
        "listing": a_list(a_signoff(), OVER, more=3),
        "alarm": Alarm(id="x", text="2 messages cannot hang in C0PAY: is_archived."),
    }


def named(blocks: Sequence[object]) -> list[str]:
    return [it["user_id"] for it in everything(blocks) if it.get("type") == "user"]


def pressable(blocks: Sequence[object]) -> list[str]:
    return [it["action_id"] for it in everything(blocks) if "action_id" in it]


@pytest.mark.parametrize("at", [CHANNEL, IN_PERSON], ids=["channel", "in person"])
@pytest.mark.parametrize("name", pieces())
def test_each_is_one_that_slack_takes(name: str, at: Surface) -> None:
    what = rendered(pieces()[name], at)
    report = judge_blocks(what.blocks)
    assert report.problems == []
    assert 0 < len(what.text) <= 4000


def test_a_question_names_who_can_answer_where_many_read_it() -> None:
    asking = pieces()["asking"]
    shown = rendered(asking, CHANNEL)
    assert words_in(shown.blocks).startswith(" Ada asks about acme/payments-api → production:")
    assert "Why three times?" in words_in(shown.blocks)
    assert named(shown.blocks) == ["U0JUN"]
    assert named(rendered(asking, IN_PERSON).blocks) == []
    assert pressable(shown.blocks) == [names.ANSWER]
    assert shown.text == "Ada asks about acme/payments-api → production"


def test_a_question_that_was_answered_says_so_and_can_not_be_pressed() -> None:
    shown = rendered(pieces()["closed"], CHANNEL)
    assert words_in(shown.blocks).endswith("Jun answered.")
    assert (pressable(shown.blocks), named(shown.blocks)) == ([], [])
    assert shown.text.endswith("production. Jun answered")


def test_an_answer_says_the_question_again_where_it_does_not_stand_above() -> None:
    reply = pieces()["reply"]
    assert "You asked:" not in words_in(rendered(reply, CHANNEL).blocks)
    assert named(rendered(reply, CHANNEL).blocks) == ["U0ADA"]
    alone = words_in(rendered(reply, IN_PERSON).blocks)
    assert alone.index("Why three times?") < alone.index("It is what they advise.")


def test_a_list_offers_details_of_what_waits_and_no_decision() -> None:
    shown = rendered(a_list(a_signoff(), OVER, more=3), IN_PERSON)
    assert pressable(shown.blocks) == [names.DETAILS]
    [look] = [it for it in everything(shown.blocks) if it.get("action_id") == names.DETAILS]
    assert look["accessibility_label"] == "Details: acme/payments-api → production"
    assert words_in(shown.blocks).startswith("4 wait for you")
    assert words_in(shown.blocks).endswith("and 3 more")


def test_a_long_list_is_cut_where_slack_would_refuse_it() -> None:
    many = [replace(a_signoff(), id=f"sgn_{n}") for n in range(60)]
    shown = rendered(a_list(*many, more=7), IN_PERSON)
    assert judge_blocks(shown.blocks).problems == []
    assert words_in(shown.blocks).endswith(f"and {60 - SHOWN + 7} more")


def test_what_can_not_be_changed_any_more_is_corrected_without_a_button() -> None:
    card = card_of(OVER, ROSTER)
    note = correction(card, rendered(card, CHANNEL))
    assert words_in(note.blocks).startswith(
        "This card is out of date: Approved: acme/payments-api → production. Approved by Ada, "
    )
    asking = pieces()["asking"]
    assert pressable(correction(asking, rendered(asking, CHANNEL)).blocks) == []


NOTE = "sign.acme.example/audit\n4800\nA=\n\n— sign.acme.example/audit B=\n"


def test_a_checkpoint_is_shown_word_for_word_to_be_copied() -> None:
    shown = rendered(Witness(id="x", lead="As of now.", note=NOTE), CHANNEL)
    report = judge_blocks(shown.blocks)
    assert (report.problems, report.mentions) == ([], [])
    [said] = [it for it in everything(shown.blocks) if it.get("type") == "rich_text_preformatted"]
    assert said["elements"] == [{"type": "text", "text": NOTE}]
    assert (shown.text, pressable(shown.blocks)) == ("As of now.", [])


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_of_anybody_act_wherever_they_hang(text: str) -> None:
    asked = after(a_signoff(), asks("ada", text))
    answered = after(asked, answers(1, text))
    for piece in pieces(asked, answered).values():
        shown = rendered(piece, IN_PERSON)
        assert_harmless(shown.blocks)
        assert judge_blocks(shown.blocks).mentions == []
        assert "<" not in shown.text


@pytest.mark.parametrize("char", ["x", "&", "🙈"])
def test_the_longest_question_and_answer_fit(char: str) -> None:
    asked = after(a_signoff(), asks("ada", char * 5000))
    answered = after(asked, answers(1, char * 5000))
    for piece in pieces(asked, answered).values():
        assert judge_blocks(rendered(piece, CHANNEL).blocks).problems == []


def test_the_longest_list_fits() -> None:
    many = [replace(longest("&"), id=f"sgn_{n}") for n in range(30)]
    assert judge_blocks(rendered(a_list(*many), IN_PERSON).blocks).problems == []


def test_the_same_thing_at_the_same_place_has_the_same_mark() -> None:
    marks = {mark_of(piece, at) for piece in pieces().values() for at in (CHANNEL, IN_PERSON)}
    assert len(marks) == 2 * 6  # an open and a closed question are the same one
    asking = pieces()["asking"]
    assert isinstance(asking, Asking)
    assert mark_of(replace(asking, version=9), CHANNEL) == mark_of(asking, CHANNEL)
    assert mark_of(replace(asking, number=2), CHANNEL) != mark_of(asking, CHANNEL)

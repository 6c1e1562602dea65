"""Do the details tell what was asked, answered and passed on?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.slack.details.conversation import CONVERSATION_BUDGET, conversation, happened
from bot.chat.slack.richtext import rich_text, size
from bot.domain.signoff import Signoff
from bot.domain.spans import Ours
from bot.playground.blocks import judge_blocks
from tests.builders import ROSTER, a_signoff, after
from tests.chat.house import words_in
from tests.chat.test_blocks import HOSTILE, assert_harmless
from tests.domain.test_progress import answers, asks, passed

AT = "2026-11-23 10:05 UTC"


def lines(signoff: Signoff) -> list[str]:
    return words_in(rich_text("x", *conversation(signoff, ROSTER))).splitlines()


def test_each_question_stands_with_its_answer_the_newest_first() -> None:
    signoff = after(a_signoff(), asks("ada"), asks("grace", "Who else?"), answers(1))
    assert lines(signoff) == [
        "Questions to the author",
        f"Grace asked {AT}: “Who else?”",
        "Not answered yet",
        f"Ada asked {AT}: “Why three times?”",
        f"Jun answered {AT}: “It is what they advise.”",
    ]


def test_it_tells_who_passed_it_on_to_whom() -> None:
    signoff = after(a_signoff(), passed("ada", "grace"), passed("grace", "ada", "on leave"))
    assert lines(signoff) == [
        "Passed on",
        f"Ada passed it on to Grace {AT}: “knows refunds”",
        f"Grace passed it on to Ada {AT}: “on leave”",
    ]


def test_where_nobody_said_anything_there_is_no_such_part() -> None:
    assert conversation(a_signoff(), ROSTER) == []


@pytest.mark.parametrize("char", ["x", "&", "🙈"])
def test_the_longest_conversation_keeps_the_budget(char: str) -> None:
    signoff = after(a_signoff(), *(asks("ada", char * 2000) for _ in range(20)))
    many = replace(signoff, delegations=after(a_signoff(), passed("ada", "grace")).delegations * 40)
    block = rich_text("x", *conversation(many, ROSTER))
    assert size(block) <= CONVERSATION_BUDGET + 100
    assert judge_blocks([block], "modal").problems == []


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_of_anybody_act(text: str) -> None:
    signoff = after(a_signoff(), asks("ada", text), answers(1, text), passed("ada", "grace", text))
    block = rich_text("x", *conversation(signoff, ROSTER))
    assert judge_blocks([block], "modal").mentions == []
    assert_harmless([block])


def test_a_short_trail_is_told_whole_and_a_long_one_says_what_is_left_out() -> None:
    steps = [(Ours(f"step {n}"),) for n in range(1, 41)]
    assert words_in(happened(steps[:2])) == "step 1\nstep 2"
    assert words_in(happened(steps)).startswith("The first 10 steps are left out\nstep 11")
    assert happened([]) == []

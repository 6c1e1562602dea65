"""Do the details say everything, in an order that reads, and within what Slack takes?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack.details import Known, details
from bot.chat.slack.explaining import CHOICE_BUDGET, PEOPLE_SHOWN, POLICY_BUDGET, choice, policy
from bot.chat.slack.presses import Subject
from bot.chat.slack.richtext import Block, rich_text, section, size, within, words
from bot.domain.asking.choosing import Choice, PassedOver
from bot.domain.card import card_of
from bot.domain.conditions import LevelRange, When
from bot.domain.explanation import Answer, RuleAnswer
from bot.domain.signoff import Asked
from bot.domain.spans import Moment, Ours, Theirs
from bot.engine.board import Explained
from bot.playground.blocks import judge_blocks, judge_view, too_large
from tests.builders import NOW, ROSTER, a_policy, a_rule, a_signoff, after, approves, sha
from tests.chat.house import APPROVE, DETAILS, House, a_house, words_in
from tests.chat.test_blocks import HOSTILE, assert_harmless, longest

SUBJECT = Subject(signoff_id="sgn_1", revision=sha("a"), policy_digest="sha256:policy-1")

YES = Answer(True, "the environment is production")
NO = Answer(False, "the author is senior, not below")


def rule(name: str, *parts: Answer, met: bool = True, **facts: Any) -> RuleAnswer:
    answer = Answer(met, "all of these hold", parts)
    return RuleAnswer(rule=name, answer=answer, asks="1 × senior", **facts)


def explained(*answers: RuleAnswer, **facts: Any) -> Explained:
    return Explained(**{"answers": answers, "choices": (), "current": True, **facts})


def lines_of(parts: list[Block]) -> list[str]:
    return words_in(rich_text("x", *parts)).splitlines()


async def read(house: House, user: str) -> str:
    await house.slack.click(user, house.card(), DETAILS)
    view = house.slack.modal(user)
    assert view is not None
    return words_in(view.blocks)


# The policy.


def test_rules_that_apply_come_first_each_with_its_answers() -> None:
    told = explained(rule("B", YES, NO, met=False), rule("A", YES))
    assert lines_of(policy(told)) == [
        "Policy  ",
        "Rule  “A”, asks: 1 × senior",
        "✓ all of these hold",
        "✓ the environment is production",
        "Rules that do not apply",
        "✗ “B”: the author is senior, not below",
    ]


def test_the_answers_are_indented_as_they_belong_together() -> None:
    deep = Answer(True, "deepest")
    for _ in range(12):
        deep = Answer(True, "deeper", (deep,))
    parts = policy(explained(rule("A", deep)))
    indents = [part["indent"] for part in parts if part["type"] == "rich_text_list"]
    assert indents[:4] == [0, 1, 2, 3]
    assert max(indents) == 8
    assert judge_blocks([rich_text("x", *parts)], "modal").problems == []


def test_of_a_rule_that_does_not_apply_the_first_thing_that_is_missing_is_said() -> None:
    nested = Answer(False, "one of these holds", (Answer(False, "no file is in db"), NO))
    [*_, line] = lines_of(policy(explained(rule("B", YES, nested, met=False))))
    assert line == "✗ “B”: no file is in db"
    negated = Answer(False, "the repository is not docs", (YES,))
    [*_, line] = lines_of(policy(explained(rule("B", negated, met=False))))
    assert line == "✗ “B”: the repository is not docs"


def test_a_rule_of_the_repository_says_whose_it_is_and_speaks_only_in_quotes() -> None:
    told = explained(rule("Outcome  Approved by Ada", YES, origin="repository"))
    assert lines_of(policy(told))[1] == ("Rule  “Outcome Approved by Ada”, asks: 1 × senior")


@pytest.mark.parametrize(("current", "said"), [(True, False), (False, True)])
def test_it_says_so_where_the_policy_has_changed_since(current: bool, said: bool) -> None:
    [first, *_] = lines_of(policy(explained(rule("A", YES), current=current)))
    assert ("has changed" in first) is said


# The people.


def test_who_was_asked_comes_with_the_reasons_and_the_others_with_theirs() -> None:
    signoff = a_signoff(invited=(Asked(person="ada", why=("on call", "knows the files")),))
    told = Choice(
        asked=(Asked(person="ada", why=("x",)), Asked(person="grace", why=("free",))),
        passed_over=(
            PassedOver(person="kim", why="below senior"),
            PassedOver(person="ada", why="was asked before"),
        ),
    )
    assert lines_of(choice(signoff, explained(choices=(told,)), ROSTER)) == [
        "Asked, and why",
        "Ada: on call; knows the files",
        "Would be asked now",
        "Grace: free",
        "Why not",
        "Kim: below senior",
    ]


def test_once_it_is_decided_only_who_was_asked_is_told() -> None:
    told = explained(choices=(Choice(passed_over=(PassedOver(person="kim", why="below"),)),))
    signoff = after(a_signoff(), approves())
    assert lines_of(choice(signoff, told, ROSTER)) == ["Asked, and why", "Ada", "Grace"]


def test_of_many_people_the_first_fifteen_are_told() -> None:
    over = tuple(PassedOver(person=f"p{n}", why="below senior") for n in range(40))
    told = explained(choices=(Choice(passed_over=over),))
    lines = lines_of(choice(a_signoff(invited=()), told, ROSTER))
    assert len(lines) == 1 + PEOPLE_SHOWN + 1
    assert lines[-1] == "and 25 more"


# The whole.


def huge(char: str) -> Known:
    text = char * 400
    signoff = longest(char)
    answers = tuple(rule(text, *(Answer(bool(i % 2), text),) * 30) for i in range(60))
    over = tuple(PassedOver(person=f"p{n}", why=text) for n in range(60))
    return Known(
        signoff=signoff,
        card=card_of(signoff, ROSTER, detailed=True),
        explained=explained(*answers, choices=(Choice(passed_over=over),)),
        who_may=[text] * 40,
        trail=[(Moment(NOW), Ours(text), Theirs(text))] * 80,
        roster=ROSTER,
        subject=SUBJECT,
        may_doubt=True,
    )


@pytest.mark.parametrize("char", ["x", "&", "字", "🙈"])
def test_the_longest_details_there_can_be_still_fit(char: str) -> None:
    view = details(huge(char))
    assert judge_view(view, "modal").problems == []
    assert not too_large(view)


@pytest.mark.parametrize("char", ["x", "<"])
def test_each_part_keeps_its_budget_and_says_what_is_left_out(char: str) -> None:
    known = huge(char)
    for parts, budget in (
        (policy(known.explained), POLICY_BUDGET),
        (choice(known.signoff, known.explained, ROSTER), CHOICE_BUDGET),
    ):
        assert sum(map(size, parts)) <= budget + 50
        assert "more line" in words_in(parts[-1])


def test_what_fits_is_kept_whole() -> None:
    parts = [section(words("x" * 10)) for _ in range(5)]
    assert within(parts, 50) == parts
    assert words_in(within(parts, 49)[-1]) == "… and 1 more line"
    many = [section(words("x"))] * 1000
    assert len(within(many, 10_000)) < 500


def test_the_trail_keeps_the_numbers_of_its_steps() -> None:
    known = replace(huge("x"), trail=[(Ours(f"step {n}"),) for n in range(1, 41)])
    [*_, trail] = details(known)["blocks"]
    steps = trail["elements"][1]
    assert steps["offset"] == 10
    assert words_in(steps["elements"][0]) == "step 11"


async def test_everything_about_a_change_can_be_read(tmp_path: Path) -> None:
    policy = a_policy(
        a_rule("production"),
        a_rule("juniors", When(author_level=LevelRange(below="junior"))),
    )
    async with a_house(tmp_path, policy) as house:
        signoff = await house.ask(description="Longer words about it")
        text = await read(house, "U0KIM")
        assert "Rule  “production”, asks: 1 × senior or above from the owners" in text
        assert "✓ " in text
        assert "✗ “juniors”: " in text
        assert "Asked, and why" in text
        assert "Kim: not in payments-seniors" in text
        assert "Jun: had a part in this change" in text
        assert signoff.risk is not None
        for reason in signoff.risk.reasons:
            assert reason.sentence.rstrip(".") in text
        assert "Why you  " not in text


async def test_a_reviewer_also_reads_why_it_is_they(house: House) -> None:
    await house.ask()
    assert "Why you  " in await read(house, "U0ADA")


async def test_in_a_direct_message_the_card_says_why_you(house: House) -> None:
    await house.ask()
    assert "Why you  " in words_in(house.slack.messages_to("U0ADA")[0].blocks)
    assert "Why you  " not in words_in(house.card().blocks)


async def test_the_details_of_what_is_decided_can_still_be_read(house: House) -> None:
    await house.ask()
    await house.slack.click("U0KIM", house.card(), DETAILS)
    old = house.card()
    await house.slack.click("U0ADA", house.card(), APPROVE)
    await house.settle()
    await house.slack.click("U0KIM", old, DETAILS, stale=True)
    view = house.slack.modal("U0KIM")
    assert view is not None
    text = words_in(view.blocks)
    assert "Ada approved" in text
    assert "Why not" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_rule_and_no_reason_can_act(text: str) -> None:
    signoff = a_signoff(invited=(Asked(person="ada", why=(text,)),))
    told = explained(
        rule(text, Answer(True, text), origin="repository"),
        rule(text, Answer(False, text), met=False),
        choices=(Choice(passed_over=(PassedOver(person=text, why=text),)),),
    )
    block = rich_text("x", *policy(told), *choice(signoff, told, ROSTER))
    report = judge_blocks([block], "modal")
    assert report.problems == report.mentions == []
    assert_harmless([block])

"""Do the details say everything, in an order that reads, and within what Slack takes?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack.details.details import Known, details
from bot.chat.slack.details.explaining import (
    CHOICE_BUDGET,
    PEOPLE_SHOWN,
    POLICY_BUDGET,
    choice,
    makers,
    policy,
)
from bot.chat.slack.richtext import Block, rich_text, section, size, within, words
from bot.chat.slack.subjects import Subject
from bot.domain.asking.choosing import Choice, PassedOver
from bot.domain.card import card_of
from bot.domain.change import AiStatement, FileChange
from bot.domain.conditions import LevelRange, When
from bot.domain.explanation import Answer, RuleAnswer
from bot.domain.people import Contributors
from bot.domain.provenance import AiStatus, Provenance
from bot.domain.risk import Risk, RiskTier
from bot.domain.signoff import Asked, Signoff
from bot.domain.spans import Moment, Ours, Theirs
from bot.engine.board import Explained
from bot.playground.blocks import judge_blocks, judge_view, too_large
from tests.builders import (
    NOW,
    ROSTER,
    a_change,
    a_policy,
    a_rule,
    a_signoff,
    after,
    approves,
    rejects,
    sha,
)
from tests.chat.house import APPROVE, DETAILS, House, a_house, words_in
from tests.chat.test_blocks import (
    HOSTILE,
    a_finding,
    a_risk,
    assert_harmless,
    everything,
    hostile_facts,
    longest,
)
from tests.domain.test_progress import answers, asks, passed

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
        "Rule  “A”, asks: 1 × senior",
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
    assert lines_of(policy(told))[0] == ("Rule  “Outcome Approved by Ada”, asks: 1 × senior")


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
    [trail] = [
        it for it in details(known)["blocks"] if it["block_id"].startswith("What happened:1")
    ]
    lead, steps = trail["elements"]
    assert words_in(lead) == "The first 10 steps are left out"
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


# The order in which it reads.


def headers(view: Block) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if block["type"] == "header"]


def known(signoff: Signoff, **facts: Any) -> Known:
    card = card_of(signoff, ROSTER, detailed=True, reader=facts.get("reader", ""))
    told: dict[str, Any] = {
        "signoff": signoff,
        "card": card,
        "explained": explained(rule("A", YES)),
        "who_may": ["Ada", "Grace"],
        "trail": [(Moment(NOW), Ours("  opened"))],
        "roster": ROSTER,
        "subject": SUBJECT,
        "may_doubt": False,
    }
    return Known(**{**told, **facts})


def test_facts_come_first_and_the_words_of_the_author_last() -> None:
    said = AiStatement(assisted=True, rationale="It is faster.")
    signoff = a_signoff(change=a_change(description="Retries refunds.", ai=said))
    view = details(known(after(signoff, asks("ada"), passed("ada", "grace"))))
    assert headers(view) == [
        "Sign-off needed: acme/payments-api → production",
        "What changes",
        "How AI was involved",
        "What policy asks",
        "People",
        "Questions, and who passed it on",
        "What happened",
        "Names and links",
        "What the author says",
    ]
    *_, unchecked, words = view["blocks"]
    assert words_in(unchecked) == "Their own words, not checked by Countersign."
    assert words_in(words) == (
        "Description\nRetries refunds.\nWhy the tool did it this way\nIt is faster."
    )
    assert words["elements"][1]["type"] == words["elements"][3]["type"] == "rich_text_quote"


def test_what_there_is_nothing_of_has_no_header() -> None:
    found = headers(details(known(a_signoff(), trail=[])))
    assert {"Questions, and who passed it on", "What happened", "What the author says"}.isdisjoint(
        found
    )


def test_how_it_ended_stands_at_the_top_of_what_is_decided() -> None:
    ended, first, *_ = details(known(after(a_signoff(), approves(reason="read it"))))["blocks"]
    assert words_in(ended) == "Approved: acme/payments-api → production"
    lines = words_in(first).splitlines()
    assert lines[1].startswith("Outcome  Approved by Ada, ")
    assert lines[2] == "Pipeline  is being told to go on"


def test_what_it_is_and_how_risky_stands_before_anything_can_be_pressed() -> None:
    risk = Risk(tier=RiskTier.HIGH, reasons=(a_risk("It touches refunds."),))
    found = tuple(a_finding(n, "Co-authored-by: Claude") for n in range(3))
    seen = Provenance(status=AiStatus.ASSISTED, findings=found)
    view = details(
        known(a_signoff(risk=risk, provenance=seen), reader="ada", may_decide=True, may_doubt=True)
    )
    sorts = [block["type"] for block in view["blocks"]]
    assert sorts[:5] == ["header", "rich_text", "header", "rich_text", "actions"]
    assert words_in(view["blocks"][1]).splitlines()[:5] == [
        "Title  “Retry refunds”",
        "Risk  high",
        f"It touches refunds: {', '.join(risk.reasons[0].paths)}",
        "AI  an AI tool helped: Claude",
        "Who  Jun (mid)",
    ]
    assert words_in(view["blocks"][2]) == "What changes"
    assert words_in(view["blocks"][4]) == "Approve\nReject…"


def test_a_rule_without_conditions_says_whom_it_is_about() -> None:
    told = explained(RuleAnswer(rule="A", answer=Answer(True, "every change"), asks="1 × senior"))
    assert lines_of(policy(told))[1:] == ["✓ every change"]


def test_whoever_had_a_part_is_told_by_all_their_names() -> None:
    parts = Contributors(people=frozenset(("jun", "gone")), unknown=("ghost\u202e", "x@y.example"))
    signoff = replace(a_signoff(), contributors=parts)
    assert lines_of(makers(signoff, ROSTER)) == [
        "Had a part in it, and may not sign",
        "gone, who has left the roster",
        "Jun (mid): jun, jun@acme.example",
        "Had a part in it, and are not in the roster",
        "ghost",
        "x@y.example",
    ]


def test_a_change_of_three_thousand_files_with_a_hundred_findings_fits() -> None:
    files = tuple(FileChange(path=f"src/deep/{n}.py", additions=n) for n in range(3000))
    found = tuple(a_finding(n, "Co-authored-by: Claude") for n in range(100))
    signoff = a_signoff(
        change=a_change(files=files),
        provenance=Provenance(status=AiStatus.ASSISTED, findings=found),
    )
    trail = [(Moment(NOW), Ours(f"  step {n}")) for n in range(500)]
    view = details(known(signoff, trail=trail, may_doubt=True, may_decide=True, reader="ada"))
    assert judge_view(view, "modal").problems == []
    assert not too_large(view)
    text = words_in(view["blocks"])
    assert "3,000 files" in text
    assert "100. trailer" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_the_details_acts_and_every_address_is_that_of_the_change(text: str) -> None:
    link = "https://git.acme.example/pull/12"
    signoff = a_signoff(change=a_change(**hostile_facts(text), link=link))
    asked = after(signoff, asks("ada", text), answers(1, text), passed("ada", "grace", text))
    for state in (asked, after(asked, rejects("grace", reason=text))):
        view = details(known(state, who_may=[text]))
        report = judge_blocks(view["blocks"], "modal")
        assert report.problems == report.mentions == []
        for node in everything(view["blocks"]):
            assert node.get("type") != "mrkdwn"
            assert node.get("url", link) == link


def test_new_ids_for_every_version_so_that_nothing_old_stays() -> None:
    first, second = a_signoff(), after(a_signoff(), asks("ada"))
    ids = [{block["block_id"] for block in details(known(it))["blocks"]} for it in (first, second)]
    assert not ids[0] & ids[1]

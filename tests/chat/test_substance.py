"""Do the details say first what we computed of a change ourselves?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.slack.details.substance import SUBSTANCE_BUDGET, substance
from bot.chat.slack.richtext import Block, rich_text, size
from bot.domain.change import Check, FileChange, Scaling
from bot.domain.risk import Reason, Risk, RiskTier
from bot.domain.signoff import Signoff
from bot.playground.blocks import judge_blocks
from tests.builders import a_change, a_file, a_signoff
from tests.chat.house import words_in
from tests.chat.test_blocks import HOSTILE, assert_harmless, hostile_facts, longest

RISK = Risk(
    tier=RiskTier.HIGH,
    reasons=(
        Reason(
            kind="territory",
            tier=RiskTier.HIGH,
            points=15,
            sentence="It touches refunds, whose criticality is high.",
            paths=("refunds/retry.py",),
        ),
        Reason(
            kind="dependency",
            tier=RiskTier.NORMAL,
            points=8,
            sentence="It changes what is built in from elsewhere.",
            paths=("requirements.txt",),
        ),
        Reason(kind="window", tier=RiskTier.NORMAL, points=3, sentence="It is Friday evening."),
    ),
)


def block(signoff: Signoff) -> Block:
    return rich_text("x", *substance(signoff))


def lines(signoff: Signoff) -> list[str]:
    return words_in(block(signoff)).splitlines()


def changed(**facts: Any) -> Signoff:
    return a_signoff(change=a_change(**facts), risk=facts.pop("risk", None))


def test_files_that_matter_come_first() -> None:
    files = (
        a_file("big.py", 900, 0),
        a_file("refunds/retry.py", 8, 2),
        a_file("requirements.txt", 1, 1),
    )
    assert lines(a_signoff(change=a_change(files=files), risk=RISK)) == [
        "Files  3 files, +909 −3: code 2 (+908 −2), dependencies 1 (+1 −1)",
        "refunds/retry.py +8 −2",
        "requirements.txt +1 −1",
        "big.py +900 −0",
        "Dependencies  requirements.txt",
    ]


def test_what_runs_differently_and_each_check_stand_below() -> None:
    signoff = changed(
        scaling=(Scaling(resource="pool", setting="max", before=12, after=40),),
        checks=(Check(name="tests", conclusion="success"), Check(name="lint", conclusion="")),
    )
    assert lines(signoff)[2:] == [
        "What runs differently",
        "pool: max 12 → 40",
        "Checks",
        "tests: success",
        "lint: not finished",
    ]


def test_of_files_that_nobody_told_us_nothing_is_made_up() -> None:
    [line] = lines(changed(files=(), files_complete=False))
    assert line == "Files  not known: the pipeline did not say which files"


@pytest.mark.parametrize("char", ["x", "&", "字", "🙈"])
def test_the_largest_change_keeps_the_budget_and_says_what_is_left_out(char: str) -> None:
    moved = Scaling(resource=char * 300, setting=char * 300, before=1, after=2)
    long = longest(char)
    large = replace(long, change=replace(long.change, scaling=(moved,) * 20))
    assert size(block(large)) <= SUBSTANCE_BUDGET + 100
    assert "more lines" in words_in(block(large))
    assert judge_blocks([block(large)], "modal").problems == []


def test_three_thousand_files_are_counted_and_the_first_thirty_named() -> None:
    files = tuple(FileChange(path=f"src/{n}.py", additions=1) for n in range(3000))
    told = lines(changed(files=files))
    assert told[0] == "Files  3,000 files, +3,000 −0: code 3,000 (+3,000 −0)"
    assert len(told) == 1 + 30 + 1
    assert told[-1] == "and 2,970 more"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_of_theirs_acts(text: str) -> None:
    facts = hostile_facts(text)
    told = block(
        changed(**facts, scaling=(Scaling(resource=text, setting=text, before=1, after=2),))
    )
    assert judge_blocks([told], "modal").problems == []
    assert judge_blocks([told], "modal").mentions == []
    assert_harmless([told])

"""Somebody is told if our clock and another one do not agree."""

from __future__ import annotations

import logging

import pytest

from bot.engine.clocks import Clocks, Other


def a_clock(ahead: float | None) -> Clocks:
    return Clocks((Other(name="Slack", ahead=lambda: ahead, most=5, wrong=300),))


@pytest.mark.parametrize("ahead", [None, 0, 5, -5])
def test_what_agrees_is_no_news(ahead: float | None) -> None:
    assert (a_clock(ahead).warnings, a_clock(ahead).problems) == ([], [])


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(6, "6 seconds ahead of ours"), (-299, "299 seconds behind ours")],
)
def test_what_does_not_is_a_warning(ahead: float, said: str) -> None:
    assert a_clock(ahead).warnings == [f"the clock of Slack is {said}"]
    assert a_clock(ahead).problems == []


@pytest.mark.parametrize("ahead", [300, -7200])
def test_and_a_problem_once_messages_are_refused_for_it(ahead: float) -> None:
    assert a_clock(ahead).warnings == []
    [said] = a_clock(ahead).problems
    assert said.endswith("ours: what it signs is refused")


def test_a_clock_by_which_nothing_is_judged_is_never_a_problem() -> None:
    clocks = Clocks((Other(name="the database", ahead=lambda: 7200.0, most=2),))
    assert clocks.problems == []
    assert clocks.warnings == ["the clock of the database is 7200 seconds ahead of ours"]


def test_what_nobody_knows_is_no_figure() -> None:
    assert a_clock(None).offsets == {}
    assert a_clock(-3).offsets == {"Slack": -3}


async def test_the_log_says_it_once_until_it_is_right_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ahead = [60.0]
    clocks = Clocks((Other(name="Slack", ahead=lambda: ahead[0], most=5, wrong=300),))
    with caplog.at_level(logging.INFO):
        for offset in (60.0, 61.0, 0.0, 60.0):
            ahead[0] = offset
            await clocks.beat()
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "the clock of Slack is 60 seconds ahead of ours",
        "the clock of Slack and ours agree again",
        "the clock of Slack is 60 seconds ahead of ours",
    ]

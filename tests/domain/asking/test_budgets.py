"""Who has had enough for a day is passed over, and no change waits for that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.asking.budgets import Budgets, day_begins
from bot.domain.asking.choosing import choose
from bot.domain.asking.situation import Leave
from tests.builders import a_person, an_ask, hours
from tests.domain.asking.test_choosing import (
    NOBODY,
    ONE,
    TEAM,
    a_situation,
    asked,
    why,
    why_not,
)

TWELVE = Budgets(per_day=12)


def situation(**facts: Any) -> Any:
    return a_situation(**{"budgets": TWELVE, **facts})


USUAL = asked(choose(ONE, TEAM, NOBODY, a_situation(), "x"))
"""Two of four, whose turn it is."""

REST = [it for it in TEAM.people if it not in USUAL]


@pytest.mark.parametrize(("had", "passed"), [(11, False), (12, True), (30, True)])
def test_who_has_had_as_many_as_are_enough_is_passed_over(had: int, passed: bool) -> None:
    choice = choose(ONE, TEAM, NOBODY, situation(today={USUAL[0]: had}), "x")
    assert (USUAL[0] not in asked(choice)) is passed
    assert len(choice.asked) == 2
    if passed:
        assert why_not(choice, USUAL[0]) == f"has had {had} today"


def test_without_a_budget_nobody_is() -> None:
    assert asked(choose(ONE, TEAM, NOBODY, a_situation(today={USUAL[0]: 99}), "x")) == USUAL


def test_a_budget_of_one_s_own_goes_before_that_of_all() -> None:
    own = Budgets(per_day=12, people={USUAL[0]: 6, USUAL[1]: 20})
    choice = choose(ONE, TEAM, NOBODY, situation(budgets=own, today=dict.fromkeys(USUAL, 12)), "x")
    assert USUAL[0] not in asked(choice)
    assert USUAL[1] in asked(choice)


def test_a_budget_may_be_that_of_one_person_alone() -> None:
    own = Budgets(people={USUAL[0]: 3})
    choice = choose(ONE, TEAM, NOBODY, situation(budgets=own, today=dict.fromkeys(USUAL, 12)), "x")
    assert (USUAL[0] in asked(choice), USUAL[1] in asked(choice)) == (False, True)


def test_where_one_is_left_and_one_is_needed_the_others_have_their_peace() -> None:
    three = dict.fromkeys([*USUAL, REST[0]], 12)
    assert asked(choose(ONE, TEAM, NOBODY, situation(today=three), "x")) == [REST[1]]


def test_where_nobody_is_left_they_are_asked_all_the_same_and_told_why() -> None:
    choice = choose(ONE, TEAM, NOBODY, situation(today=dict.fromkeys(TEAM.people, 12)), "x")
    assert asked(choice) == USUAL
    first, *more = why(choice, USUAL[0])
    assert first == "has had 12 today, but too few others may sign"
    assert more
    assert why_not(choice, REST[0]) == "has had 12 today"


def test_who_has_had_enough_is_asked_before_who_is_away() -> None:
    today = dict.fromkeys([*USUAL, REST[0]], 12)
    facts = {"today": today, "leave": {REST[1]: Leave(until=None)}}
    assert asked(choose(ONE, TEAM, NOBODY, situation(**facts), "x"))[0] == USUAL[0]
    assert REST[1] not in asked(choose(ONE, TEAM, NOBODY, situation(**facts), "x"))


def test_as_many_are_asked_as_are_needed_and_only_the_rest_of_those_who_have_had_enough() -> None:
    two = replace(ONE, approvals=2)
    today = dict.fromkeys([*USUAL, REST[0]], 12)
    choice = choose(two, TEAM, NOBODY, situation(today=today), "x")
    assert asked(choice)[0] == REST[1]
    assert len(choice.asked) == 3


def test_who_was_asked_for_this_already_counts_whatever_they_have_had() -> None:
    today = dict.fromkeys(TEAM.people, 12)
    already = frozenset(USUAL)
    assert asked(choose(ONE, TEAM, NOBODY, situation(today=today), "x", already=already)) == []


@pytest.mark.parametrize("late", ["more", "wider"])
def test_where_those_who_were_asked_do_not_answer_a_budget_is_no_reason_to_wait(late: str) -> None:
    today = dict.fromkeys(REST, 12)
    choice = choose(
        ONE, TEAM, NOBODY, situation(today=today), "x", already=frozenset(USUAL), **{late: True}
    )
    assert sorted(asked(choice)) == sorted(REST)


def test_who_is_on_call_is_asked_once_it_escalates_whatever_they_have_had() -> None:
    on_call, today = {REST[0]: "payments"}, {REST[0]: 12}
    facts = situation(today=today, on_call=on_call)
    first = choose(ONE, TEAM, NOBODY, facts, "x")
    assert REST[0] not in asked(first)
    later = choose(
        an_ask(1, "senior", "team", wider=["team"]), TEAM, NOBODY, facts, "x", wider=True
    )
    assert REST[0] in asked(later)


def test_who_is_on_call_and_has_had_enough_is_asked_once() -> None:
    on_call, today = {REST[0]: "payments"}, dict.fromkeys(TEAM.people, 12)
    ask = replace(an_ask(1, "senior", "team", wider=["team"]), approvals=2)
    facts = situation(today=today, on_call=on_call)
    choice = choose(ask, TEAM, NOBODY, facts, "x", wider=True)
    assert asked(choice)[0] == REST[0]
    assert len(set(asked(choice))) == len(choice.asked) == 3


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("UTC", datetime(2026, 11, 23, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 11, 22, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 22, 5, tzinfo=UTC)),
        ("nowhere", datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_a_day_is_that_of_where_one_lives(zone: str, begins: datetime) -> None:
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert day_begins(a_person("ada", timezone=zone), at) == begins


def test_a_day_on_which_clocks_change_begins_at_its_midnight() -> None:
    at = datetime(2026, 10, 25, 20, tzinfo=UTC)
    ada = a_person("ada", timezone="Europe/London")
    assert day_begins(ada, at) == datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert day_begins(ada, at + hours(12)) == datetime(2026, 10, 26, tzinfo=UTC)

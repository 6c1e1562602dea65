"""Are the signs right, silent where there is too little to say, and never about one person?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.attention import (
    ENOUGH,
    Decided,
    Signals,
    signals_of,
    signals_of_many,
    weeks_before,
)
from tests.builders import NOW, hours, minutes


def decided(after: float = 10, person: str = "ada", **facts: Any) -> Decided:
    """Approved so many minutes after it was asked, and its evidence never opened."""
    known: dict[str, Any] = {
        "person": person,
        "at": NOW + minutes(after),
        "approved": True,
        "asked_at": NOW,
        "looked_at": None,
        "lines": 200,
    }
    return Decided(**{**known, **facts})


def by(people: Iterable[str], times: int = 1) -> list[Decided]:
    return [decided(n, person) for person in people for n in range(times)]


FIVE = ("ada", "bo", "cy", "dee", "eli")


@pytest.mark.parametrize(("number", "said"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_below_five_nothing_is_said_but_how_many(number: int, said: bool) -> None:
    signals = signals_of(by(["ada"], number))
    assert signals.reviews == number
    figures = [it.name for it in dataclasses.fields(Signals) if it.name != "reviews"]
    assert all((getattr(signals, name) is not None) is said for name in figures)


def test_shares_count_what_was_approved_and_what_was_opened() -> None:
    found = [
        *by(["ada"], 3),
        decided(approved=False),
        decided(looked_at=NOW + minutes(2)),
    ]
    signals = signals_of(found)
    assert (signals.approved_share, signals.opened_share) == (4 / 5, 1 / 5)


def test_time_runs_from_the_evidence_or_where_nobody_saw_it_opened_from_the_question() -> None:
    assert decided(10).took == minutes(10)
    assert decided(10, looked_at=NOW + minutes(7)).took == minutes(3)
    assert decided(10, asked_at=NOW + minutes(4)).took == minutes(6)


def test_clocks_that_disagree_make_no_time_below_nought() -> None:
    assert decided(10, looked_at=NOW + minutes(11)).took == timedelta(0)


def test_the_median_and_the_same_for_a_hundred_lines() -> None:
    signals = signals_of([*(decided(n) for n in (2, 4, 6, 8)), decided(600)])
    assert signals.took == minutes(6)
    assert signals.per_100_lines == minutes(3)


def test_what_changes_no_line_has_no_time_for_a_hundred_of_them() -> None:
    found = by(["ada"], ENOUGH)
    assert signals_of(found).per_100_lines is not None
    unsized = [dataclasses.replace(found[0], lines=0), *found[1:]]
    assert signals_of(unsized).per_100_lines is None
    assert signals_of(unsized).took is not None


def test_the_busiest_hour_may_begin_at_any_minute() -> None:
    found = [decided(n) for n in (0, 50, 55, 65, 109, 110, 300)]
    assert signals_of(found).busiest_hour == 4
    """From 50 to 109; an hour later to the minute is another hour."""


def test_the_busiest_hour_is_of_one_person() -> None:
    assert signals_of(by(FIVE, 2)).busiest_hour == 2


@pytest.mark.parametrize(("people", "said"), [(FIVE[:4], False), (FIVE, True)])
def test_of_many_it_takes_five_who_decided(people: tuple[str, ...], said: bool) -> None:
    assert (signals_of_many(by(people, 3)) is not None) is said


@pytest.mark.parametrize(("most", "said"), [(5, False), (4, True)])
def test_what_one_decided_most_of_is_about_that_one(most: int, said: bool) -> None:
    found = [*by(["ada"], most), *by(FIVE[1:])]
    assert (signals_of_many(found) is not None) is said


def test_of_many_nothing_says_who() -> None:
    """No field could hold a name, nor a list with a line for each."""
    kinds = {it.type for it in dataclasses.fields(Signals)}
    assert kinds == {"int", "float | None", "timedelta | None", "int | None"}


@given(st.integers(0, 60 * 24 * 7 - 1))
def test_within_a_week_the_span_is_the_same_and_four_whole_weeks(minute: int) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    since, until = weeks_before(monday + timedelta(minutes=minute))
    assert (since, until) == (datetime(2026, 10, 26, tzinfo=UTC), monday)


def test_the_next_week_has_the_next_span() -> None:
    assert weeks_before(NOW + hours(24 * 7))[1] - weeks_before(NOW)[1] == timedelta(days=7)


@given(st.lists(st.tuples(st.sampled_from(FIVE), st.integers(-90, 900), st.integers(0, 900))))
def test_shares_stay_shares_and_the_order_is_the_same(some: list[tuple[str, int, int]]) -> None:
    found = [decided(after, who, lines=lines) for who, after, lines in some]
    signals = signals_of(found)
    assert signals == signals_of(reversed(found))
    assert signals.reviews == len(found)
    if signals.took is not None:
        assert signals.took >= timedelta(0)
    assert (signals.busiest_hour or 1) in range(1, len(found) + 2)

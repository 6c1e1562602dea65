"""When is something tried again that did not work?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.patience import (
    ASKED_AT_MOST,
    AT_LEAST,
    GIVE_UP_AFTER,
    LONGEST_REST,
    SHORTEST_REST,
    Patience,
    is_due,
)
from tests.builders import NOW, hours, minutes

FULL, NONE = Patience(chance=lambda: 1.0), Patience(chance=lambda: 0.0)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("attempts", "wait"), [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (7, 60), (10_000, 60)]
)
def test_at_first_it_tries_often(attempts: int, wait: int) -> None:
    assert FULL.next_try(attempts, NOW, NOW) == NOW + seconds(wait)


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (minutes(10), minutes(30)),
        (hours(1), hours(2)),
        (hours(5), hours(5)),
        (hours(70), hours(24)),
    ],
)
def test_later_it_takes_its_time(age: timedelta, wait: timedelta) -> None:
    now = NOW + age
    assert FULL.next_try(20, NOW, now) == now + wait


@pytest.mark.parametrize("asked", [None, seconds(1)])
def test_after_three_days_it_gives_up(asked: timedelta | None) -> None:
    assert FULL.next_try(50, NOW, NOW + GIVE_UP_AFTER, asked) is None
    assert FULL.next_try(50, NOW, NOW + GIVE_UP_AFTER - seconds(1), asked) is not None


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (seconds(70), seconds(70)),
        (seconds(7), seconds(8)),
        (seconds(0), seconds(8)),
        (seconds(-7), seconds(8)),
        (timedelta(days=400), ASKED_AT_MOST),
    ],
)
def test_what_the_other_side_asks_for_is_kept_within_reason(
    asked: timedelta, wait: timedelta
) -> None:
    assert FULL.next_try(3, NOW, NOW, asked) == NOW + wait


@pytest.mark.parametrize("attempts", range(5))
def test_what_it_slept_through_was_not_tried(attempts: int) -> None:
    """The first failures after a stop of days are as the first after a decision."""
    now = NOW + GIVE_UP_AFTER
    assert FULL.next_try(attempts, NOW, now) == now + seconds(2**attempts)
    assert FULL.next_try(AT_LEAST, NOW, now) is None


def test_the_whole_wait_is_left_to_chance() -> None:
    assert NONE.next_try(6, NOW, NOW) == NOW


@given(
    attempts=st.integers(0, 10**6),
    age=st.timedeltas(timedelta(0), timedelta(days=4)),
    chance=st.floats(0, 1),
)
def test_it_is_never_before_now_nor_more_than_a_day_away(
    attempts: int, age: timedelta, chance: float
) -> None:
    now: datetime = NOW + age
    at = Patience(chance=lambda: chance).next_try(attempts, NOW, now)
    assert at is None or now <= at <= now + timedelta(days=1)


def test_a_clock_that_went_back_does_no_harm() -> None:
    assert FULL.next_try(0, NOW, NOW - hours(5)) == NOW - hours(5) + seconds(1)


@pytest.mark.parametrize(
    ("age", "due"),
    [
        (None, True),
        (hours(-9), True),
        (seconds(-1), True),
        (seconds(0), False),
        (minutes(5) - seconds(1), False),
        (minutes(5), True),
        (hours(9), True),
    ],
)
def test_what_is_done_now_and_then_is_not_forgotten_where_the_clock_goes_back(
    age: timedelta | None, due: bool
) -> None:
    last = None if age is None else NOW - age
    assert is_due(last, NOW, minutes(5)) is due


@pytest.mark.parametrize(("failures", "rest"), [(0, 5), (1, 10), (4, 80), (5, 120), (10_000, 120)])
def test_a_destination_that_fails_is_left_alone_for_longer_and_longer(
    failures: int, rest: int
) -> None:
    assert FULL.rest(failures) == seconds(rest)


@given(failures=st.integers(0, 10**6), chance=st.floats(0, 1))
def test_a_pipeline_that_waits_hears_within_minutes(failures: int, chance: float) -> None:
    rest = Patience(chance=lambda: chance).rest(failures)
    assert SHORTEST_REST <= rest <= LONGEST_REST


@given(
    attempts=st.integers(0, 10**6),
    age=st.timedeltas(timedelta(0), GIVE_UP_AFTER - timedelta(seconds=1)),
    chance=st.floats(0, 1),
    asked=st.timedeltas(),
)
def test_what_the_other_side_asks_for_makes_it_later_and_never_sooner(
    attempts: int, age: timedelta, chance: float, asked: timedelta
) -> None:
    patience, now = Patience(chance=lambda: chance), NOW + age
    alone = patience.next_try(attempts, NOW, now)
    told = patience.next_try(attempts, NOW, now, asked)
    assert alone is not None
    assert told == now + max(alone - now, min(asked, ASKED_AT_MOST))


@given(chances=st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_in_the_first_minutes_it_is_tried_a_dozen_times(chances: list[float]) -> None:
    """Whatever chance says: a pipeline that restarts is told as soon as it is back."""
    left, now = iter(chances), NOW
    patience = Patience(chance=lambda: next(left))
    for attempt in range(12):
        at = patience.next_try(attempt, NOW, now)
        assert at is not None
        assert at - now <= seconds(60)
        now = at

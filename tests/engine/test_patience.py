"""When is something tried again that did not work?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.patience import ASKED_AT_MOST, GIVE_UP_AFTER, Patience
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

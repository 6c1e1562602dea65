"""Is this a moment when nothing should ship, or when the load is at its peak?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.risk.windows import Window, open_windows

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A day of November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


WEEKDAYS = Window(name="day", days=frozenset(range(5)), start=time(9), end=time(17))
NIGHT = Window(name="night", days=frozenset({4}), start=time(22), end=time(6))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(23, 8, 59), False),
        (at(23, 9), True),
        (at(23, 16, 59), True),
        (at(23, 17), False),
        (at(28, 12), False),
    ],
)
def test_weekly_hours(moment: datetime, is_open: bool):
    assert WEEKDAYS.is_open(moment) is is_open


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(27, 21, 59), False),
        (at(27, 22), True),
        (at(28, 5, 59), True),
        (at(28, 6), False),
        (at(28, 23), False),
        (at(27, 5), False),
    ],
)
def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(moment: datetime, is_open: bool):
    assert NIGHT.is_open(moment) is is_open


def test_a_window_without_hours_is_always_open():
    assert Window(name="always").is_open(MONDAY)
    assert Window(name="no days", days=frozenset()).is_open(MONDAY)


def test_a_whole_day_ends_at_midnight():
    sunday = Window(name="sunday", days=frozenset({6}))
    assert sunday.is_open(at(29, 0))
    assert sunday.is_open(at(29, 23, 59))
    assert not sunday.is_open(at(30, 0))
    assert not sunday.is_open(at(28, 23, 59))


@pytest.mark.parametrize(
    ("day", "is_open"), [(23, False), (24, True), (25, True), (26, True), (27, False)]
)
def test_a_span_of_dates_has_both_its_ends(day: int, is_open: bool):
    freeze = Window(name="holidays", since=date(2026, 11, 24), until=date(2026, 11, 26))
    assert freeze.is_open(at(day, 12)) is is_open


def test_the_clocks_of_its_zone_count():
    berlin = Window(name="berlin", start=time(9), end=time(10), zone="Europe/Berlin")
    assert berlin.is_open(at(23, 8, 30))
    assert not berlin.is_open(at(23, 9, 30))
    summer = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert berlin.is_open(summer)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../../etc/passwd", "a\x00b", "Europe"])
def test_in_a_zone_nobody_knows_it_is_open(zone: str):
    closed = Window(name="x", days=frozenset({6}), zone="UTC")
    assert not closed.is_open(MONDAY)
    assert Window(name="x", days=frozenset({6}), zone=zone).is_open(MONDAY)


def test_a_moment_without_a_zone_is_taken_as_utc():
    assert WEEKDAYS.is_open(MONDAY.replace(tzinfo=None))


def test_at_the_ends_of_time_it_does_not_fail():
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        Window(name="x", zone="Pacific/Kiritimati").is_open(moment)
        Window(name="x", zone="Pacific/Pago_Pago").is_open(moment)


def test_those_that_are_open_are_named():
    assert open_windows((WEEKDAYS, NIGHT), MONDAY) == (WEEKDAYS,)


@given(
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 23),
    length=st.integers(1, 24),
    moment=st.integers(0, 24 * 14),
)
def test_it_is_open_as_long_as_it_is_long(
    days: frozenset[int], start: int, length: int, moment: int
):
    end = (start + length) % 24
    window = Window(name="x", days=days, start=time(start), end=time(end))
    now = MONDAY + timedelta(hours=moment)
    begun = [now - timedelta(hours=back) for back in range(length)]
    assert window.is_open(now) is any(it.hour == start and it.weekday() in days for it in begun)

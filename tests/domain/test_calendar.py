"""When is a working duration over? Against an oracle that counts minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.calendar import DAYS_COUNTED, WorkingHours, working_hours
from tests.builders import hours, minutes

LONDON = WorkingHours(start=time(9), end=time(17, 30), zone="Europe/London")
ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/Santiago",  # changes its clocks at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # for Ramadan
    "Pacific/Apia",  # left out 30 December 2011
    "Pacific/Auckland",
    "Asia/Kathmandu",
)
MINUTE = timedelta(minutes=1)


def is_open(calendar: WorkingHours, moment: datetime) -> bool:
    """By nothing but what the clock and the calendar on the wall show."""
    shown = moment.astimezone(ZoneInfo(calendar.zone))
    today, clock = shown.date(), shown.time()
    if calendar.start < calendar.end:
        begun = today if calendar.start <= clock < calendar.end else None
    elif clock >= calendar.start:
        begun = today
    else:
        begun = today - timedelta(days=1) if clock < calendar.end else None
    return begun is not None and begun.weekday() in calendar.days and begun not in calendar.closed


def oracle(calendar: WorkingHours, start: datetime, working: timedelta) -> datetime:
    """The first moment by which so many working minutes have been lived through."""
    left, moment = working, start
    while left:
        left -= MINUTE if is_open(calendar, moment) else timedelta(0)
        moment += MINUTE
    return moment


def utc(*at: int) -> datetime:
    return datetime(*at, tzinfo=UTC)  # type: ignore[arg-type, misc]


# Some days around the changes of the clocks, the day Samoa left out, and any time of a year.
_CHANGES = (
    utc(2026, 3, 6), utc(2026, 3, 27), utc(2026, 10, 23), utc(2026, 10, 30), utc(2026, 4, 3),
    utc(2026, 10, 2), utc(2026, 9, 4), utc(2026, 2, 13), utc(2026, 3, 20), utc(2011, 12, 28),
)  # fmt: skip
_STARTS = st.one_of(
    st.builds(
        lambda day, n: day + n * MINUTE, st.sampled_from(_CHANGES), st.integers(0, 4 * 24 * 60)
    ),
    st.integers(0, 365 * 24 * 60).map(lambda n: utc(2026, 1, 1) + n * MINUTE),
)
_TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
_DAYS = st.frozensets(st.integers(0, 6), min_size=3)
_CLOSED = st.frozensets(
    st.builds(
        lambda day, n: day.date() + timedelta(days=n), st.sampled_from(_CHANGES), st.integers(0, 4)
    ),
    max_size=4,
)


def _windows(times: st.SearchStrategy[tuple[time, time]]) -> st.SearchStrategy[WorkingHours]:
    return st.builds(
        lambda hours, zone, days, closed: WorkingHours(
            start=hours[0], end=hours[1], zone=zone, days=days, closed=closed
        ),
        times.filter(lambda hours: hours[0] != hours[1]),
        st.sampled_from(ZONES),
        _DAYS,
        _CLOSED,
    )


# Ordinary days, whatever hours there are, and hours that begin or end while the clocks change.
_IN_THE_HOUR = st.builds(time, st.integers(0, 3), st.sampled_from([0, 10, 30, 50]))
_ANY = _windows(st.tuples(_TIMES, _TIMES))
_ODD = _windows(st.tuples(_IN_THE_HOUR, _IN_THE_HOUR))
_CALENDARS = st.builds(
    WorkingHours,
    start=st.builds(time, st.integers(5, 11), st.sampled_from([0, 15, 30])),
    end=st.builds(time, st.integers(12, 23), st.sampled_from([0, 30, 59])),
    zone=st.sampled_from(ZONES),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    closed=_CLOSED,
)
_EVERY = st.one_of(_CALENDARS, _ANY, _ODD)


NIGHT = WorkingHours(start=time(22), end=time(6), zone="Europe/London", days=frozenset(range(7)))
ALMOST = replace(NIGHT, start=time(1, 30), end=time(1, 15))
"""Ends in the hour that is shown twice, a quarter of an hour before it begins."""


@settings(max_examples=200, deadline=None)
@given(calendar=_EVERY, start=_STARTS, working=st.integers(1, 6 * 60))
@example(calendar=LONDON, start=utc(2026, 3, 27, 16), working=8 * 60)
@example(calendar=LONDON, start=utc(2026, 10, 23, 16), working=8 * 60)
@example(calendar=NIGHT, start=utc(2026, 3, 28, 12), working=8 * 60)
@example(calendar=NIGHT, start=utc(2026, 10, 24, 12), working=10 * 60)
@example(calendar=ALMOST, start=utc(2026, 10, 24, 22), working=24 * 60)
@example(calendar=ALMOST, start=utc(2026, 3, 28, 22), working=24 * 60)
@example(
    calendar=WorkingHours(zone="Pacific/Apia", days=frozenset(range(7))),
    start=utc(2011, 12, 29, 22),
    working=12 * 60,
)
def test_it_agrees_with_counting_minute_by_minute(
    calendar: WorkingHours, start: datetime, working: int
) -> None:
    assert calendar.add(start, minutes(working)) == oracle(calendar, start, minutes(working))


@given(calendar=_EVERY, start=_STARTS, one=st.integers(1, 600), more=st.integers(1, 600))
def test_in_two_parts_it_is_as_long_as_in_one(
    calendar: WorkingHours, start: datetime, one: int, more: int
) -> None:
    halfway = calendar.add(start, minutes(one))
    assert calendar.add(halfway, minutes(more)) == calendar.add(start, minutes(one + more))


@pytest.mark.parametrize(
    ("start", "working", "over"),
    [
        (utc(2026, 11, 23, 10), hours(1), utc(2026, 11, 23, 11)),
        (utc(2026, 11, 23, 10), hours(7.5), utc(2026, 11, 23, 17, 30)),
        (utc(2026, 11, 23, 17), hours(1), utc(2026, 11, 24, 9, 30)),
        (utc(2026, 11, 23, 3), hours(1), utc(2026, 11, 23, 10)),
        (utc(2026, 11, 27, 17), hours(1), utc(2026, 11, 30, 9, 30)),
        (utc(2026, 11, 28, 12), hours(1), utc(2026, 11, 30, 10)),
        # Clocks go forward on 29 March: nine o'clock in London is eight in UTC from then on.
        (utc(2026, 3, 27, 17), hours(1), utc(2026, 3, 30, 8, 30)),
        # And back on 25 October.
        (utc(2026, 10, 23, 16), hours(1), utc(2026, 10, 26, 9, 30)),
    ],
    ids=["same day", "to the end", "over night", "early", "over the weekend", "on saturday", "spring", "autumn"],
)  # fmt: skip
def test_london(start: datetime, working: timedelta, over: datetime) -> None:
    assert LONDON.add(start, working) == over


def test_a_night_shift_over_the_clock_change_loses_and_gains_its_hour() -> None:
    every_hour = WorkingHours(
        start=time(0), end=time(23, 59), zone="Europe/London", days=frozenset(range(7))
    )
    assert every_hour.add(utc(2026, 3, 29), hours(22)) == utc(2026, 3, 29, 22)
    assert every_hour.add(utc(2026, 10, 24, 23), hours(24)) == utc(2026, 10, 25, 23)


def test_it_answers_in_utc_whatever_it_was_asked_in() -> None:
    start = utc(2026, 11, 23, 10).astimezone(ZoneInfo("Asia/Tokyo"))
    over = LONDON.add(start, hours(1))
    assert (over, over.tzinfo) == (utc(2026, 11, 23, 11), UTC)


def test_seconds_are_not_lost() -> None:
    start = utc(2026, 11, 23, 17, 29, 59, 999_999)
    assert LONDON.add(start, timedelta(microseconds=2)) == utc(2026, 11, 24, 9, 0, 0, 1)


@pytest.mark.parametrize(
    "calendar",
    [
        WorkingHours(days=frozenset()),
        WorkingHours(start=time(9), end=time(9)),
    ],
    ids=["no day", "no time"],
)
def test_hours_that_never_come_are_refused(calendar: WorkingHours) -> None:
    with pytest.raises(ValueError, match="working hours need a day"):
        calendar.add(utc(2026, 11, 23), hours(1))


@settings(max_examples=60, deadline=None)
@given(calendar=_EVERY, start=_STARTS, length=st.integers(0, 3 * 24 * 60))
@example(calendar=ALMOST, start=utc(2026, 10, 24, 22), length=2 * 24 * 60)
@example(calendar=LONDON, start=utc(2026, 3, 27, 16), length=3 * 24 * 60)
@example(calendar=LONDON, start=utc(2026, 10, 23, 16), length=3 * 24 * 60)
def test_the_working_time_between_agrees_with_counting_minutes(
    calendar: WorkingHours, start: datetime, length: int
) -> None:
    open_minutes = sum(is_open(calendar, start + n * MINUTE) for n in range(length))
    assert calendar.time_within(start, start + length * MINUTE) == open_minutes * MINUTE


@given(calendar=_EVERY, start=_STARTS, working=st.integers(1, 2_000))
def test_so_much_working_time_lies_before_the_moment_it_is_used_up(
    calendar: WorkingHours, start: datetime, working: int
) -> None:
    assert calendar.time_within(start, calendar.add(start, minutes(working))) == minutes(working)


@given(calendar=_EVERY, at=_STARTS)
def test_it_is_open_from_where_it_opens_until_it_closes(
    calendar: WorkingHours, at: datetime
) -> None:
    opens = calendar.opens(at)
    assert opens is not None
    assert opens >= at
    assert calendar.is_open(opens)
    assert (opens == at) == calendar.is_open(at)
    assert calendar.time_within(at, opens) == timedelta()
    closes = calendar.closes(opens)
    assert closes is not None
    assert not calendar.is_open(closes)
    assert calendar.time_within(opens, closes) == closes - opens


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (utc(2026, 11, 23, 8, 59, 59), False),
        (utc(2026, 11, 23, 9), True),
        (utc(2026, 11, 23, 17, 29, 59), True),
        (utc(2026, 11, 23, 17, 30), False),
        (utc(2026, 11, 22, 12), False),
        (utc(2026, 6, 22, 8), True),
    ],
    ids=["just before", "at nine", "just before the end", "the end", "sunday", "summer time"],
)
def test_when_london_is_open(at: datetime, is_open: bool) -> None:
    assert LONDON.is_open(at) is is_open
    assert (LONDON.closes(at) is not None) is is_open


def test_no_time_lies_between_a_moment_and_an_earlier_one() -> None:
    assert LONDON.time_within(utc(2026, 11, 23, 12), utc(2026, 11, 23, 10)) == timedelta()


def test_a_very_long_span_is_counted_for_some_hundred_days() -> None:
    every_day = WorkingHours(days=frozenset(range(7)))
    ages = every_day.time_within(utc(2026, 1, 1), utc(2926, 1, 1))
    assert ages == DAYS_COUNTED * hours(8)


@pytest.mark.parametrize(
    "never",
    [WorkingHours(days=frozenset()), WorkingHours(start=time(22), end=time(22))],
    ids=["no day", "no time"],
)
def test_hours_that_never_come_are_never_open(never: WorkingHours) -> None:
    assert never.opens(utc(2026, 11, 23)) is None
    assert not never.is_open(utc(2026, 11, 23, 23))
    assert never.time_within(utc(2026, 11, 23), utc(2026, 11, 30)) == timedelta()


def test_hours_are_read_as_they_are_written() -> None:
    assert working_hours("09:00-17:30", "Europe/London") == LONDON


@pytest.mark.parametrize(
    "written",
    ["", "9-17", "09:00-17:30 ", "09:00 - 17:30", "24:00-25:00", "17:00-09:00", "09:00-09:00", "\u0660\u0669:00-17:00"],
)  # fmt: skip
def test_what_are_no_hours_is_nine_to_five(written: str) -> None:
    assert working_hours(written, "Asia/Tokyo") == WorkingHours(zone="Asia/Tokyo")


@pytest.mark.parametrize(
    "zone", ["", "Nowhere", "Europe", "../etc/passwd", "a\0b", "\ud800", "x" * 5_000]
)
def test_a_zone_nobody_knows_is_utc(zone: str) -> None:
    assert working_hours("08:00-12:00", zone) == working_hours("08:00-12:00", "UTC")

"""When is it quiet, and when is the list of the day due, by people's own clocks?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain.quiet import LATE, day_at, list_day, moment_of, quiet_until, window, working
from tests.builders import NOW, hours, minutes

NIGHT = "20:00-08:00"
BERLIN = "Europe/Berlin"
NINE = time(9)


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["", "20:00", "20-08", "24:00-08:00", "20:00-08:60", "08:00-08:00", "20:00-08:00 "]
)
def test_what_is_no_window_is_nothing_said(written: str) -> None:
    assert window(written) is None
    assert quiet_until(written, BERLIN, NOW) is None


def test_a_working_day_starts_before_it_ends() -> None:
    assert working("09:00-17:30") == "09:00-17:30"
    assert working("17:30-09:00") == ""
    assert working("nine to five") == ""


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-23 18:59", None),
        ("2026-11-23 19:00", "2026-11-24 07:00"),
        ("2026-11-24 03:00", "2026-11-24 07:00"),
        ("2026-11-24 06:59", "2026-11-24 07:00"),
        ("2026-11-24 07:00", None),
    ],
)
def test_a_night_goes_over_midnight_by_the_clocks_there(at: str, until: str | None) -> None:
    assert quiet_until(NIGHT, BERLIN, utc(at)) == (utc(until) if until else None)


def test_a_siesta_is_on_one_day() -> None:
    assert quiet_until("12:00-13:00", "UTC", utc("2026-11-23 12:30")) == utc("2026-11-23 13:00")
    assert quiet_until("12:00-13:00", "UTC", utc("2026-11-23 13:30")) is None


def test_a_zone_that_there_is_not_is_utc() -> None:
    assert quiet_until(NIGHT, "Mars/Olympus", utc("2026-11-23 20:00")) == utc("2026-11-24 08:00")


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_the_night_of_a_clock_change_ends_when_the_clocks_say_so(day: str) -> None:
    """In Berlin the clocks change in the night to the Sunday."""
    evening = utc(f"{day} 22:30")
    until = quiet_until(NIGHT, BERLIN, evening)
    assert until is not None
    summer = day == "2026-03-28"
    assert until - evening == (hours(7.5) if summer else hours(8.5))


def test_a_moment_is_a_time_of_day() -> None:
    assert moment_of("09:00") == NINE
    assert moment_of("00:00") == time(0)
    assert [moment_of(it) for it in ("", "9", "9:00", "24:00", "09:00-17:00")] == [None] * 5


def test_a_list_is_due_from_its_time_on_and_not_for_ever() -> None:
    nine = utc("2026-11-23 08:00")
    found = [
        list_day(NINE, BERLIN, at)
        for at in (nine - minutes(1), nine, nine + LATE - minutes(1), nine + LATE)
    ]
    monday = date(2026, 11, 23)
    assert found == [None, monday, monday, None]


@pytest.mark.parametrize("day", range(22, 29))
def test_a_list_is_only_due_on_working_days(day: int) -> None:
    found = list_day(NINE, BERLIN, datetime(2026, 11, day, 8, 0, tzinfo=UTC))
    assert (found is None) == (day in (22, 28))


def test_which_day_it_is_is_asked_where_the_readers_are() -> None:
    """Sunday evening in London is Monday morning in Auckland."""
    sunday = utc("2026-11-22 20:30")
    assert list_day(NINE, "Pacific/Auckland", sunday) == date(2026, 11, 23)
    assert day_at("Pacific/Auckland", sunday) == date(2026, 11, 23)
    assert list_day(NINE, "Europe/London", sunday) is None


def test_a_list_of_the_evening_is_never_sent_on_the_next_day() -> None:
    assert list_day(time(22), "UTC", utc("2026-11-23 23:59")) == date(2026, 11, 23)
    assert list_day(time(22), "UTC", utc("2026-11-24 00:00")) is None


def test_through_a_year_with_both_clock_changes_every_working_day_has_one_list() -> None:
    at, days = utc("2026-01-01 00:00"), []
    while at < utc("2027-01-01 00:00"):
        if day := list_day(time(2, 30), BERLIN, at):
            days.append(day)
        at += timedelta(minutes=30)
    working_days = [d for n in range(365) if (d := date(2026, 1, 1) + timedelta(n)).weekday() < 5]
    assert sorted(set(days)) == working_days

"""Who is on call, by the shifts and the turns?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.asking.rota import TURNS_AT_MOST, Rota, Rotation, Shift, everybody_on_call, on_call
from tests.builders import NOW, hours

DAY, WEEK = timedelta(days=1), timedelta(days=7)
LONDON = ZoneInfo("Europe/London")


def shift(person: str = "ada", start: float | None = 0, end: float | None = 1) -> Shift:
    """A shift, in hours from now."""
    return Shift(
        person=person,
        start=None if start is None else NOW + hours(start),
        end=None if end is None else NOW + hours(end),
    )


def test_a_shift_begins_with_its_start_and_is_over_at_its_end() -> None:
    assert on_call([shift()], NOW) == {"ada"}
    assert on_call([shift()], NOW - timedelta(microseconds=1)) == frozenset()
    assert on_call([shift()], NOW + hours(1)) == frozenset()


def test_a_shift_without_ends_lasts() -> None:
    assert on_call([shift(start=None, end=None)], NOW + hours(9_999)) == {"ada"}
    assert on_call([shift(start=None)], NOW - hours(9_999)) == {"ada"}
    assert on_call([shift(end=None)], NOW - hours(1)) == frozenset()


def test_all_whose_shift_it_is_are_on_call() -> None:
    assert on_call([shift(), shift("bo"), shift("cy", start=1, end=2)], NOW) == {"ada", "bo"}


def test_members_take_turns_and_begin_again() -> None:
    rotation = Rotation(members=("ada", "bo", "cy"), starting=NOW)
    assert [rotation.turn(NOW + n * WEEK) for n in range(4)] == ["ada", "bo", "cy", "ada"]
    assert rotation.turn(NOW + WEEK - timedelta(microseconds=1)) == "ada"


def test_before_the_first_turn_nobody_has_one() -> None:
    rotation = Rotation(members=("ada",), starting=NOW)
    assert rotation.turn(NOW) == "ada"
    assert rotation.turn(NOW - timedelta(microseconds=1)) is None


@pytest.mark.parametrize(
    "rotation",
    [
        Rotation(members=(), starting=NOW),
        Rotation(members=("ada",), starting=NOW, every=timedelta()),
        Rotation(members=("ada",), starting=NOW, every=-DAY),
        Rotation(members=("ada",), starting=NOW, every=timedelta(microseconds=1)),
    ],
    ids=["nobody", "no length", "backwards", "too short"],
)
def test_a_rotation_that_makes_no_sense_names_nobody(rotation: Rotation) -> None:
    assert rotation.turn(NOW) is None
    assert list(rotation.turns(NOW, NOW + WEEK)) == []


def test_turns_change_hands_at_the_same_time_by_the_clocks_all_year() -> None:
    monday = datetime(2026, 1, 5, 9, 0, tzinfo=LONDON)
    rotation = Rotation(members=("ada", "bo"), starting=monday)
    for week in range(60):
        handover = (monday + week * WEEK).astimezone(UTC)
        assert rotation.turn(handover) == ("ada", "bo")[week % 2]
        assert rotation.turn(handover - timedelta(seconds=1)) != rotation.turn(handover) or not week


@given(
    at=st.integers(0, 400 * 24).map(hours),
    every=st.integers(4, 400).map(hours),
    zone=st.sampled_from(["UTC", "Europe/London", "Australia/Lord_Howe", "America/New_York"]),
)
def test_the_turns_of_a_year_leave_no_gap_and_agree_with_whose_turn_it_is(
    at: timedelta, every: timedelta, zone: str
) -> None:
    starting = datetime(2026, 1, 5, 1, 30, tzinfo=ZoneInfo(zone))
    rotation = Rotation(members=("ada", "bo", "cy"), starting=starting, every=every)
    moment = starting.astimezone(UTC) + at
    turns = list(rotation.turns(moment, moment + WEEK))
    assert on_call(turns, moment) == {rotation.turn(moment)}
    assert all(one.end == next.start for one, next in pairwise(turns))
    assert turns[-1].end is not None
    assert turns[-1].end >= moment + WEEK


def test_very_many_turns_are_cut_off() -> None:
    rotation = Rotation(members=("ada",), starting=NOW, every=DAY)
    assert len(list(rotation.turns(NOW, NOW + 9_000 * DAY))) == TURNS_AT_MOST


def test_a_shift_takes_the_place_of_the_turn() -> None:
    rotation = Rotation(members=("ada", "bo"), starting=NOW)
    rota = Rota(name="payments", shifts=(shift("cy", 24, 48),), rotation=rotation)
    assert rota.on_call(NOW + hours(23)) == {"ada"}
    assert rota.on_call(NOW + hours(24)) == {"cy"}
    assert rota.on_call(NOW + hours(48)) == {"ada"}


def test_a_rota_may_be_empty() -> None:
    assert Rota(name="payments").on_call(NOW) == frozenset()
    assert Rota(name="payments").between(NOW, NOW + WEEK) == ()


_SHIFTS = st.builds(
    lambda person, start, length: shift(
        person, start, None if start is None or length is None else start + length
    ),
    st.sampled_from(["ada", "dee"]),
    st.none() | st.integers(-300, 300),
    st.none() | st.integers(1, 300),
)


@settings(max_examples=200)
@given(shifts=st.lists(_SHIFTS, max_size=4), at=st.integers(-300, 300), turns=st.booleans())
def test_the_shifts_of_a_span_say_the_same_as_the_rota(
    shifts: list[Shift], at: int, turns: bool
) -> None:
    rotation = Rotation(members=("bo", "cy"), starting=NOW - hours(100), every=hours(50))
    rota = Rota(name="x", shifts=tuple(shifts), rotation=rotation if turns else None)
    moment = NOW + hours(at)
    assert on_call(rota.between(NOW - hours(300), NOW + hours(301)), moment) == rota.on_call(moment)


def test_everybody_on_call_is_named_with_what_for() -> None:
    rotas = [
        Rota(name="search", shifts=(shift(), shift("bo"))),
        Rota(name="payments", shifts=(shift(),)),
        Rota(name="mobile", shifts=(shift("cy", 1, 2),)),
    ]
    expected = {"ada": "payments and search", "bo": "search"}
    assert everybody_on_call(rotas, NOW) == everybody_on_call(rotas[::-1], NOW) == expected

"""Are PagerDuty's answers read right, and odd ones refused?"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.asking.rota import Shift
from bot.rotas import Unreadable
from bot.rotas.pagerduty import ENTRIES_AT_MOST, shifts

PEOPLE = {"ada@acme.example": "ada", "Ada Park": "ada", "Grace Lee": "grace"}
START, END = datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 30, 9, tzinfo=UTC)


def an_entry(**facts: Any) -> dict[str, Any]:
    return {
        "escalation_level": 1,
        "escalation_policy": {"id": "PAAA111", "type": "escalation_policy_reference"},
        "schedule": {"id": "PBBB222", "type": "schedule_reference", "summary": "Payments"},
        "user": {"id": "PCCC333", "summary": "A. Park", "email": "ada@acme.example"},
        "start": "2026-11-23T09:00:00Z",
        "end": "2026-11-30T10:00:00+01:00",
        **facts,
    }


def read(*entries: Any) -> tuple[Shift, ...]:
    return shifts({"oncalls": list(entries), "limit": 25, "more": False}, PEOPLE.get)


def test_an_entry_is_a_shift() -> None:
    assert read(an_entry()) == (Shift(person="ada", start=START, end=END),)


def test_whoever_is_always_on_call_has_no_start_and_no_end() -> None:
    assert read(an_entry(start=None, end=None)) == (Shift(person="ada", start=None, end=None),)


def test_a_name_will_do_where_there_is_no_address() -> None:
    assert read(an_entry(user={"summary": "Grace Lee"}))[0].person == "grace"


def test_an_address_says_more_than_a_name() -> None:
    both = {"summary": "Grace Lee", "email": "ada@acme.example"}
    assert read(an_entry(user=both))[0].person == "ada"


@pytest.mark.parametrize("user", [{"summary": "Stranger"}, {}, {"email": None}])
def test_whom_nobody_knows_is_left_out(user: dict[str, Any]) -> None:
    assert read(an_entry(), an_entry(user=user)) == read(an_entry())


def test_only_the_first_level_counts() -> None:
    assert read(an_entry(escalation_level=2)) == ()


def test_the_same_shift_for_two_services_is_one() -> None:
    assert len(read(an_entry(), an_entry(escalation_policy={"id": "PDDD444"}))) == 1


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"oncalls": None}, {"oncalls": {}}])
def test_what_has_no_list_is_refused(answer: object) -> None:
    with pytest.raises(Unreadable, match="no list called oncalls"):
        shifts(answer, PEOPLE.get)


def test_a_list_without_end_is_refused() -> None:
    read(*[an_entry()] * ENTRIES_AT_MOST)
    with pytest.raises(Unreadable, match="more than 10000 entries"):
        read(*[an_entry()] * (ENTRIES_AT_MOST + 1))


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("x", r"oncalls\[1\] is not an object"),
        (an_entry(escalation_level="1"), r"oncalls\[1\].escalation_level is not a whole number"),
        (an_entry(escalation_level=True), r"oncalls\[1\].escalation_level is not a whole number"),
        (an_entry(user="ada"), r"oncalls\[1\].user is not an object"),
        (an_entry(user={"email": 7}), r"oncalls\[1\].user has a name that is not a text"),
        (an_entry(start="soon"), r"oncalls\[1\].start is not a moment"),
        (an_entry(start=1_790_000_000), r"oncalls\[1\].start is not a moment"),
        (an_entry(end="2026-11-30T10:00:00"), r"oncalls\[1\].end is not a moment"),
        ({k: v for k, v in an_entry().items() if k != "end"}, r"oncalls\[1\].end is missing"),
    ],
)
def test_one_odd_entry_is_refused_and_named(entry: Any, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(an_entry(), entry)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(key=st.sampled_from([*an_entry(), "user"]), value=_JSON)
def test_whatever_comes_is_read_or_refused(key: str, value: object) -> None:
    with suppress(Unreadable):
        assert all(shift.person == "ada" for shift in read(an_entry(**{key: value})))

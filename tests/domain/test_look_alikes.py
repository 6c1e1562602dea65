"""Names that could be taken for each other are found, and others are left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.look_alikes import Alike, folded, handle, look_alikes, mailbox, one_apart


def how(first: str, second: str) -> Alike | None:
    found = look_alikes({"first": first, "second": second})
    return found[0].how if found else None


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("Ada Park", "ada  park", Alike.SAME),
        ("Zo\u00eb Ren", "Zoe Ren", Alike.SAME),
        ("Ada Park", "\uff21da Park", Alike.SAME),
        ("Ada Park", "Ada\u200b Park", Alike.SAME),
        ("Ada Park", "\u0410da Park", Alike.LETTERS),
        ("Ada Park", "Ada P\u03b1rk", Alike.LETTERS),
        ("Colin", "C0lin", Alike.LETTERS),
        ("Ian", "lan", Alike.LETTERS),
        ("Ian", "\u0406an", Alike.LETTERS),
        ("Ian", "1an", Alike.LETTERS),
        ("ALICE", "Alice", Alike.SAME),
        ("Clara", "Dara", Alike.SHAPES),
        ("Arne", "Ame", Alike.SHAPES),
        ("Vvanda", "Wanda", Alike.SHAPES),
        ("Katherine", "Katharine", Alike.SLIP),
        ("Katherine", "Kathrine", Alike.SLIP),
        ("Katherine", "Kahterine", Alike.SLIP),
    ],
)
def test_names_are_alike_in_the_closest_way(first: str, second: str, alike: Alike) -> None:
    assert how(first, second) is alike


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ada Park", "Jun Ito"),
        ("Jan", "Jon"),  # short: real names differ by a letter
        ("Katherine", "Kathrina"),
        ("Mila", "Miia"),  # small letters can be told apart
        ("", ""),
        ("\u200b", "\u2060"),
    ],
)
def test_other_names_are_left_alone(first: str, second: str) -> None:
    assert how(first, second) is None


def test_three_of_a_kind_are_three_pairs() -> None:
    found = look_alikes({"a": "Ada", "b": "ada", "c": "ADA", "d": "Jun"})
    assert {(pair.first, pair.second) for pair in found} == {("a", "b"), ("a", "c"), ("b", "c")}


@given(st.text(max_size=30))
def test_every_name_is_the_same_as_itself_in_capitals(name: str) -> None:
    if folded(name) and folded(name) == folded(name.upper()):
        assert how(name, name.upper()) is Alike.SAME


@given(st.text(alphabet="abc", max_size=8), st.text(alphabet="abc", max_size=8))
def test_one_apart_is_what_one_step_makes(first: str, second: str) -> None:
    def steps(word: str) -> set[str]:
        left_out = {word[:i] + word[i + 1 :] for i in range(len(word))}
        added = {word[:i] + c + word[i:] for i in range(len(word) + 1) for c in "abc"}
        other = {word[:i] + c + word[i + 1 :] for i in range(len(word)) for c in "abc"}
        turned = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
        return (left_out | added | other | turned) - {word}

    assert one_apart(first, second) == (second in steps(first))
    assert one_apart(first, second) == one_apart(second, first)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=50), max_size=6))
def test_no_name_is_too_odd(names: dict[str, str]) -> None:
    look_alikes(names)


def test_thousands_of_long_names_take_no_time() -> None:
    names = {str(n): f"{n:05d}" + "x" * 150 for n in range(0, 30_000, 10)}
    begun = time.process_time()
    look_alikes(names)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("ada@acme.example", "ADA@acme.example", True),
        ("ada@acme.example", "ada+ci@acme.example", True),
        ("ada.park@gmail.com", "adapark@googlemail.com", True),
        ("ada.park@acme.example", "adapark@acme.example", False),
        ("ada@acme.example", "ada@other.example", False),
        ("+@acme.example", "@acme.example", False),
    ],
)
def test_two_addresses_are_one_mailbox(first: str, second: str, one: bool) -> None:
    assert (mailbox(first) == mailbox(second)) is one


def test_a_handle_is_a_login_or_the_name_in_an_address() -> None:
    assert handle("Ada.Park") == handle("ada-park") == handle("ada_park+x@acme.example")
    assert handle("ada") != handle("adam")

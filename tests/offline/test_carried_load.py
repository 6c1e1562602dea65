"""The asks of the past weigh on people for as long as they would have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.asking.choosing import Load
from bot.domain.signoff import Ask
from bot.offline.carried_load import LATELY, Answering, CarriedLoad
from tests.builders import NOW, PAYMENTS, PLATFORM, ROSTER, a_person, hours, minutes, with_person

MOMENT = timedelta(microseconds=1)


def an_ask(approvals: int = 1, level: str = "senior", *groups: str, **facts: frozenset[str]) -> Ask:
    return Ask(approvals=approvals, level=level, groups=frozenset(groups or (PAYMENTS,)), **facts)


def test_nobody_has_anything_to_carry_at_first() -> None:
    assert CarriedLoad().at(NOW) == {}


def test_an_ask_is_open_until_it_is_answered() -> None:
    load = CarriedLoad()
    load.add(["ada"], NOW, NOW + hours(2))
    assert load.at(NOW)["ada"] == Load(open=1, week=1)
    assert load.at(NOW + hours(2) - MOMENT)["ada"] == Load(open=1, week=1)
    assert load.at(NOW + hours(2))["ada"] == Load(open=0, week=1)


def test_an_ask_counts_for_a_week() -> None:
    load = CarriedLoad()
    load.add(["ada"], NOW, NOW)
    assert load.at(NOW + LATELY - MOMENT)["ada"] == Load(open=0, week=1)
    assert load.at(NOW + LATELY)["ada"] == Load(open=0, week=0)


def test_everybody_carries_their_own() -> None:
    load = CarriedLoad()
    load.add(["ada", "grace"], NOW, NOW + hours(1))
    load.add(["ada"], NOW + minutes(1), NOW + hours(3))
    assert load.at(NOW + minutes(2)) == {"ada": Load(open=2, week=2), "grace": Load(open=1, week=1)}
    assert load.at(NOW + hours(2)) == {"ada": Load(open=1, week=2), "grace": Load(open=0, week=1)}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 500), st.integers(0, 500), st.sampled_from(["ada", "grace", "jun"])
        ),
        max_size=30,
    )
)
def test_the_load_is_what_counting_anew_would_find(asks: list[tuple[int, int, str]]) -> None:
    load, made = CarriedLoad(), list[tuple[int, int, str]]()
    for at, length, person in sorted(asks):
        found = load.at(NOW + hours(at))
        for somebody in ("ada", "grace", "jun"):
            theirs = [it for it in made if it[2] == somebody]
            expected = Load(
                open=sum(begun + lasts > at for begun, lasts, _ in theirs),
                week=sum(begun > at - 7 * 24 for begun, _, _ in theirs),
            )
            assert found.get(somebody, Load()) == expected
        load.add([person], NOW + hours(at), NOW + hours(at + length))
        made.append((at, length, person))


@pytest.fixture
def answering() -> Answering:
    """Ada and grace work from 9 to 17 UTC, as everybody in the house; zoe in Tokyo."""
    zoe = a_person("zoe", timezone="Asia/Tokyo", hours="09:00-17:00")
    return Answering(roster=with_person(ROSTER, zoe, PAYMENTS), reaction=minutes(30))


def test_who_is_at_work_answers_after_the_reaction(answering: Answering) -> None:
    assert answering.enough([an_ask()], ["ada"], NOW) == NOW + minutes(30)


def test_who_is_not_answers_once_they_are(answering: Answering) -> None:
    tokyo_opens = NOW + hours(14)
    assert answering.enough([an_ask()], ["zoe"], NOW) == tokyo_opens + minutes(30)


def test_the_first_to_be_at_work_is_enough_for_one(answering: Answering) -> None:
    assert answering.enough([an_ask(1)], ["zoe", "ada"], NOW) == NOW + minutes(30)


def test_where_two_have_to_sign_the_second_counts(answering: Answering) -> None:
    assert answering.enough([an_ask(2)], ["zoe", "ada"], NOW) == NOW + hours(14) + minutes(30)


def test_every_ask_has_to_be_answered(answering: Answering) -> None:
    asks = [an_ask(), an_ask(1, "staff", PLATFORM)]
    assert answering.enough(asks, ["ada", "pat"], NOW) == NOW + minutes(30)
    assert answering.enough(asks, ["ada"], NOW) is None


def test_too_few_are_never_enough(answering: Answering) -> None:
    assert answering.enough([an_ask(2)], ["ada", "grace"], NOW) is not None
    assert answering.enough([an_ask(3)], ["ada", "grace"], NOW) is None


def test_only_who_may_sign_for_an_ask_counts_for_it(answering: Answering) -> None:
    assert answering.enough([an_ask()], ["ruth"], NOW) is None
    assert answering.enough([an_ask(1, "staff")], ["ada"], NOW) is None
    assert answering.enough([an_ask(people=frozenset({"ruth"}))], ["ruth"], NOW) is not None


def test_who_left_the_roster_answers_nothing(answering: Answering) -> None:
    assert answering.enough([an_ask()], ["nobody"], NOW) is None


def test_nothing_to_answer_takes_no_time(answering: Answering) -> None:
    assert answering.enough([], [], NOW) == NOW


def test_how_often_each_was_asked_since_a_moment_of_their_own() -> None:
    load = CarriedLoad()
    for minute in range(4):
        load.add(["ada", "grace", "jun"], NOW + minutes(minute), NOW + hours(1))
    begins = {"ada": NOW + minutes(1), "grace": NOW + minutes(3), "pat": NOW}
    assert load.since(begins) == {"ada": 3, "grace": 1}
    assert load.since({}) == {}

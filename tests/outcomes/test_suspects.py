"""Which signoffs is an incident of? By time alone nobody is sure, and what was struck stays struck."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.outcomes import MOST, Incident, Link, Shipping, linked, said, struck, suspects
from tests.builders import NOW

DAY = timedelta(days=1)


def an_incident(**facts: Any) -> Incident:
    known: dict[str, Any] = {
        "id": "inc_1",
        "source": "pager",
        "key": "INC-4711",
        "title": "Checkout is down",
        "severity": "",
        "environment": "production",
        "repositories": ("acme/payments-*",),
        "started_at": NOW,
    }
    return Incident(**{**known, **facts})


def a_shipping(signoff_id: str = "sgn_a", **facts: Any) -> Shipping:
    known: dict[str, Any] = {
        "signoff_id": signoff_id,
        "connection": "ci",
        "repository": "acme/payments-api",
        "environment": "production",
        "kind": "software",
        "at": NOW - timedelta(hours=1),
    }
    return Shipping(**{**known, **facts})


def other(signoff_id: str, **facts: Any) -> Shipping:
    """In a line of its own."""
    return a_shipping(signoff_id, repository=f"acme/payments-{signoff_id}", **facts)


def how(*links: Link) -> dict[str, str]:
    return {it.signoff_id: it.how for it in links}


def test_the_only_one_is_nearby() -> None:
    assert how(*suspects(an_incident(), [a_shipping()], DAY)) == {"sgn_a": "nearby"}


def test_of_several_each_is_perhaps() -> None:
    found = suspects(an_incident(), [a_shipping(), other("sgn_b")], DAY)
    assert how(*found) == {"sgn_a": "perhaps", "sgn_b": "perhaps"}


def test_the_newest_of_a_line_took_the_place_of_the_others() -> None:
    older = a_shipping("sgn_0", at=NOW - timedelta(hours=2))
    assert how(*suspects(an_incident(), [older, a_shipping()], DAY)) == {"sgn_a": "nearby"}


@pytest.mark.parametrize(
    "facts",
    [
        {"at": NOW - DAY - timedelta(seconds=1)},
        {"at": NOW + timedelta(seconds=1)},
        {"environment": "staging"},
        {"repository": "acme/website"},
    ],
)
def test_whatever_else_was_deployed_is_none(facts: dict[str, Any]) -> None:
    assert suspects(an_incident(), [a_shipping(**facts)], DAY) == ()


@pytest.mark.parametrize("facts", [{"at": NOW - DAY}, {"at": NOW}, {"environment": "Production"}])
def test_at_the_very_edges_it_is_one(facts: dict[str, Any]) -> None:
    assert how(*suspects(an_incident(), [a_shipping(**facts)], DAY)) == {"sgn_a": "nearby"}


@pytest.mark.parametrize("facts", [{"repositories": ()}, {"environment": ""}])
def test_where_nobody_knows_what_it_is_about_nothing_is_linked(facts: dict[str, Any]) -> None:
    assert suspects(an_incident(**facts), [a_shipping(environment="")], DAY) == ()
    assert suspects(an_incident(**facts), [a_shipping()], DAY) == ()


def test_where_somebody_said_which_it_was_time_says_nothing() -> None:
    known = said((), ["sgn_x"], "ada")
    assert suspects(an_incident(), [a_shipping()], DAY, known) == ()


def test_said_strikes_what_was_only_perhaps() -> None:
    known = suspects(an_incident(), [a_shipping(), other("sgn_b")], DAY)
    assert how(*said(known, ["sgn_a"], "ada")) == {"sgn_a": "said", "sgn_b": "struck"}


def test_said_leaves_what_was_said_before() -> None:
    assert how(*said(said((), ["sgn_a"], "ada"), ["sgn_b"], "grace")) == {"sgn_b": "said"}


def test_a_strike_of_one_of_two_leaves_the_other_by_time_alone() -> None:
    known = suspects(an_incident(), [a_shipping(), other("sgn_b")], DAY)
    assert how(*struck(known, "sgn_b", "ada")) == {"sgn_b": "struck", "sgn_a": "nearby"}


def test_a_strike_stays_whatever_time_or_a_pipeline_says() -> None:
    known = struck((), "sgn_a", "ada")
    assert suspects(an_incident(), [a_shipping()], DAY, known) == ()
    assert said(known, ["sgn_a"], "@ci") == ()
    assert how(*said(known, ["sgn_a"], "grace")) == {"sgn_a": "said"}  # a person's word, by name


def test_what_a_pipeline_took_for_wrong_it_may_take_for_right() -> None:
    known = struck((), "sgn_a", "@ci")
    assert how(*said(known, ["sgn_a"], "@ci")) == {"sgn_a": "said"}


def test_the_newest_that_was_struck_hands_no_blame_to_the_one_before() -> None:
    older = a_shipping("sgn_0", at=NOW - timedelta(hours=2))
    known = struck((), "sgn_a", "ada")
    assert suspects(an_incident(), [older, a_shipping()], DAY, known) == ()


SHIPPINGS = some.lists(
    some.builds(
        Shipping,
        signoff_id=some.sampled_from([f"sgn_{it}" for it in range(12)]),
        connection=some.sampled_from(["ci", "hub"]),
        repository=some.sampled_from(["acme/payments-api", "acme/payments-web", "acme/web", ""]),
        environment=some.sampled_from(["production", "PRODUCTION", "staging", ""]),
        kind=some.sampled_from(["software", "infrastructure"]),
        at=some.integers(-100, 20).map(lambda it: NOW + timedelta(hours=it)),
    ),
    max_size=40,
)
WORDS = some.lists(
    some.tuples(
        some.sampled_from(["say", "strike", "look"]),
        some.sampled_from([f"sgn_{it}" for it in range(12)]),
        some.sampled_from(["ada", "@ci"]),
    ),
    max_size=12,
)


@given(shipped=SHIPPINGS, hours=some.integers(1, 336))
def test_suspects_are_few_within_the_window_and_of_one_mind(
    shipped: list[Shipping], hours: int
) -> None:
    incident, window = an_incident(), timedelta(hours=hours)
    found = suspects(incident, shipped, window)
    assert len(found) <= MOST
    assert {it.how for it in found} <= ({"nearby"} if len(found) == 1 else {"perhaps"})
    ships = {it.signoff_id: it for it in shipped}
    assert {it.signoff_id for it in found} <= ships.keys()
    assert suspects(incident, reversed(shipped), window) == found
    assert suspects(incident, shipped, window, found) == ()  # looked at again: nothing to write


@given(shipped=SHIPPINGS, spoken=WORDS)
def test_a_persons_strike_holds_and_no_guess_stands_beside_a_word(
    shipped: list[Shipping], spoken: list[tuple[str, str, str]]
) -> None:
    incident, known = replace(an_incident(), id="inc_2"), tuple[Link, ...]()
    by_ada: set[str] = set()
    for deed, signoff, by in spoken:
        match deed:
            case "say":
                new = said(known, [signoff], by)
                by_ada -= {signoff} if by == "ada" else set()
            case "strike":
                new = struck(known, signoff, by)
                by_ada |= {signoff} if by == "ada" else set()
            case _:
                new = suspects(incident, shipped, DAY, known)
        known = linked(known, new)
        stands = how(*known)
        assert all(stands[it] == "struck" for it in by_ada)
        if "said" in stands.values():
            assert not {"nearby", "perhaps"} & set(stands.values())
        assert list(stands.values()).count("nearby") <= 1

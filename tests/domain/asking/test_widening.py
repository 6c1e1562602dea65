"""Whom does each rung of the ladder ask beside those who were asked?"""

from __future__ import annotations

from bot.domain.asking.choosing import WIDER_AT_MOST, Choice, choose
from bot.domain.asking.situation import Leave, Situation
from bot.domain.people import Contributors
from tests.builders import NOW, a_group, a_person, a_roster, an_ask, hours

NOBODY = Contributors()
ASLEEP = "Pacific/Auckland"
"""Where it is eleven at night."""

MANY = a_roster(
    people=[
        *(a_person(f"p{n}") for n in range(9)),
        *(a_person(f"w{n}") for n in range(9)),
        a_person("lea"),
        a_person("zoe", timezone=ASLEEP),
    ],
    groups=[
        a_group("team", *(f"p{n}" for n in range(9))),
        a_group("wide", *(f"w{n}" for n in range(9)), "zoe"),
        a_group("leads", "lea"),
    ],
)
ASK = an_ask(1, "senior", "team", wider=["wide", "leads"])
CALLED = {"zoe": "wide"}


def a_situation(**facts: object) -> Situation:
    return Situation(at=NOW, until=NOW + hours(8), **facts)  # type: ignore[arg-type]


def asked(choice: Choice) -> set[str]:
    return {it.person for it in choice.asked}


USUAL = asked(choose(ASK, MANY, NOBODY, a_situation(), "x"))


def test_more_are_asked_of_the_same_circle() -> None:
    choice = choose(ASK, MANY, NOBODY, a_situation(), "x", already=frozenset(USUAL), more=True)
    assert len(choice.asked) == WIDER_AT_MOST
    assert all(it.startswith("p") for it in asked(choice) | USUAL)


def test_without_a_rung_nobody_else_is_asked() -> None:
    assert not choose(ASK, MANY, NOBODY, a_situation(), "x", already=frozenset(USUAL)).asked


def test_those_whose_rung_is_still_to_come_are_not_asked_yet() -> None:
    everybody = frozenset(MANY.people) - {"lea"}
    soon = choose(
        ASK, MANY, NOBODY, a_situation(), "x",
        already=everybody, wider=True, without=frozenset({"leads"}),
    )  # fmt: skip
    assert not soon.asked
    now = choose(ASK, MANY, NOBODY, a_situation(), "x", already=everybody, wider=True)
    assert asked(now) == {"lea"}


def test_who_is_on_call_is_asked_whatever_the_hour_once_it_escalates() -> None:
    situation = a_situation(on_call=CALLED)
    wider = choose(ASK, MANY, NOBODY, situation, "x", already=frozenset(USUAL), wider=True)
    assert "zoe" in asked(wider)
    (why,) = (it.why for it in wider.asked if it.person == "zoe")
    assert "on call for wide" in why
    assert len(wider.asked) == WIDER_AT_MOST + 1


def test_who_is_not_on_call_is_not_woken() -> None:
    wider = choose(ASK, MANY, NOBODY, a_situation(), "x", already=frozenset(USUAL), wider=True)
    assert "zoe" not in asked(wider)


def test_who_is_on_call_and_away_is_not_asked() -> None:
    situation = a_situation(on_call=CALLED, leave={"zoe": Leave(until=None)})
    wider = choose(ASK, MANY, NOBODY, situation, "x", already=frozenset(USUAL), wider=True)
    assert "zoe" not in asked(wider)


def test_who_is_on_call_and_had_a_part_is_not_asked() -> None:
    part = Contributors(people=frozenset({"zoe"}))
    situation = a_situation(on_call=CALLED)
    wider = choose(ASK, MANY, part, situation, "x", already=frozenset(USUAL), wider=True)
    assert "zoe" not in asked(wider)


def test_before_it_escalates_being_on_call_wakes_nobody() -> None:
    situation = a_situation(on_call={"p8": "team"})
    roster = a_roster(
        people=[*(MANY.people[f"p{n}"] for n in range(8)), a_person("p8", timezone=ASLEEP)],
        groups=[MANY.groups["team"]],
    )
    assert "p8" not in asked(choose(ASK, roster, NOBODY, situation, "x", more=True))

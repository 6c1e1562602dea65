"""Are enough people asked, fairly, and the same ones whenever we look?"""

from __future__ import annotations

from collections import Counter

from bot.domain.people import Contributors
from bot.domain.picking import candidates, pick
from bot.domain.signoff import Ask
from tests.builders import ROSTER, a_group, a_person, a_roster, an_ask, without_person

NOBODY = Contributors()
TEAM = a_roster(
    people=[a_person(f"p{n}", "senior") for n in range(8)] + [a_person("low", "mid")],
    groups=[a_group("team", *(f"p{n}" for n in range(8)), "low", "ghost")],
)
ONE = Ask(approvals=1, level="senior", groups=frozenset({"team"}))


def test_one_more_is_asked_than_has_to_answer() -> None:
    assert len(pick(ONE, TEAM, NOBODY, "x")) == 2
    three = Ask(approvals=3, level="senior", groups=frozenset({"team"}))
    assert len(pick(three, TEAM, NOBODY, "x")) == 4


def test_the_same_change_asks_the_same_people() -> None:
    assert pick(ONE, TEAM, NOBODY, "ci\0change 1") == pick(ONE, TEAM, NOBODY, "ci\0change 1")


def test_many_changes_ask_everybody_about_as_often() -> None:
    asked = Counter(p for n in range(400) for p in pick(ONE, TEAM, NOBODY, f"ci\0{n}"))
    assert set(asked) == {f"p{n}" for n in range(8)}
    assert max(asked.values()) < 2 * min(asked.values())


def test_only_those_whose_approval_would_count() -> None:
    found = candidates(ONE, TEAM, Contributors(people=frozenset({"p0", "p1"})))
    assert found == tuple(f"p{n}" for n in range(2, 8))


def test_whoever_left_the_roster_is_no_candidate() -> None:
    assert candidates(an_ask(), ROSTER, NOBODY) == ("ada", "grace")
    assert candidates(an_ask(), without_person(ROSTER, "ada"), NOBODY) == ("grace",)


def test_a_group_or_a_level_that_does_not_exist_has_no_candidates() -> None:
    assert candidates(an_ask(1, "senior", "no such group"), ROSTER, NOBODY) == ()
    assert candidates(an_ask(1, "wizard"), ROSTER, NOBODY) == ()


def test_where_few_may_all_of_them_are_asked() -> None:
    assert set(pick(an_ask(5), ROSTER, NOBODY, "x")) == {"ada", "grace"}


def test_a_member_of_two_groups_is_asked_once() -> None:
    both = a_roster(people=[a_person("p")], groups=[a_group("a", "p"), a_group("b", "p")])
    assert pick(an_ask(1, "senior", "a", "b"), both, NOBODY, "x") == ("p",)

"""What holds for every choice, whatever the situation is?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.asking.budgets import NO_BUDGETS, Budgets
from bot.domain.asking.choosing import Choice, choose
from bot.domain.asking.situation import Familiar, Leave, Load, Seen, Situation
from bot.domain.people import Contributors, Person
from bot.domain.signoff import Ask
from tests.builders import NOW, a_group, a_roster, hours

_IDS = [f"p{n}" for n in range(7)]
_MOMENTS = st.integers(-100, 400).map(lambda n: NOW + hours(n / 4))
_LOADS = st.builds(Load, open=st.integers(0, 9), week=st.integers(0, 30))
_PEOPLE = st.builds(
    lambda level, slack, zone, hours: (level, slack, zone, hours),
    st.sampled_from(["mid", "senior", "staff", "guest"]),
    st.sampled_from(["U0", "U0", "U0", ""]),
    st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York", "nowhere"]),
    st.sampled_from(["", "08:00-12:00", "00:00-23:59"]),
)
_SEEN = st.builds(
    Seen,
    member=st.sampled_from([None, True, False]),
    active=st.sampled_from([None, True, False]),
    quiet_until=st.none() | _MOMENTS,
)


def _some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(_IDS), values)


_SITUATIONS = st.builds(
    Situation,
    at=st.just(NOW),
    until=st.none() | _MOMENTS,
    load=_some(_LOADS),
    leave=_some(
        st.builds(Leave, until=st.none() | _MOMENTS, deputy=st.sampled_from(["", "?", *_IDS]))
    ),
    seen=_some(_SEEN),
    on_call=_some(st.just("payments")),
    today=_some(st.integers(0, 5)),
    budgets=st.builds(
        Budgets, per_day=st.none() | st.integers(1, 4), people=_some(st.integers(1, 4))
    ),
    familiar=_some(st.builds(Familiar, commits=st.integers(-1, 40), last=st.none() | _MOMENTS)),
)
_GROUPS = st.frozensets(st.sampled_from(["a", "b", "none"]), max_size=3)


@st.composite
def _cases(draw: st.DrawFn) -> dict[str, Any]:
    facts = draw(st.lists(_PEOPLE, min_size=7, max_size=7))
    people = [
        Person(id=id, name=id, level=level, slack=slack and slack + id, timezone=zone, hours=hours)
        for id, (level, slack, zone, hours) in zip(_IDS, facts, strict=True)
    ]
    members = st.lists(st.sampled_from([*_IDS, "ghost"]), unique=True)
    return {
        "ask": Ask(
            approvals=draw(st.integers(0, 4)),
            level="senior",
            groups=draw(_GROUPS),
            wider=draw(_GROUPS),
            people=draw(st.frozensets(st.sampled_from([*_IDS, "ghost"]), max_size=2)),
        ),
        "roster": a_roster(people, [a_group("a", *draw(members)), a_group("b", *draw(members))]),
        "contributors": Contributors(people=draw(st.frozensets(st.sampled_from(_IDS)))),
        "situation": draw(_SITUATIONS),
        "seed": draw(st.text(max_size=3)),
        "already": draw(st.frozensets(st.sampled_from(_IDS), max_size=3)),
        "wider": draw(st.booleans()),
        "more": draw(st.booleans()),
        "without": draw(_GROUPS),
    }


def asked(choice: Choice) -> list[str]:
    return [it.person for it in choice.asked]


@settings(max_examples=300, deadline=None)
@given(case=_cases())
def test_whoever_is_asked_may_sign(case: dict[str, Any]) -> None:
    ask, roster = case["ask"], case["roster"]
    joining = ask.wider - case["without"] if case["wider"] else frozenset()
    groups = ask.groups | joining
    for person in asked(choose(**case)):
        assert person not in case["contributors"].people | case["already"]
        assert roster.reaches(roster.people[person].level, "senior")
        assert person in ask.people or roster.standing(person).groups & groups
        assert roster.people[person].slack
        assert case["situation"].seen.get(person, Seen()).member is not False


@settings(max_examples=200, deadline=None)
@given(case=_cases())
def test_everybody_is_asked_or_told_why_not_exactly_once(case: dict[str, Any]) -> None:
    choice = choose(**case)
    spoken_of = [*asked(choice), *(it.person for it in choice.passed_over)]
    assert sorted(spoken_of) == sorted(_IDS)
    assert all(it.why and all(it.why) for it in choice.asked)
    assert all(it.why for it in choice.passed_over)


@settings(max_examples=200, deadline=None)
@given(case=_cases(), person=st.sampled_from(_IDS), more=_LOADS)
def test_more_load_never_makes_anybody_likelier_to_be_asked(
    case: dict[str, Any], person: str, more: Load
) -> None:
    situation = case["situation"]
    now = situation.load.get(person, Load())
    loaded = {**situation.load, person: Load(open=now.open + more.open, week=now.week + more.week)}
    later = choose(**{**case, "situation": replace(situation, load=loaded)})
    assert person not in asked(later) or person in asked(choose(**case))


@settings(max_examples=100, deadline=None)
@given(case=_cases(), order=st.permutations(_IDS))
def test_the_order_of_the_config_does_not_matter(case: dict[str, Any], order: list[str]) -> None:
    roster = case["roster"]
    turned = replace(
        roster,
        people={id: roster.people[id] for id in order},
        groups={
            id: replace(group, members=tuple(reversed(group.members)))
            for id, group in reversed(roster.groups.items())
        },
    )
    assert choose(**{**case, "roster": turned}) == choose(**case)


@settings(max_examples=200, deadline=None)
@given(case=_cases())
def test_with_enough_who_may_sign_the_change_can_be_answered(case: dict[str, Any]) -> None:
    fresh = {**case, "already": frozenset(), "wider": False, "more": False}
    at_peace = replace(case["situation"], leave={}, budgets=NO_BUDGETS)
    anybody = choose(**{**fresh, "situation": at_peace}).asked
    needed = min(len(anybody), case["ask"].approvals)
    assert len(choose(**fresh).asked) >= needed


@settings(max_examples=300, deadline=None)
@given(case=_cases())
def test_where_those_who_were_asked_do_not_answer_a_budget_holds_up_nothing(
    case: dict[str, Any],
) -> None:
    """As many can answer as without it, of those whom nobody has asked yet."""
    later = {**case, "more": True}
    unlimited = replace(case["situation"], budgets=NO_BUDGETS)
    others = choose(**{**later, "situation": unlimited}).asked
    needed = min(len(others), case["ask"].approvals)
    assert len(choose(**later).asked) >= needed


@settings(max_examples=300, deadline=None)
@given(case=_cases())
def test_who_has_had_enough_is_asked_only_where_nobody_else_is_left_to_ask(
    case: dict[str, Any],
) -> None:
    """But for who is on call once it escalates."""
    situation, choice = case["situation"], choose(**case)
    had_enough = {id for id in _IDS if situation.budgets.used_up(id, situation.today.get(id, 0))}
    again = {it.person for it in choice.asked} & had_enough
    if case["wider"]:
        again -= situation.on_call.keys()
    if again:
        behind = {it.person for it in choice.passed_over if _stands_behind(it.why)} - had_enough
        assert not behind


def _stands_behind(why: str) -> bool:
    """Whether somebody who may sign, and is there, was not asked for no reason of their own."""
    own = ("had a part", "not in ", "below ", "has no Slack", "is no active", "was asked before")
    return not why.startswith((*own, "is away", "has had "))


@settings(max_examples=300, deadline=None)
@given(case=_cases())
def test_what_is_said_of_a_budget_is_true(case: dict[str, Any]) -> None:
    situation, choice = case["situation"], choose(**case)
    for it in choice.passed_over:
        if found := re.fullmatch(r"has had (\d+) today", it.why):
            today = int(found[1])
            assert today == situation.today[it.person]
            assert situation.budgets.used_up(it.person, today)


@settings(max_examples=200, deadline=None)
@given(case=_cases())
def test_without_a_budget_it_does_not_matter_how_often_anybody_was_asked(
    case: dict[str, Any],
) -> None:
    unlimited = replace(case["situation"], budgets=NO_BUDGETS)
    unknown = replace(unlimited, today={})
    assert choose(**{**case, "situation": unlimited}) == choose(**{**case, "situation": unknown})


_NUMBERS = re.compile(
    r"has (\d+) (?:open )?asks?\b(?: and (\d+))?.*; p\d has (\d+)(?: and (\d+))?$"
)


@settings(max_examples=300, deadline=None)
@given(case=_cases())
def test_whoever_is_compared_with_somebody_else_carries_more(case: dict[str, Any]) -> None:
    for it in choose(**case).passed_over:
        if found := _NUMBERS.fullmatch(it.why):
            mine, my_week, theirs, their_week = (int(number or 0) for number in found.groups())
            assert 2 * mine + my_week > 2 * theirs + their_week


@settings(max_examples=200, deadline=None)
@given(case=_cases())
def test_nobody_is_away_and_at_work_at_once(case: dict[str, Any]) -> None:
    for it in choose(**case).asked:
        away = it.why[0].startswith("away until ")
        assert not (away and any(why.startswith("at work") for why in it.why))

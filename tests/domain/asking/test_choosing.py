"""Who is asked, why they, and why not the others?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.asking.choosing import SPARE, WIDER_AT_MOST, Choice, choose
from bot.domain.asking.situation import Familiar, Leave, Load, Seen, Situation
from bot.domain.people import Contributors, Roster
from bot.domain.signoff import Ask
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_group,
    a_person,
    a_roster,
    an_ask,
    hours,
    minutes,
    with_person,
    without_person,
)

NOBODY = Contributors()
TEAM = a_roster(
    people=[a_person(name, timezone="Europe/London") for name in ("ada", "bo", "cy", "dee")],
    groups=[a_group("team", "ada", "bo", "cy", "dee")],
)
ONE = an_ask(1, "senior", "team")
QUIET_NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def a_situation(**facts: Any) -> Situation:
    return Situation(**{"at": NOW, "until": NOW + hours(8), **facts})


def asked(choice: Choice) -> list[str]:
    return [it.person for it in choice.asked]


def first(roster: Roster = TEAM, ask: Ask = ONE, **facts: Any) -> str:
    return asked(choose(ask, roster, NOBODY, a_situation(**facts), "x"))[0]


def why(choice: Choice, person: str) -> tuple[str, ...]:
    return next(it.why for it in choice.asked if it.person == person)


def why_not(choice: Choice, person: str) -> str:
    return next(it.why for it in choice.passed_over if it.person == person)


def without_first(**facts: Any) -> str:
    """Whoever is not asked first while nothing speaks for anybody, so that a reason must show."""
    usual = asked(choose(ONE, TEAM, NOBODY, a_situation(**facts), "x"))
    return next(person for person in TEAM.people if person not in usual)


# How many.


def test_one_more_is_asked_than_has_to_answer() -> None:
    assert len(choose(ONE, TEAM, NOBODY, a_situation(), "x").asked) == 1 + SPARE
    assert len(choose(replace(ONE, approvals=2), TEAM, NOBODY, a_situation(), "x").asked) == 3


def test_who_needs_nobody_asks_nobody() -> None:
    none = replace(ONE, approvals=0)
    assert asked(choose(none, TEAM, NOBODY, a_situation(), "x")) == []
    assert asked(choose(none, TEAM, NOBODY, a_situation(), "x", wider=True)) == []


def test_those_who_were_asked_count_and_are_not_asked_again() -> None:
    choice = choose(ONE, TEAM, NOBODY, a_situation(), "x", already=frozenset({"ada"}))
    assert len(choice.asked) == 1
    assert "ada" not in asked(choice)
    assert why_not(choice, "ada") == "was asked before"


def test_once_enough_were_asked_the_others_are_left_in_peace() -> None:
    choice = choose(ONE, TEAM, NOBODY, a_situation(), "x", already=frozenset({"ada", "bo"}))
    assert asked(choice) == []
    assert why_not(choice, "cy") == "enough others were asked"


def test_who_was_asked_and_went_away_or_took_part_counts_no_more() -> None:
    already = frozenset({"ada", "bo"})
    away = a_situation(leave={"ada": Leave(until=None)})
    assert len(choose(ONE, TEAM, NOBODY, away, "x", already=already).asked) == 1
    part = Contributors(people=frozenset({"ada"}))
    assert len(choose(ONE, TEAM, part, a_situation(), "x", already=already).asked) == 1


def test_once_it_escalates_the_wider_circle_is_asked_too_but_not_everybody() -> None:
    many = a_roster(
        people=[a_person(f"p{n}") for n in range(12)],
        groups=[a_group("team", "p0", "p1"), a_group("all", *(f"p{n}" for n in range(12)))],
    )
    ask = an_ask(1, "senior", "team", wider=["all"])
    asked_first = frozenset(asked(choose(ask, many, NOBODY, a_situation(), "x")))
    assert asked_first == {"p0", "p1"}
    wider = choose(ask, many, NOBODY, a_situation(), "x", already=asked_first, wider=True)
    assert len(wider.asked) == WIDER_AT_MOST
    assert not asked_first & set(asked(wider))


def test_widening_wakes_no_more_than_are_needed() -> None:
    ask = an_ask(1, "senior", "team", wider=["team"])
    night = a_situation(at=QUIET_NIGHT, until=QUIET_NIGHT + hours(8))
    assert len(choose(ask, TEAM, NOBODY, night, "x", wider=True).asked) == 1 + SPARE
    assert len(choose(ask, TEAM, NOBODY, a_situation(), "x", wider=True).asked) == 4


# Who may never be asked.


@pytest.mark.parametrize(
    ("barred", "sentence"),
    [
        ({"contributors": Contributors(people=frozenset({"ada"}))}, "had a part in this change"),
        ({"roster": with_person(ROSTER, a_person("ada", "mid"))}, "below senior"),
        ({"roster": with_person(ROSTER, a_person("ada", slack=""))}, "has no Slack id"),
        (
            {"situation": a_situation(seen={"ada": Seen(member=False)})},
            "is no active full member of the workspace",
        ),
        ({"ask": an_ask(1, "senior", PLATFORM)}, f"not in {PLATFORM}"),
        ({"ask": an_ask(1, "senior", "b", "a")}, "not in a or b"),
    ],
    ids=["contributor", "level", "slack", "member", "group", "no such group"],
)
def test_one_thing_is_enough_to_be_out(barred: dict[str, Any], sentence: str) -> None:
    fine = {
        "ask": an_ask(), "roster": ROSTER, "contributors": NOBODY, "situation": a_situation(),
    }  # fmt: skip
    assert "ada" in asked(choose(**fine, seed="x"))
    choice = choose(**{**fine, **barred}, seed="x")
    assert "ada" not in asked(choice)
    assert why_not(choice, "ada") == sentence


def test_who_is_named_may_sign_without_being_in_a_group() -> None:
    ask = replace(an_ask(), people=frozenset({"pat"}))
    choice = choose(replace(ask, approvals=2), ROSTER, NOBODY, a_situation(), "x")
    assert set(asked(choice)) == {"ada", "grace", "pat"}


def test_being_named_does_not_lift_anybody_to_the_level() -> None:
    ask = replace(an_ask(), people=frozenset({"jun"}))
    assert why_not(choose(ask, ROSTER, NOBODY, a_situation(), "x"), "jun") == "below senior"


def test_groups_that_join_later_are_not_asked_before() -> None:
    ask = an_ask(5, "senior", PAYMENTS, wider=[PLATFORM])
    assert set(asked(choose(ask, ROSTER, NOBODY, a_situation(), "x"))) == {"ada", "grace"}


def test_whoever_left_the_roster_is_not_spoken_of() -> None:
    choice = choose(an_ask(), without_person(ROSTER, "ada"), NOBODY, a_situation(), "x")
    assert asked(choice) == ["grace"]
    assert "ada" not in {it.person for it in choice.passed_over}


def test_a_workspace_that_says_nothing_bars_nobody() -> None:
    unknown = a_situation(seen={"ada": Seen(), "grace": Seen(active=False)})
    assert set(asked(choose(an_ask(), ROSTER, NOBODY, unknown, "x"))) == {"ada", "grace"}


# Leave, and deputies.


def test_who_is_away_is_left_in_peace_while_others_are_there() -> None:
    back = datetime(2026, 12, 7, 8, 0, tzinfo=UTC)
    away = a_situation(leave={"ada": Leave(until=back), "bo": Leave(until=None)})
    choice = choose(ONE, TEAM, NOBODY, away, "x")
    assert set(asked(choice)) == {"cy", "dee"}
    assert why_not(choice, "ada") == "is away until 7 December 2026"
    assert why_not(choice, "bo") == "is away until further notice"


def test_whose_leave_is_over_is_back() -> None:
    over = a_situation(leave={"ada": Leave(until=NOW)})
    choice = choose(replace(ONE, approvals=4), TEAM, NOBODY, over, "x")
    assert why(choice, "ada") == ("at work until 17:00", "not asked in the last week")


def test_nobody_stands_in_for_themselves() -> None:
    away = {p: Leave(until=None, deputy=p) for p in ("ada", "grace")}
    choice = choose(an_ask(), ROSTER, NOBODY, a_situation(leave=away), "x")
    assert not any("stands in" in reason for reason in why(choice, "ada"))


def test_a_deputy_stands_in() -> None:
    deputy = without_first()
    other = next(person for person in TEAM.people if person != deputy)
    away = a_situation(leave={other: Leave(until=None, deputy=deputy)})
    choice = choose(ONE, TEAM, NOBODY, away, "x")
    assert asked(choice)[0] == deputy
    assert f"stands in for {other.capitalize()}" in why(choice, deputy)


def test_a_deputy_has_to_be_one_who_may_sign() -> None:
    away = a_situation(leave={"ada": Leave(until=None, deputy="jun")})
    choice = choose(an_ask(), ROSTER, NOBODY, away, "x")
    assert asked(choice) == ["grace"]
    assert why_not(choice, "jun") == f"not in {PAYMENTS}"


def test_leave_never_makes_a_change_unanswerable() -> None:
    away = {"ada": Leave(until=NOW + hours(30)), "grace": Leave(until=NOW + hours(3))}
    choice = choose(an_ask(), ROSTER, NOBODY, a_situation(leave=away), "x")
    assert asked(choice) == ["grace", "ada"]
    turned = {"ada": away["grace"], "grace": away["ada"]}
    other = choose(an_ask(), ROSTER, NOBODY, a_situation(leave=turned), "x")
    assert asked(other) == ["ada", "grace"]
    assert why(choice, "ada")[0] == "away until tomorrow, but too few others may sign"


def test_nobody_is_called_back_to_be_the_spare_one() -> None:
    away = a_situation(leave={"ada": Leave(until=None)})
    assert asked(choose(an_ask(), ROSTER, NOBODY, away, "x")) == ["grace"]
    assert set(asked(choose(an_ask(2), ROSTER, NOBODY, away, "x"))) == {"ada", "grace"}


def test_a_leave_to_the_end_of_time_is_no_trouble() -> None:
    roster = with_person(ROSTER, a_person("ada", timezone="Pacific/Auckland"))
    end = datetime.max.replace(tzinfo=UTC)
    choice = choose(an_ask(), roster, NOBODY, a_situation(leave={"ada": Leave(until=end)}), "x")
    assert why_not(choice, "ada") == "is away until 31 December 9999"


# The row: each reason against the same people without it.


def test_who_is_at_work_comes_before_who_sleeps() -> None:
    awake = without_first()
    sleepers = [a_person(p, timezone="America/Los_Angeles") for p in TEAM.people if p != awake]
    roster = a_roster([*sleepers, TEAM.people[awake]], TEAM.groups.values())
    choice = choose(ONE, roster, NOBODY, a_situation(load={awake: Load(week=30)}), "x")
    assert asked(choice)[0] == awake
    assert why(choice, awake)[0] == "at work until 17:00 in London"
    assert why(choice, asked(choice)[1])[0] == "at work from 09:00 in Los Angeles"


def test_who_will_be_at_work_sooner_comes_first() -> None:
    soon = without_first()
    roster = with_person(TEAM, a_person(soon, timezone="Europe/Berlin"), "team")
    early = NOW.replace(hour=6)
    assert first(at=early, until=early + hours(8)) != soon
    assert first(roster, at=early, until=early + hours(8)) == soon


def test_who_works_too_little_before_it_expires_comes_last() -> None:
    leaving = asked(choose(ONE, TEAM, NOBODY, a_situation(), "x"))[0]
    roster = with_person(TEAM, a_person(leaving, timezone="Europe/London", hours="09:00-10:25"))
    assert asked(choose(ONE, roster, NOBODY, a_situation(), "x"))[0] != leaving
    short = a_situation(until=NOW + minutes(40))
    assert asked(choose(ONE, roster, NOBODY, short, "x"))[0] == leaving


def test_an_ask_that_waits_weighs_more_than_one_that_is_done() -> None:
    waits = first()
    load = {person: Load(week=2) for person in TEAM.people}
    assert first(load=load) == waits
    assert first(load={**load, waits: Load(open=1, week=1)}) != waits


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (lambda p: {"on_call": {p: "payments"}}, "on call for payments"),
        (lambda p: {"seen": {p: Seen(active=True)}}, "active in the chat"),
        (lambda p: {"familiar": {p: Familiar(commits=1)}}, "1 commit to these files"),
        (
            lambda p: {"familiar": {p: Familiar(commits=12, last=NOW - hours(48))}},
            "12 commits to these files, the last on 21 November 2026",
        ),
    ],
    ids=["on call", "active", "knows a little", "knows a lot"],
)
def test_a_reason_brings_somebody_to_the_front_and_is_told(reason: Any, sentence: str) -> None:
    somebody = without_first()
    choice = choose(ONE, TEAM, NOBODY, a_situation(**reason(somebody)), "x")
    assert asked(choice)[0] == somebody
    assert sentence in why(choice, somebody)


def test_who_knew_the_files_lately_comes_before_who_knew_them_once() -> None:
    lately = without_first()
    once = {p: Familiar(commits=5, last=NOW - hours(24 * 200)) for p in TEAM.people}
    assert first(familiar=once) != lately
    assert first(familiar={**once, lately: Familiar(commits=5, last=NOW)}) == lately


def test_knowing_the_files_is_worth_some_asks_and_not_all_of_them() -> None:
    expert = without_first()
    known = {expert: Familiar(commits=500, last=NOW)}
    assert first(familiar=known, load={expert: Load(week=3)}) == expert
    assert first(familiar=known, load={expert: Load(week=5)}) != expert


def test_four_asks_that_wait_weigh_more_than_any_reason() -> None:
    busy = first()
    speaks = {"on_call": {busy: "payments"}, "seen": {busy: Seen(active=True)}}
    others = {p: Load(week=20) for p in TEAM.people if p != busy}
    assert first(**speaks, load={**others, busy: Load(open=3)}) == busy
    choice = choose(
        ONE, TEAM, NOBODY, a_situation(**speaks, load={**others, busy: Load(open=4, week=4)}), "x"
    )
    assert why_not(choice, busy) == "has 4 open asks; Dee has 0"


def test_paused_notifications_count_as_not_being_there_yet() -> None:
    quiet = first()
    seen = {quiet: Seen(quiet_until=NOW + hours(3))}
    choice = choose(ONE, TEAM, NOBODY, a_situation(seen=seen), "x")
    assert quiet not in asked(choice)
    assert "notifications are paused until 13:00" in why_not(choice, quiet)
    for_long = {p: Seen(quiet_until=datetime.max.replace(tzinfo=UTC)) for p in TEAM.people}
    everybody = choose(ONE, TEAM, NOBODY, a_situation(seen=for_long), "x")
    assert why(everybody, asked(everybody)[0])[0] == "notifications are paused until it expires"


def test_at_night_the_day_is_named_when_somebody_is_back_at_work() -> None:
    friday = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
    choice = choose(ONE, TEAM, NOBODY, a_situation(at=friday, until=friday + hours(8)), "x")
    assert choice.asked[0].why == (
        "at work from 09:00 on Monday",
        "not at work before it expires",
        "not asked in the last week",
    )
    weekend = choose(ONE, TEAM, NOBODY, a_situation(at=friday, until=friday + hours(64)), "x")
    assert weekend.asked[0].why == ("at work from 09:00 on Monday", "not asked in the last week")
    no_end = choose(ONE, TEAM, NOBODY, a_situation(at=friday, until=None), "x")
    assert no_end.asked[0].why == weekend.asked[0].why


def test_ties_fall_fairly() -> None:
    count = dict.fromkeys(TEAM.people, 0)
    for n in range(400):
        for person in asked(choose(ONE, TEAM, NOBODY, a_situation(), f"ci\0{n}")):
            count[person] += 1
    assert max(count.values()) < 1.4 * min(count.values())


@pytest.mark.parametrize("odd", ["", "26:99-x", "22:00-06:00", "\u0660\u0669:00-17:00"])
def test_odd_hours_and_zones_are_the_usual_ones(odd: str) -> None:
    strange = {p: a_person(p, hours=odd, timezone="Nowhere/Land\0") for p in TEAM.people}
    choice = choose(ONE, replace(TEAM, people=strange), NOBODY, a_situation(), "x")
    assert choice.asked[0].why[0] == "at work until 17:00"

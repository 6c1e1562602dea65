"""Does whoever is not asked hear what decided, and not something that holds for both?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.asking.choosing import Choice, choose
from bot.domain.asking.situation import Familiar, Leave, Load, Seen, Situation
from bot.domain.people import Contributors, Person, Roster
from tests.builders import NOW, a_group, a_person, a_roster, an_ask, hours, minutes

ASK = an_ask(1, "senior", "team")
NAMES = ("ada", "bo", "cy")


def a_team(**facts: Any) -> Roster:
    """Three in London, but for those who are given."""
    people = {name: a_person(name, timezone="Europe/London") for name in NAMES} | facts
    return a_roster(people=people.values(), groups=[a_group("team", *people)])


TEAM = a_team()


def chosen(roster: Roster = TEAM, **facts: Any) -> Choice:
    situation = Situation(**{"at": NOW, "until": NOW + hours(8), **facts})
    return choose(ASK, roster, Contributors(), situation, "x")


def why_not(choice: Choice, person: str) -> str:
    return next(it.why for it in choice.passed_over if it.person == person)


def asked(choice: Choice) -> list[str]:
    return [it.person for it in choice.asked]


def last(choice: Choice) -> str:
    return asked(choice)[-1].capitalize()


SPARE, LAST, OTHER = (*asked(chosen()), chosen().passed_over[0].person)
"""Who is asked, and who is not, while nothing speaks for anybody: the lot decides."""

NAME = LAST.capitalize()


def test_the_lot_is_named_where_all_else_is_even() -> None:
    assert why_not(chosen(), OTHER) == f"comes after {NAME} by lot: all else is even"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"on_call": "payments"}, "is on call for payments"),
        ({"seen": Seen(active=True)}, "is active in the chat"),
        ({"familiar": Familiar(commits=1)}, "has 1 commit to these files"),
    ],
    ids=["on call", "active", "knows the files"],
)
def test_what_speaks_for_the_other_one_is_named(facts: dict[str, Any], sentence: str) -> None:
    (name, fact) = next(iter(facts.items()))
    choice = chosen(**{name: dict.fromkeys((SPARE, LAST), fact)})
    assert why_not(choice, OTHER) == f"comes after {last(choice)}, who {sentence}"


def test_standing_in_for_somebody_is_named() -> None:
    dee = a_person("dee", timezone="Europe/London")
    rota = {SPARE: "payments"}
    away = {"dee": Leave(until=None, deputy=OTHER)}
    choice = chosen(a_team(dee=dee), leave=away, on_call=rota)
    assert asked(choice) == [SPARE, OTHER]
    assert why_not(choice, LAST) == f"comes after {last(choice)}, who stands in for Dee"


def test_a_reason_that_both_have_decides_only_by_how_much_it_is_worth() -> None:
    known = {SPARE: Familiar(commits=12), LAST: Familiar(commits=12), OTHER: Familiar(commits=1)}
    rota = dict.fromkeys(NAMES, "payments")
    said = why_not(chosen(familiar=known, on_call=rota), OTHER)
    name = last(chosen(familiar=known, on_call=rota))
    assert said == f"has 1 commit to these files; {name} has 12 commits to these files"


def test_of_several_differences_the_greatest_is_named() -> None:
    on_call = dict.fromkeys((SPARE, LAST), "payments")
    few = chosen(on_call=on_call, load={OTHER: Load(week=1)})
    assert why_not(few, OTHER) == f"comes after {last(few)}, who is on call for payments"
    many = chosen(on_call=on_call, load={OTHER: Load(week=9)})
    assert why_not(many, OTHER) == f"has 9 asks in the last week; {last(many)} has 0"


@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        (Load(week=1), "has 1 ask in the last week; {} has 0"),
        (Load(open=1, week=2), "has 1 open ask and 2 in the last week; {} has 0 and 0"),
        (Load(open=5, week=1), "has 5 open asks; {} has 0"),
    ],
    ids=["lately", "waiting", "too many waiting"],
)
def test_both_loads_are_said(load: Load, sentence: str) -> None:
    choice = chosen(load={OTHER: load})
    assert why_not(choice, OTHER) == sentence.format(last(choice))


def away_from(zone: str) -> Person:
    return a_person(OTHER, timezone=zone)


def test_whoever_is_at_work_later_hears_when_and_who_is_there_now() -> None:
    wednesday = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    others = {
        name: a_person(name, timezone="UTC", hours="00:00-23:59") for name in NAMES if name != OTHER
    }
    day = {"at": wednesday - hours(5), "until": wednesday + hours(20)}
    choice = chosen(a_team(**others), **day)
    assert why_not(choice, OTHER) == (
        f"is at work from 09:00 on Wednesday only; {last(choice)} is at work now"
    )


def test_an_hour_is_said_with_its_place_where_clocks_differ() -> None:
    late = {"at": datetime(2026, 11, 23, 16, 0, tzinfo=UTC), "until": NOW + hours(30)}
    said = why_not(chosen(a_team(**{OTHER: away_from("Asia/Tokyo")}), **late), OTHER)
    assert said.startswith("is at work from 09:00 in Tokyo only; ")
    alike = why_not(
        chosen(a_team(**{OTHER: replace(away_from("UTC"), hours="20:00-22:00")})), OTHER
    )
    assert alike.startswith("is at work from 20:00 only")


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("America/Argentina/Buenos_Aires", "09:00 in Buenos Aires"),
        ("America/New_York", "09:00 in New York"),
        ("Etc/GMT+5", "09:00 UTC-05:00"),
        ("EST", "09:00 UTC-05:00"),
    ],
)
def test_a_zone_that_is_no_place_is_said_by_its_distance(zone: str, hour: str) -> None:
    said = why_not(chosen(a_team(**{OTHER: away_from(zone)})), OTHER)
    assert said.startswith(f"is at work from {hour} only; ")


def test_utc_among_other_zones_is_called_so() -> None:
    others = {name: a_person(name, timezone="UTC") for name in NAMES if name != OTHER}
    choice = chosen(a_team(**others, **{OTHER: away_from("America/New_York")}))
    assert choice.asked[0].why[0] == "at work until 17:00 UTC"


def test_whoever_leaves_too_soon_is_compared_with_when_the_other_leaves() -> None:
    leaving = a_person(OTHER, timezone="Europe/London", hours="09:00-10:25")
    choice = chosen(a_team(**{OTHER: leaving}))
    assert why_not(choice, OTHER) == (
        f"is at work until 10:25 only; {last(choice)} is at work until 17:00"
    )


def test_whoever_is_at_work_only_after_it_expires_hears_so() -> None:
    tokyo = a_team(**{OTHER: away_from("Asia/Tokyo")})
    soon, late = {"until": NOW + hours(3)}, {"until": NOW + hours(20)}
    assert "only, after it expires; " in why_not(chosen(tokyo, **soon), OTHER)
    assert "after it expires" not in why_not(chosen(tokyo, **late), OTHER)


def test_paused_notifications_are_compared_too() -> None:
    paused = {name: Seen(quiet_until=NOW + hours(n)) for n, name in enumerate(NAMES, start=1)}
    choice = chosen(seen=paused)
    assert why_not(choice, "cy") == "notifications are paused until 13:00; Bo can look sooner"
    to_the_end = chosen(seen={**paused, "cy": Seen(quiet_until=NOW + hours(9))})
    assert why_not(to_the_end, "cy").startswith("notifications are paused until it expires; ")


# Those who are away.


def both_away(*untils: datetime | None, **facts: Any) -> Choice:
    team = a_roster(
        people=[a_person(name, timezone="Europe/London") for name in ("ada", "bo")],
        groups=[a_group("team", "ada", "bo")],
    )
    names = ("ada", "bo")
    leave = {name: Leave(until=it) for name, it in zip(names, untils, strict=True)}
    return chosen(team, leave=leave, **facts)


def test_nobody_who_is_away_is_said_to_be_at_work() -> None:
    choice = both_away(NOW + hours(3), NOW + hours(4))
    assert choice.asked[0].why == (
        "away until later today, but too few others may sign",
        "not asked in the last week",
    )


@pytest.mark.parametrize(
    ("back", "until"),
    [
        (None, "further notice"),
        (NOW + hours(8), "later today"),
        (NOW + hours(7) + minutes(30), "later today"),
        (NOW + hours(48), "25 November 2026"),
    ],
    ids=["nobody knows when", "as it expires", "after work", "days later"],
)
def test_who_is_called_and_not_back_before_it_expires_is_said_not_to_be(
    back: datetime | None, until: str
) -> None:
    choice = both_away(back, back)
    assert choice.asked[0].why[:2] == (
        f"away until {until}, but too few others may sign",
        "not back at work before it expires",
    )
    no_end = both_away(back, back, until=None)
    assert "not back at work before it expires" not in no_end.asked[0].why


def test_the_next_days_have_names_where_the_person_lives() -> None:
    def said(zone: str, back: datetime) -> str:
        ada = a_person("ada", timezone=zone)
        return why_not(chosen(a_team(ada=ada), leave={"ada": Leave(until=back)}), "ada")

    assert said("Europe/London", NOW + hours(13)) == "is away until later today"
    assert said("Europe/London", NOW + hours(14)) == "is away until tomorrow"
    assert said("Asia/Tokyo", NOW + hours(13)) == "is away until tomorrow"
    assert said("Europe/London", NOW + hours(38)) == "is away until 25 November 2026"


def test_a_deputy_who_cannot_stand_in_is_spoken_of() -> None:
    def said(deputy: str, **more: Leave) -> str:
        dee = a_person("dee", timezone="Europe/London")
        mid = a_person("max", level="mid")
        leave = {"dee": Leave(until=None, deputy=deputy), **more}
        return why_not(chosen(a_team(dee=dee, max=mid), leave=leave), "dee")

    gone = "is away until further notice"
    assert said("ada") == said("") == said("dee") == gone
    assert said("max") == f"{gone}; the deputy Max may not sign this"
    assert said("who-left") == f"{gone}; the deputy who-left may not sign this"
    assert said("ada", ada=Leave(until=None)) == f"{gone}; the deputy Ada is away, too"
    assert said("ada", ada=Leave(until=NOW)) == gone


def test_whom_it_would_wake_hears_who_is_at_work_when_it_escalates() -> None:
    four = [a_person(name, timezone="Europe/London") for name in ("ada", "bo", "cy", "dee")]
    asleep = a_person("eve", timezone="America/Los_Angeles")
    team = a_roster(
        people=[*four, asleep], groups=[a_group("team", *(it.id for it in four), "eve")]
    )
    situation = Situation(at=NOW, until=NOW + hours(12))
    choice = choose(ASK, team, Contributors(), situation, "x", wider=True)
    assert set(asked(choice)) == {it.id for it in four}
    assert why_not(choice, "eve") == (
        f"is at work from 09:00 in Los Angeles only; {last(choice)} is at work now"
    )

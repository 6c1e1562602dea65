"""A policy is led through the past: what it asks for, of whom, for how long; and what another would."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.reports import Assumptions, Share, Shift, Simulated
from bot.cli.simulating import described
from bot.config.conventions import standard
from bot.domain.asking.budgets import Budgets
from bot.domain.asking.choosing import Load
from bot.domain.asking.rota import Rota
from bot.domain.asking.rota import Shift as OnCall
from bot.domain.change import AiStatement, Identity
from bot.domain.conditions import When
from bot.domain.judging import Rules
from bot.domain.policy import Rule
from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskRules, RiskTier, Territory
from bot.domain.sla import Sla
from bot.offline.simulating import EXAMPLES_AT_MOST, Timed, _policed, simulate
from tests.builders import (
    LEVELS,
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_change,
    a_file,
    a_group,
    a_person,
    a_policy,
    a_roster,
    a_rule,
    hours,
    minutes,
    who,
    with_person,
)

ASSISTED = AiStatement(assisted=True)
HUMAN = AiStatement(assisted=False)


def some_rules(*rules: Rule, **facts: Any) -> Rules:
    known: dict[str, Any] = {
        "roster": ROSTER,
        "policy": a_policy(*rules, **facts.pop("policy", {})),
        "conventions": standard(),
        "risk": RiskRules(),
        "read_policy": lambda text: None,
    }
    return Rules(**{**known, **facts})


EVERYTHING = some_rules(a_rule("Everything"))
PATIENT = some_rules(
    a_rule("Everything", sla="day"), policy={"slas": {"day": Sla(expire=timedelta(hours=24))}}
)
AI_ONLY = some_rules(
    a_rule("AI", When(ai=(AiStatus.ASSISTED,))),
    a_rule("Others", When(ai=(AiStatus.UNDECLARED, AiStatus.DECLARED_HUMAN)), approvals=0),
)


def past(number: int = 1, at: datetime = NOW, **facts: Any) -> Timed:
    return Timed(change=a_change(key=f"deploy/{number}", **facts), at=at)


def a_day(count: int, apart: timedelta = timedelta(minutes=5), **facts: Any) -> list[Timed]:
    return [past(number, NOW + number * apart, **facts) for number in range(count)]


def simulated(
    changes: Iterable[Timed], today: Rules = EVERYTHING, candidate: Rules | None = None, **more: Any
) -> Simulated:
    found = simulate(changes, today, candidate, **more)
    assert found is not None
    return found


# What is counted.


def test_where_nothing_happened_there_is_nothing_to_tell() -> None:
    assert simulate([], EVERYTHING) is None


def test_changes_that_are_asked_for_are_counted_among_all() -> None:
    changes = [past(1, ai=ASSISTED), past(2, ai=ASSISTED), past(3)]
    assert simulated(changes).today.changes == Share(3, 3)
    assert simulated(changes, AI_ONLY).today.changes == Share(2, 3)


def test_they_are_counted_by_ai_status() -> None:
    changes = [past(1, ai=ASSISTED), past(2, ai=HUMAN), past(3), past(4)]
    assert simulated(changes, AI_ONLY).today.ai == {
        "assisted": Share(1, 1),
        "undeclared": Share(0, 2),
        "declared_human": Share(0, 1),
    }


def test_they_are_counted_by_risk_the_highest_first() -> None:
    money = Territory(name="Money", paths=("refunds/",), criticality=RiskTier.CRITICAL)
    rules = replace(AI_ONLY, risk=RiskRules(territories=(money,)))
    elsewhere = (a_file("a.py"), a_file("tests/test_a.py"))
    changes = [past(1, files=elsewhere, ai=HUMAN), past(2, ai=ASSISTED)]
    found = simulated(changes, rules).today.risk
    assert list(found.items()) == [("critical", Share(1, 1)), ("normal", Share(0, 1))]


def test_they_are_counted_by_rule_and_what_never_applies_is_seen() -> None:
    rules = some_rules(
        a_rule("AI", When(ai=(AiStatus.ASSISTED,))),
        a_rule("Human", When(ai=(AiStatus.DECLARED_HUMAN,)), approvals=0),
        a_rule("Moon", When(environment=("moon",))),
    )
    changes = [past(1, ai=ASSISTED), past(2, ai=HUMAN), past(3)]
    assert simulated(changes, rules).today.rules == {
        "AI": Share(1, 1),
        "Human": Share(0, 1),
        "Moon": Share(0, 0),
        "default": Share(1, 1),
    }


def test_asks_and_signatures_are_counted() -> None:
    found = simulated([past(1), past(2)], some_rules(a_rule("Two", approvals=2))).today
    assert found.signatures == 4
    assert found.people == {"ada": 2, "grace": 2}


def test_reviews_take_hours_of_a_week() -> None:
    changes = [past(number) for number in range(12)]
    found = simulated(changes, since=NOW, until=NOW + timedelta(days=14))
    assert found.hours_a_week(found.today) == 1
    slower = replace(found, assumptions=Assumptions(minutes_per_review=20))
    assert slower.hours_a_week(slower.today) == 2


def test_a_span_counts_as_a_day_at_least() -> None:
    assert simulated([past()]).weeks == pytest.approx(1 / 7)


def test_the_span_is_by_default_that_of_the_changes() -> None:
    found = simulated([past(1, NOW + hours(30)), past(2)])
    assert (found.since, found.until) == (NOW, NOW + hours(30))


def test_a_sample_is_drawn_and_always_the_same() -> None:
    sampled = some_rules(a_rule("Audit", When(sample=1000)), a_rule("Free", When(), approvals=0))
    changes = a_day(400)
    asked = simulated(changes, sampled).today.changes.asked
    assert 20 <= asked <= 60
    assert simulated(reversed(changes), sampled).today.changes.asked == asked


def test_authors_nobody_knows_are_named_the_most_frequent_first() -> None:
    zoe = Identity(name="Zoe", email="zoe@else.example")
    changes = [past(1, author=who("yan")), past(2, author=zoe), past(3, author=zoe), past(4)]
    assert simulated(changes).strangers == (("Zoe <zoe@else.example>", 2), ("yan", 1))


def test_a_bot_is_no_stranger() -> None:
    bot = Identity(login="dependabot[bot]", kind="Bot")
    found = simulated([past(1, author=bot)])
    assert found.today.ai == {"automation": Share(1, 1)}
    assert found.strangers == ()


def test_authors_are_known_by_their_address() -> None:
    by_mail = Identity(name="J. I.", email="jun@acme.example")
    assert simulated([past(author=by_mail)]).strangers == ()


# Whom, and how long.


def test_load_is_carried_along_so_that_all_get_their_share() -> None:
    seniors = [a_person(f"p{number}") for number in range(8)]
    roster = a_roster(
        (*seniors, a_person("jun", "mid")), (a_group("g", *(it.id for it in seniors)),)
    )
    people = simulated(a_day(80), some_rules(a_rule("All"), roster=roster)).today.people
    assert sum(people.values()) == 160
    assert len(people) == 8
    assert max(people.values()) - min(people.values()) <= 2


def test_who_wrote_a_change_is_not_asked_for_it() -> None:
    assert simulated([past(author=who("ada"))]).today.people == {"grace": 1}


def test_the_delay_is_from_the_change_until_somebody_at_work_answers() -> None:
    day = simulated([past(at=NOW)]).today
    assert day.median_delay == minutes(30)
    night = simulated([past(at=NOW + hours(12))], PATIENT).today
    assert night.median_delay == hours(11) + minutes(30)


def test_the_reaction_is_an_assumption() -> None:
    quick = Assumptions(reaction=minutes(5))
    assert simulated([past()], assumptions=quick).today.median_delay == minutes(5)


def test_the_delay_of_most_and_of_nearly_all() -> None:
    changes = [past(number) for number in range(19)] + [past(20, NOW + hours(12))]
    found = simulated(changes, PATIENT).today
    assert (found.median_delay, found.p95_delay) == (minutes(30), minutes(30))
    found = simulated([*changes[1:], past(21, NOW + hours(13))], PATIENT).today
    assert (found.median_delay, found.p95_delay) == (minutes(30), hours(10) + minutes(30))


def test_the_median_of_three_is_the_second() -> None:
    changes = [past(1), past(2, NOW + hours(12)), past(3, NOW + hours(12))]
    assert simulated(changes, PATIENT).today.median_delay == hours(11) + minutes(30)


def test_where_nobody_is_asked_there_is_no_delay() -> None:
    found = simulated([past()], AI_ONLY).today
    assert (found.median_delay, found.p95_delay, found.people) == (None, None, {})


def test_what_expires_before_anybody_answers_is_late() -> None:
    def late(expire: timedelta) -> int:
        rules = some_rules(
            a_rule("All", sla="short"), policy={"slas": {"short": Sla(expire=expire)}}
        )
        return simulated([past(at=NOW + hours(12))], rules).today.late

    answered = hours(11) + minutes(30)
    assert late(answered - minutes(1)) == 1
    assert late(answered) == 0


def test_what_expired_first_has_no_delay() -> None:
    day, night = [past(number) for number in (1, 2)], past(3, NOW + hours(12))
    answered = hours(11) + minutes(30)

    def delays(expire: timedelta, *changes: Timed) -> tuple[timedelta | None, timedelta | None]:
        rules = some_rules(
            a_rule("All", sla="short"), policy={"slas": {"short": Sla(expire=expire)}}
        )
        found = simulated(changes, rules).today
        assert found.stuck == 0
        return found.median_delay, found.p95_delay

    assert delays(answered, *day, night) == (minutes(30), answered)
    assert delays(answered - minutes(1), *day, night) == (minutes(30), minutes(30))
    assert delays(answered - minutes(1), night) == (None, None)


def test_an_ask_weighs_until_it_is_answered_or_expires_and_no_longer() -> None:
    zoe = a_person("zoe", timezone="Asia/Tokyo")
    ada = a_person("ada")
    roster = a_roster((zoe, ada, a_person("jun", "mid")), (a_group("g", "zoe", "ada"),))
    seven = [past(number, NOW) for number in range(7)]

    def first_ask(sla: Sla, then: timedelta) -> tuple[Load, ...]:
        rules = some_rules(a_rule("All", sla="one"), roster=roster, policy={"slas": {"one": sla}})
        policed = _policed(rules, {}, Assumptions())
        for change in seven:
            policed.ask(change)
        found = policed.load.at(NOW + then)
        return found["ada"], found["zoe"]

    open, done = Load(open=7, week=7), Load(open=0, week=7)
    day = Sla(expire=hours(24))
    assert first_ask(day, minutes(29)) == (open, open)
    assert first_ask(day, minutes(30)) == (done, done)
    short = Sla(expire=minutes(10))
    assert first_ask(short, minutes(9)) == (open, open)
    assert first_ask(short, minutes(10)) == (done, done)


def test_where_too_few_could_be_asked_it_is_stuck() -> None:
    assert simulated([past()], some_rules(a_rule("Two", approvals=2))).today.stuck == 0
    found = simulated([past()], some_rules(a_rule("Three", approvals=3))).today
    assert found.stuck == 1
    assert found.median_delay is None


def test_who_is_on_call_is_asked_more() -> None:
    rotas = {
        "payments": Rota(name="payments", shifts=(OnCall(person="ada", start=None, end=None),))
    }
    people = [*(a_person(f"p{number}") for number in range(6)), a_person("ada")]
    roster = a_roster(people, (a_group("g", *(it.id for it in people), on_call="payments"),))
    rules = some_rules(a_rule("All"), roster=roster)
    plain = simulated(a_day(30), rules).today.people
    on_call = simulated(a_day(30), rules, rotas=rotas).today.people
    assert on_call["ada"] > plain["ada"]


def test_shadow_mode_is_told() -> None:
    assert not simulated([past()]).today.shadow
    shadow = some_rules(a_rule("All"), policy={"shadow": True})
    found = simulated([past()], shadow).today
    assert found.shadow
    assert found.changes == Share(1, 1)


def test_more_people_than_fit_are_told_together() -> None:
    people = [a_person(f"p{number:02}") for number in range(30)]
    roster = a_roster(people, (a_group("g", *(it.id for it in people)),))
    found = simulated(a_day(60, author=who("jun")), some_rules(a_rule("All"), roster=roster))
    shown = [line.split() for line in described(found, 200)]
    listed = shown[shown.index(["Asks", "per", "person"]) + 1 :]
    counts = [int(words[-1]) for words in listed[:21]]
    assert listed[20][:2] == ["10", "others"]
    assert sum(counts) == sum(found.today.people.values())


# Another policy.


def test_without_a_candidate_nothing_is_compared() -> None:
    found = simulated([past()])
    assert (found.candidate, found.shifts, found.examples) == (None, {}, ())


def test_a_candidate_that_says_the_same_changes_nothing() -> None:
    found = simulated(a_day(5), EVERYTHING, some_rules(a_rule("Everything, in other words")))
    assert found.shifts == {}
    assert found.candidate is not None
    assert found.candidate.changes == Share(5, 5)
    assert found.candidate.people == found.today.people


@pytest.mark.parametrize(
    ("today", "candidate", "shift"),
    [
        (AI_ONLY, EVERYTHING, Shift.NEWLY),
        (EVERYTHING, AI_ONLY, Shift.NO_LONGER),
        (EVERYTHING, some_rules(a_rule("Two", approvals=2)), Shift.MORE),
        (some_rules(a_rule("Two", approvals=2)), EVERYTHING, Shift.FEWER),
        (EVERYTHING, some_rules(a_rule("Above", level="staff")), Shift.OTHERWISE),
        (EVERYTHING, some_rules(a_rule("They", sources=(PLATFORM,))), Shift.OTHERWISE),
    ],
)
def test_each_way_in_which_a_candidate_differs(
    today: Rules, candidate: Rules, shift: Shift
) -> None:
    found = simulated([past(), past(2, ai=ASSISTED, environment="moon")][:1], today, candidate)
    assert found.shifts == {shift: 1}
    (example,) = found.examples
    assert example.shift is shift
    assert example.change.key == "deploy/1"


def test_an_example_says_what_was_asked_and_what_would_be_and_by_which_rules() -> None:
    candidate = some_rules(a_rule("Two of us", approvals=2))
    (example,) = simulated([past()], EVERYTHING, candidate).examples
    assert example.before == f"1 × senior or above from {PAYMENTS}"
    assert example.after == f"2 × senior or above from {PAYMENTS}"
    assert example.because == "now Two of us, no longer Everything"


def test_the_first_few_of_each_shift_are_examples() -> None:
    changes = [*a_day(20, ai=ASSISTED), *(past(100 + number) for number in range(20))]
    candidate = some_rules(
        a_rule("AI", When(ai=(AiStatus.ASSISTED,)), approvals=2),
        a_rule("Others", When(ai=(AiStatus.UNDECLARED,)), approvals=0),
    )
    found = simulated(changes, EVERYTHING, candidate)
    assert found.shifts == {Shift.NO_LONGER: 20, Shift.MORE: 20}
    assert [it.shift for it in found.examples] == (
        [Shift.NO_LONGER] * EXAMPLES_AT_MOST + [Shift.MORE] * EXAMPLES_AT_MOST
    )


def test_each_policy_carries_its_own_load() -> None:
    changes = a_day(10, author=who("jun"))
    alone = simulated(changes, EVERYTHING).today
    found = simulated(changes, some_rules(a_rule("Two", approvals=2)), EVERYTHING)
    assert found.candidate is not None
    assert found.candidate.people == alone.people
    assert found.candidate.median_delay == alone.median_delay


def test_a_candidate_may_know_other_people() -> None:
    more = with_person(ROSTER, a_person("new"), PAYMENTS)
    found = simulated(a_day(10), EVERYTHING, some_rules(a_rule("All"), roster=more))
    assert found.candidate is not None
    assert set(found.candidate.people) == {"ada", "grace", "new"}
    assert found.shifts == {}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.sampled_from(["jun", "ada", "pat", "zoe", ""]),
            st.sampled_from([None, True, False]),
            st.sampled_from(["acme/payments-api", "acme/search"]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.integers(0, 3),
)
def test_the_sums_always_agree(
    asked: list[tuple[int, str, bool | None, str]], approvals: int
) -> None:
    changes = [
        past(
            number,
            NOW + hours(at),
            author=who(login),
            ai=AiStatement(assisted=said),
            repository=repository,
        )
        for number, (at, login, said, repository) in enumerate(asked)
    ]
    other = some_rules(a_rule("All", approvals=approvals))
    found = simulated(changes, AI_ONLY, other)
    assert found.candidate is not None
    for tally in (found.today, found.candidate):
        for shares in (tally.ai, tally.risk):
            assert sum(it.all for it in shares.values()) == tally.changes.all == len(changes)
            assert sum(it.asked for it in shares.values()) == tally.changes.asked
        assert tally.stuck + tally.late <= tally.changes.asked
        assert (tally.median_delay is None) == (tally.changes.asked == tally.stuck + tally.late)
        if tally.median_delay is not None and tally.p95_delay is not None:
            assert timedelta() < tally.median_delay <= tally.p95_delay
        assert set(tally.people) <= {"ada", "grace", "pat", "ruth"}
    newly, gone = found.shifts.get(Shift.NEWLY, 0), found.shifts.get(Shift.NO_LONGER, 0)
    assert found.candidate.changes.asked == found.today.changes.asked + newly - gone


def test_a_thousand_changes_of_a_larger_company_take_seconds() -> None:
    people = [a_person(f"p{number}", LEVELS[number % 5]) for number in range(60)]
    roster = a_roster(people, (a_group("g", *(it.id for it in people)),))
    rules = some_rules(a_rule("All"), roster=roster)
    begun = time.process_time()
    found = simulated(a_day(1000, minutes(20), author=who("p1")), rules, rules)
    assert found.today.changes.asked == 1000
    assert time.process_time() - begun < 20


# How much is enough for a day.


def test_who_has_had_enough_that_day_is_spared_and_it_is_said_how_often() -> None:
    changes = a_day(8)
    usual = simulated(changes)
    assert usual.notes == ()
    budgets = Budgets(per_day=3, people={"grace": 1})
    found = simulated(changes, budgets=budgets)
    assert found.today.people["grace"] < usual.today.people["grace"]
    assert found.today.stuck == usual.today.stuck == 0
    (note,) = found.notes
    assert note.startswith("somebody was passed over ")
    assert note.endswith(" times, having been asked enough that day")


def test_a_new_day_begins_anew() -> None:
    one_a_day = [past(number, NOW + timedelta(days=number)) for number in range(4)]
    assert simulated(one_a_day, budgets=Budgets(per_day=1)).notes == ()
    twice_a_day = [*one_a_day, past(9, NOW + hours(1))]
    assert simulated(twice_a_day, budgets=Budgets(per_day=1)).today.people == {
        "ada": 5,
        "grace": 5,
    }


def test_the_candidate_has_a_budget_of_its_own() -> None:
    found = simulated(
        a_day(8), candidate=EVERYTHING, candidate_budgets=Budgets(per_day=1, people={"ada": 100})
    )
    assert found.candidate
    assert found.candidate.people["grace"] < found.today.people["grace"]
    (note,) = found.notes
    assert note.startswith("with the candidate, somebody was passed over ")

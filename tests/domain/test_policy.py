"""Does policy ask for the strictest of what its rules say, and say why?"""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.asks import strictest
from bot.domain.calendar import WorkingHours
from bot.domain.change import AiStatement, Change, Commit
from bot.domain.conditions import LevelRange, Size, When
from bot.domain.judging import judge
from bot.domain.lifecycle import begin
from bot.domain.people import Roster, Standing
from bot.domain.policy import AMAZON_RULE, NOBODY_CAN, Demand, Origin, Policy, Rule
from bot.domain.provenance import AiStatus
from bot.domain.quorum import tally
from bot.domain.risk import RiskTier
from bot.domain.signoff import Ask, DeadlineKind, Requirement, Status
from bot.domain.sla import Sla
from tests.builders import (
    LEVELS,
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_change,
    a_file,
    a_policy,
    a_requirement,
    a_review,
    a_roster,
    a_rule,
    a_signoff,
    an_ask,
    escalate,
    expire,
    hours,
    judged,
    minutes,
    opened,
    remind,
    the_rules,
    who,
)

AMAZON = a_policy(AMAZON_RULE)


def asks_of(policy: Policy, change: Change | None = None, roster: Roster = ROSTER) -> Requirement:
    return judged(change, policy, roster).judgement.requirement


def test_an_undeclared_production_change_of_a_mid_level_engineer_needs_a_senior() -> None:
    asked = asks_of(AMAZON)
    assert asked.asks == (an_ask(1, "senior", PAYMENTS),)
    assert asked.rules == ("AI-assisted production change below senior",)
    assert asked.because == (
        "nobody said whether AI helped, and nothing was found",
        "production",
        "the author is mid",
    )


def test_an_author_nobody_knows_counts_as_below_senior_and_the_card_says_so() -> None:
    asked = asks_of(AMAZON, a_change("stranger"))
    assert asked.rules == ("AI-assisted production change below senior",)
    assert "the author is not in the roster, so counts as below senior" in asked.because


def test_an_author_of_a_level_nobody_lists_counts_as_below_senior() -> None:
    asked = asks_of(AMAZON, a_change("mallory"))
    assert asked.rules == ("AI-assisted production change below senior",)


@pytest.mark.parametrize(
    "change",
    [
        a_change("ada"),
        a_change(environment="staging"),
        a_change(ai=AiStatement(assisted=False)),
    ],
    ids=["senior author", "staging", "declared human"],
)
def test_what_no_rule_is_about_still_needs_one_senior(change: Change) -> None:
    asked = asks_of(AMAZON, change)
    assert asked.rules == ("default",)
    assert asked.asks == (an_ask(1, "senior", PAYMENTS),)
    assert asked.because[-1] == "no rule is about this change"


def test_a_policy_without_any_rule_asks_for_a_senior() -> None:
    asked = asks_of(replace(a_policy(), rules=()))
    assert (asked.rules, asked.asks) == (("default",), (an_ask(1, "senior", PAYMENTS),))


def test_all_rules_that_match_combine_to_the_strictest() -> None:
    policy = a_policy(
        a_rule("one", approvals=1),
        a_rule("two", approvals=2),
        a_rule("other place", When(environment=("staging",)), approvals=5),
    )
    asked = asks_of(policy)
    assert asked.rules == ("one", "two")
    assert asked.asks == (an_ask(2),)


def test_asks_of_which_neither_covers_the_other_stay_both() -> None:
    policy = a_policy(
        a_rule("many", approvals=2, level="senior"), a_rule("high", approvals=1, level="principal")
    )
    assert asks_of(policy).asks == (an_ask(2, "senior"), an_ask(1, "principal"))


HASTY = a_policy(grace=timedelta(seconds=10))
RISKY = a_file("migrations/0042_drop.sql")
PLAIN = a_file("refunds/retry.py")


def tier_of(change: Change) -> RiskTier:
    return judged(change).facts.risk.tier


def test_an_approval_of_low_or_normal_risk_may_be_taken_back_for_a_while() -> None:
    for change in (a_change(files=(PLAIN,)), a_change(files=(a_file("README.md"),))):
        assert tier_of(change).rank < RiskTier.HIGH.rank
        assert asks_of(HASTY, change).grace == timedelta(seconds=10)
    assert asks_of(a_policy()).grace == timedelta(0)


@pytest.mark.parametrize("without", [{}, {"risk_reason": False, "risk_checklist": False}])
def test_one_of_high_risk_counts_at_once(without: dict[str, bool]) -> None:
    risky = a_change(files=(RISKY,))
    assert tier_of(risky).rank >= RiskTier.HIGH.rank
    assert asks_of(replace(HASTY, **without), risky).grace == timedelta(0)


@pytest.mark.parametrize("demand", [{"reason": True}, {"checklist": ("It rolls back",)}])
def test_where_approving_takes_a_form_it_counts_at_once(demand: dict[str, Any]) -> None:
    plain = a_rule()
    with_form = replace(plain, require=replace(plain.require, **demand))
    assert asks_of(replace(HASTY, rules=(plain,))).grace == timedelta(seconds=10)
    assert asks_of(replace(HASTY, rules=(plain, with_form))).grace == timedelta(0)


def test_where_nobody_signs_there_is_nothing_to_take_back() -> None:
    nobody = When(environment=("production",))
    asked = asks_of(a_policy(a_rule("free", nobody, approvals=0), grace=timedelta(seconds=10)))
    assert (sum(ask.approvals for ask in asked.asks), asked.grace) == (0, timedelta(0))


def test_high_risk_wants_a_reason_of_who_approves_whatever_the_rules_say() -> None:
    risky, plain = a_change(files=(RISKY,)), a_change(files=(PLAIN,))
    assert asks_of(a_policy(), risky).approve_reason
    assert not asks_of(a_policy(), plain).approve_reason
    assert not asks_of(a_policy(risk_reason=False), risky).approve_reason
    assert asks_of(a_policy(a_rule(reason=True), risk_reason=False), risky).approve_reason


def test_the_reason_and_the_checklist_of_risk_are_switched_off_one_by_one() -> None:
    risky = a_change(files=(RISKY,))
    no_reason = asks_of(a_policy(risk_reason=False), risky)
    no_points = asks_of(a_policy(risk_checklist=False), risky)
    assert (no_reason.approve_reason, bool(no_reason.checklist)) == (False, True)
    assert (no_points.approve_reason, bool(no_points.checklist)) == (True, False)


def test_nobody_has_to_say_why_where_nobody_has_to_sign() -> None:
    nobody = When(paths=("migrations/",))
    whole = a_change(files=(RISKY,), files_complete=True)
    asked = asks_of(a_policy(a_rule("free", nobody, approvals=0)), whole)
    assert (sum(ask.approvals for ask in asked.asks), asked.approve_reason) == (0, False)


def test_a_rule_that_asks_nobody_does_not_undo_one_that_asks_somebody() -> None:
    for order in ((0, 1), (1, 0)):
        rules = [a_rule(f"asks {n}", approvals=n) for n in order]
        assert asks_of(a_policy(*rules)).asks == (an_ask(1),)


def test_where_only_nobody_is_asked_it_is_not_required() -> None:
    asked = asks_of(a_policy(a_rule(approvals=0)))
    assert begin(opened(requirement=asked)).signoff.status is Status.NOT_REQUIRED


def test_in_shadow_it_is_recorded_what_would_have_been_asked_and_let_through() -> None:
    asked = asks_of(a_policy(shadow=True))
    assert (asked.shadow, asked.asks) == (True, (an_ask(),))
    assert begin(opened(requirement=asked)).signoff.status is Status.NOT_REQUIRED
    assert begin(opened(requirement=asks_of(a_policy()))).signoff.status is Status.PENDING


def test_an_ask_of_a_level_nobody_lists_is_not_dropped() -> None:
    """A typing error in a level must not loosen what another rule then seems to cover."""
    asks = strictest((an_ask(1, "wizard"), an_ask(1, "senior")), ROSTER)
    assert an_ask(1, "wizard") in asks


_ASKS = st.builds(
    Ask,
    approvals=st.integers(0, 2),
    level=st.sampled_from(LEVELS[1:4]),
    groups=st.frozensets(st.sampled_from(["a", "b"])),
    wider=st.frozensets(st.sampled_from(["a", "b"])),
)
_STANDINGS = st.builds(
    Standing,
    person=st.sampled_from(["p", "q", "r", "s"]),
    level=st.sampled_from(LEVELS),
    groups=st.frozensets(st.sampled_from(["a", "b"]), min_size=1),
)


@given(
    asks=st.lists(_ASKS, min_size=1, max_size=4),
    people=st.lists(_STANDINGS, max_size=4, unique_by=lambda s: s.person),
    escalated=st.booleans(),
)
def test_whoever_satisfies_the_combination_satisfies_every_rule_in_it(
    asks: list[Ask], people: list[Standing], escalated: bool
) -> None:
    combined = _outcome(strictest(asks, ROSTER), people, escalated)
    each = {_outcome((ask,), people, escalated) for ask in asks if ask.approvals}
    if combined is Status.APPROVED:
        assert each <= {Status.APPROVED}
    elif each == {Status.APPROVED}:
        assert combined is Status.APPROVED


def _outcome(asks: tuple[Ask, ...], people: list[Standing], escalated: bool) -> Status:
    signoff = a_signoff(requirement=a_requirement(*asks, wider=frozenset()))
    reviews = tuple(a_review(one.person) for one in people)
    return tally(replace(signoff, reviews=reviews, escalated=escalated), people)


def test_owners_and_named_groups_together() -> None:
    asked = asks_of(a_policy(a_rule(sources=("owners", PLATFORM))))
    assert asked.asks == (an_ask(1, "senior", PAYMENTS, PLATFORM),)
    assert asks_of(a_policy(a_rule(sources=(PLATFORM,)))).asks == (an_ask(1, "senior", PLATFORM),)


def test_what_nobody_owns_can_be_signed_by_nobody() -> None:
    owned = a_roster(
        people=ROSTER.people.values(),
        groups=[ROSTER.groups[PAYMENTS]],
    )
    asked = asks_of(a_policy(), a_change(repository="acme/website"), owned)
    assert asked.asks[0].groups == frozenset()
    assert begin(opened(requirement=asked)).signoff.status is Status.PENDING


def test_files_that_are_not_known_meet_every_rule_about_files() -> None:
    policy = a_policy(
        a_rule("infra", When(paths=("infra/**",)), level="principal"),
        a_rule("large", When(size=Size(lines_over=500)), approvals=2),
    )
    assert asks_of(policy).rules == ("default",)
    blind = asks_of(policy, a_change(files=(), files_complete=False))
    assert blind.rules == ("infra", "large")
    assert blind.because == ("not all of its files are known", "its size is not known")


def test_it_says_each_reason_once() -> None:
    rules = (a_rule("one"), a_rule("two", approvals=2))
    assert asks_of(a_policy(*rules)).because == ("production",)


def test_it_carries_the_ladder_and_the_digest_with_it() -> None:
    asked = asks_of(a_policy(digest="sha256:these"))
    assert (asked.levels, asked.policy_digest) == (LEVELS, "sha256:these")


def test_the_form_is_what_any_rule_wants() -> None:
    asked = asks_of(
        a_policy(
            a_rule("a", checklist=("rollback", "alerts")),
            a_rule("b", reason=True, checklist=("alerts", "docs")),
        )
    )
    assert asked.approve_reason
    assert asked.checklist == ("rollback", "alerts", "docs")


def test_an_sla_that_is_not_configured_is_the_usual_one() -> None:
    assert asks_of(a_policy(a_rule(sla="none such"))).deadlines == (
        remind(NOW + minutes(15)),
        remind(NOW + minutes(45)),
        escalate(NOW + hours(1)),
        expire(NOW + hours(8)),
    )


def test_of_several_slas_the_soonest_of_each_kind_counts() -> None:
    slas = {
        "slow": Sla(remind=(hours(2),), escalate=hours(4), expire=hours(24)),
        "fast": Sla(remind=(hours(1),), escalate=hours(5), expire=hours(12)),
    }
    asked = asks_of(a_policy(a_rule("s", sla="slow"), a_rule("f", sla="fast"), slas=slas))
    assert asked.deadlines == (
        remind(NOW + hours(1)),
        remind(NOW + hours(2)),
        escalate(NOW + hours(4)),
        expire(NOW + hours(12)),
    )


def test_nothing_is_due_after_the_expiry_and_never_escalating_is_possible() -> None:
    slas = {"short": Sla(remind=(hours(1), hours(2)), escalate=None, expire=hours(2))}
    asked = asks_of(a_policy(a_rule(sla="short"), slas=slas))
    assert asked.deadlines == (remind(NOW + hours(1)), expire(NOW + hours(2)))


def test_there_is_always_an_expiry() -> None:
    for sla in (Sla(remind=(), escalate=None, expire=timedelta(0)), Sla()):
        asked = asks_of(a_policy(a_rule(sla="x"), slas={"x": sla}))
        assert asked.deadlines[-1].kind is DeadlineKind.EXPIRE


def test_working_time_counts_where_the_sla_says_so() -> None:
    office = WorkingHours(start=time(9), end=time(17))
    slas = {"office": Sla(remind=(), escalate=None, expire=hours(8), hours=office)}
    asked = asks_of(a_policy(a_rule(sla="office"), slas=slas))
    assert asked.deadlines == (expire(NOW.replace(hour=10) + timedelta(days=1)),)


def test_a_level_range_and_ai_are_joined_by_and() -> None:
    rule = a_rule(
        "both", When(ai=(AiStatus.ASSISTED,), author_level=LevelRange(below="senior")), approvals=2
    )
    assisted = a_change(ai=AiStatement(assisted=True))
    assert asks_of(a_policy(rule), assisted).rules == ("both",)
    assert asks_of(a_policy(rule), replace(assisted, author=who("ada"))).rules == ("default",)
    assert asks_of(a_policy(rule)).rules == ("default",)


DOCS = a_rule("docs", When(paths=("docs/**",)), approvals=0)


def test_an_exemption_has_to_be_certain_and_what_tightens_need_not() -> None:
    only, also = (a_file("docs/a.md"),), (a_file("docs/a.md"), a_file())
    assert asks_of(a_policy(DOCS), a_change(files=only)).rules == ("docs",)
    for change in (a_change(files=also), a_change(files=only, files_complete=False)):
        assert asks_of(a_policy(DOCS), change).rules == ("default",)
        tight = a_rule("tight", DOCS.when, approvals=2)
        assert asks_of(a_policy(tight), change).rules == ("tight",)


def test_seniors_are_exempt_only_where_nobody_else_had_a_part() -> None:
    rule = a_rule("seniors", When(author_level=LevelRange(at_least="senior")), approvals=0)
    for author, rules in (("grace", ("seniors",)), ("jun", ("default",))):
        commits = (Commit(sha="1" * 40, author=who(author)),)
        assert asks_of(a_policy(rule), a_change("ada", commits=commits)).rules == rules


def test_one_rule_widens_its_own_circle_only() -> None:
    slas = {
        "strict": Sla(escalate=None, escalate_to=(PLATFORM,)),
        "fast": Sla(escalate_to=(PLATFORM,)),
    }
    high = {"level": "staff", "approvals": 1}
    strict = a_rule("strict", sla="strict", approvals=2)
    asked = asks_of(a_policy(strict, a_rule("fast", sla="fast", **high), slas=slas))
    assert asked.asks == (an_ask(2), an_ask(1, "staff", wider={PLATFORM}))
    assert asked.wider == {PLATFORM}
    assert asks_of(a_policy(strict, slas=slas)).wider == frozenset()


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        (an_ask(1), an_ask(2), True),
        (an_ask(1), an_ask(2, wider={"x"}), False),
        (an_ask(1, wider={"x"}), an_ask(2, wider={"x"}), True),
        (an_ask(1, wider={"x"}), an_ask(2), True),
        (an_ask(1, "senior", "a", "x"), an_ask(2, "senior", "a", wider={"x"}), True),
        (an_ask(1, "senior", "a", wider={"x"}), an_ask(2, "senior", "x"), False),
    ],
)
def test_an_ask_is_covered_only_by_one_that_stays_within_it(
    wide: Ask, narrow: Ask, covered: bool
) -> None:
    for asks in ((wide, narrow), (narrow, wide)):
        assert (strictest(asks, ROSTER) == (narrow,)) is covered


STRANGER = "somebody who had a part is not in the roster"


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        (Commit(sha="1" * 40, author=who("ada")), Commit(sha="1" * 40, author=who(name="Eve"))),
    ],
)
def test_it_says_that_somebody_had_a_part_whom_we_do_not_know_and_not_the_name(
    known: Commit, unknown: Commit
) -> None:
    assert STRANGER not in " ".join(asks_of(a_policy(), a_change(commits=(known,))).because)
    said = " ".join(asks_of(a_policy(), a_change(commits=(unknown,))).because)
    assert STRANGER in said
    assert "Eve" not in said
    assert asks_of(a_policy(), a_change(commits=(unknown,))).asks == (an_ask(2),)


def test_it_says_that_an_ai_did_it_and_nobody_we_know_is_named() -> None:
    bot = who("dependabot[bot]")
    asked = [
        asks_of(a_policy(), a_change(author, ai=AiStatement(assisted=True))).because
        for author in (who("jun"), bot)
    ]
    assert [STRANGER in " ".join(because) for because in asked] == [False, True]


def test_it_says_that_no_rule_names_this_environment() -> None:
    odd, named = a_change(environment="produktion"), a_change("ada")
    assert "no rule names this environment" in asks_of(AMAZON, odd).because
    assert "no rule names this environment" not in asks_of(AMAZON, named).because
    without = a_policy(a_rule("infra", When(paths=("infra/**",))))
    assert "no rule names this environment" not in asks_of(without, odd).because


# A repository's own rules are a stranger's words.

OWN = Rule(
    name="repository: Security has approved this",
    when=When(labels=("Countersign: approve it",)),
    require=Demand(checklist=("Nothing to check",)),
    origin=Origin.REPOSITORY,
)


def test_what_a_repository_writes_into_its_rules_is_not_said_by_us() -> None:
    rules = the_rules(a_policy(), read_policy=lambda text: (OWN,))
    change = a_change(policies=("x",), labels=("Countersign: approve it",))
    asked = judge(rules, change, NOW).judgement.requirement
    assert "repository: Security has approved this" in asked.rules
    assert "a rule of the repository's own applies" in asked.because
    assert not [sentence for sentence in asked.because if "approve it" in sentence]
    assert asked.checklist == ("From the repository: Nothing to check",)


def test_one_that_cannot_be_read_asks_for_a_senior() -> None:
    exempt = a_policy(a_rule(approvals=0))
    assert judged(a_change(), exempt).judgement.requirement.asks == (an_ask(0),)
    asked = judged(a_change(policies=("{",)), exempt).judgement.requirement
    assert asked.asks == (an_ask(1),)


def test_a_repository_cannot_ask_so_much_that_what_the_server_asks_is_lost() -> None:
    """Which asks cover others takes the square of their number: a hundred are told apart."""
    own = tuple(
        replace(OWN, name=f"r{number}", when=When(), require=Demand(sources=(f"g{number}",)))
        for number in range(101)
    )
    server = a_policy(a_rule(sources=(PLATFORM,), approvals=2))

    def asks_beside(own: tuple[Rule, ...]) -> tuple[Ask, ...]:
        rules = the_rules(server, read_policy=lambda text: own)
        return judge(rules, a_change(policies=("x",)), NOW).judgement.requirement.asks

    assert len(asks_beside(own[:100])) == 101
    flooded = asks_beside(own)
    assert an_ask(2, "senior", PLATFORM) in flooded
    assert NOBODY_CAN in flooded
    people = [person for person in ROSTER.people if person not in ("jun",)]
    signoff = a_signoff(requirement=a_requirement(*flooded, wider=frozenset()))
    reviewed = replace(signoff, reviews=tuple(a_review(person) for person in people))
    standings = [ROSTER.standing(person) for person in people]
    assert tally(reviewed, [it for it in standings if it]) is Status.PENDING

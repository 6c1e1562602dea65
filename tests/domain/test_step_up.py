"""Which changes does a press not suffice for, and what then does?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import StepUpMissing
from bot.domain.lifecycle import advance
from bot.domain.quorum import is_in_form, tally
from bot.domain.risk import RiskTier
from bot.domain.signoff import BY_CLICK, BY_FORM, BY_KEY, Requirement, Status, Verdict
from bot.engine.rulebook import Rulebook
from tests.builders import (
    AN_ASSERTION,
    DIGEST,
    ROSTER,
    a_change,
    a_file,
    a_policy,
    a_requirement,
    a_review,
    a_rule,
    a_signoff,
    approves,
    judged,
    rejects,
    sha,
    standings,
)
from tests.laws.lives import CAST_BEFORE

STEP_UP = a_requirement(step_up=True)
SIGNED: dict[str, Any] = {"proved": BY_KEY, "assertion": AN_ASSERTION}


@pytest.mark.parametrize(
    ("proof", "counts"),
    [
        (SIGNED, True),
        ({}, False),
        ({"proved": BY_CLICK, "assertion": AN_ASSERTION}, False),
        ({"proved": BY_FORM, "assertion": AN_ASSERTION}, False),
        ({"proved": BY_KEY}, False),
        ({**SIGNED, "carried": CAST_BEFORE}, False),
    ],
)
def test_an_approval_counts_only_if_their_own_key_signed_it(
    proof: dict[str, Any], counts: bool
) -> None:
    signoff = a_signoff(requirement=STEP_UP)
    review = a_review("ada", **proof)
    assert is_in_form(STEP_UP, review) is counts
    # However it came in there: what is stored, or was carried, is looked at again.
    stored = replace(signoff, reviews=(review,))
    assert tally(stored, standings()) is (Status.APPROVED if counts else Status.PENDING)
    if counts:
        assert advance(signoff, approves("ada", **proof)).signoff.status is Status.APPROVED
    else:
        with pytest.raises(StepUpMissing):
            advance(signoff, approves("ada", **proof))


def test_rejecting_takes_no_key() -> None:
    signoff = a_signoff(requirement=STEP_UP)
    assert advance(signoff, rejects("ada", reason="no tests")).signoff.status is Status.REJECTED


def test_what_was_pressed_before_it_was_asked_for_counts_no_more() -> None:
    """Under the very same policy: the change became riskier."""
    before = a_signoff(requirement=a_requirement(grace=timedelta(seconds=10)))
    settling = advance(before, approves("ada")).signoff
    now = replace(settling, requirement=STEP_UP)
    assert tally(now, standings()) is Status.PENDING


def _asked(policy: Any, **facts: Any) -> Requirement:
    return judged(a_change(**facts), policy).judgement.requirement


def test_by_the_tier_of_the_risk_or_by_a_rule() -> None:
    risky = {"files": (a_file("infra/terraform/main.tf"), a_file("auth/session.py"))}
    tier = judged(a_change(**risky)).facts.risk.tier
    assert tier not in (RiskTier.LOW, RiskTier.NORMAL)
    by_tier = a_policy(step_up=frozenset({tier}), grace=timedelta(seconds=10))
    assert _asked(by_tier, **risky).step_up
    assert not _asked(by_tier).step_up
    by_rule = a_policy(a_rule(step_up=True), grace=timedelta(seconds=10))
    assert _asked(by_rule).step_up
    assert not _asked(a_policy()).step_up


def test_it_never_settles_and_is_never_carried_on() -> None:
    plain = _asked(a_policy(a_rule(), grace=timedelta(seconds=10)))
    asked = _asked(a_policy(a_rule(step_up=True), grace=timedelta(seconds=10)))
    assert (plain.grace, plain.carry) == (timedelta(seconds=10), True)
    assert (asked.grace, asked.carry) == (timedelta(0), False)


def test_where_nobody_has_to_sign_nobody_steps_up() -> None:
    free = _asked(a_policy(a_rule(approvals=0, step_up=True)))
    assert not free.step_up


def test_nobody_is_shown_a_form_in_the_chat_that_cannot_count() -> None:
    book, signoff = Rulebook(ROSTER, a_policy()), a_signoff(requirement=STEP_UP)
    said = {verdict: book.refusal(signoff, "ada", sha("a"), DIGEST, verdict) for verdict in Verdict}
    assert isinstance(said[Verdict.APPROVE], StepUpMissing)
    assert said[Verdict.REJECT] is None
    assert book.refusal(signoff, "ada", sha("a"), DIGEST) is None

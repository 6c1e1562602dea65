"""Is there time to think better of an approval, and does it count then as it stands then?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.effects import Attest, ShowCard, TellPipeline
from bot.domain.errors import AlreadyReviewed, NothingToTakeBack
from bot.domain.events import Event, ReviewTakenBack, Settled
from bot.domain.lifecycle import advance
from bot.domain.people import Roster
from bot.domain.signoff import Signoff, Status
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    approves,
    expire,
    minutes,
    reassessed,
    rejects,
    standings,
    superseded,
    time_passes,
    withdrawn,
    without_person,
)

GRACE = timedelta(seconds=10)
SOON = NOW + minutes(1)
THEN = SOON + GRACE


def gently(approvals: int = 1, **facts: object) -> Signoff:
    asked = a_requirement(an_ask(approvals), grace=GRACE, **facts)
    return a_signoff(requirement=asked)


def takes_back(person: str = "ada", at: datetime = SOON) -> ReviewTakenBack:
    return ReviewTakenBack(person=person, at=at, standings=standings())


def settles(roster: Roster = ROSTER, at: datetime = THEN) -> Settled:
    return Settled(standings=standings(roster), at=at)


def test_an_approval_does_not_count_at_once() -> None:
    step = advance(gently(), approves("ada", at=SOON))
    assert step.signoff.status is Status.PENDING
    assert step.signoff.settling
    assert (step.signoff.settling.until, step.signoff.settling.approvers) == (THEN, ("ada",))
    assert step.signoff.next_due == THEN
    assert step.effects == (ShowCard(),)


def test_where_there_is_no_time_for_it_it_does() -> None:
    at_once = a_signoff(requirement=a_requirement(an_ask(1)))
    assert advance(at_once, approves("ada", at=SOON)).signoff.status is Status.APPROVED


def test_it_counts_once_nobody_took_it_back() -> None:
    step = advance(after(gently(), approves("ada", at=SOON)), settles())
    assert (step.signoff.status, step.signoff.decided_at) == (Status.APPROVED, THEN)
    assert step.signoff.settling is None
    assert step.effects == (ShowCard(), TellPipeline(Status.APPROVED), Attest())


def test_what_was_taken_back_never_counts() -> None:
    signoff = after(gently(), approves("ada", at=SOON), takes_back())
    assert (signoff.reviews, signoff.settling, signoff.status) == ((), None, Status.PENDING)
    with pytest.raises(ValueError, match="nothing to settle"):
        advance(signoff, settles())


def test_it_cannot_settle_before_its_time() -> None:
    signoff = after(gently(), approves("ada", at=SOON))
    with pytest.raises(ValueError, match="nothing to settle"):
        advance(signoff, settles(at=THEN - timedelta(microseconds=1)))


def test_who_said_nothing_has_nothing_to_take_back() -> None:
    with pytest.raises(NothingToTakeBack):
        advance(after(gently(), approves("ada", at=SOON)), takes_back("grace"))


def test_a_no_meanwhile_stops_it_at_once() -> None:
    signoff = after(gently(), approves("ada", at=SOON), rejects("grace", at=SOON))
    assert signoff.status is Status.REJECTED


def test_whoever_lost_the_right_meanwhile_does_not_count() -> None:
    signoff = after(gently(), approves("ada", at=SOON))
    step = advance(signoff, settles(without_person(ROSTER, "ada")))
    assert (step.signoff.status, step.signoff.settling) == (Status.PENDING, None)
    assert step.effects == (ShowCard(),)


def test_nobody_steps_in_whose_approval_was_not_among_those_that_were_enough() -> None:
    """Grace's account was closed when Ada pressed; Pat does not make her count again."""
    first = after(gently(2), approves("grace", at=SOON))
    without_grace = without_person(ROSTER, "grace")
    assert after(first, approves("ada", roster=without_grace, at=SOON)).settling is None
    both = after(first, approves("ada", at=SOON))
    assert both.settling
    narrowed = replace(both, settling=replace(both.settling, approvers=("ada",)))
    assert advance(narrowed, settles()).signoff.status is Status.PENDING


def test_the_same_person_again_does_not_make_it_longer() -> None:
    signoff = after(gently(), approves("ada", at=SOON))
    with pytest.raises(AlreadyReviewed):
        advance(signoff, approves("ada", at=SOON + timedelta(seconds=5)))


def test_one_more_approval_does_not_begin_the_time_anew() -> None:
    signoff = after(
        gently(), approves("ada", at=SOON), approves("grace", at=SOON + timedelta(seconds=5))
    )
    assert signoff.settling
    assert (signoff.settling.until, signoff.settling.approvers) == (THEN, ("ada", "grace"))


@pytest.mark.parametrize(("approvals", "settling"), [(1, True), (2, False)])
def test_one_of_two_taken_back_leaves_what_is_still_enough(approvals: int, settling: bool) -> None:
    both = after(gently(approvals), approves("ada", at=SOON), approves("grace", at=SOON))
    left = after(both, takes_back("ada"))
    assert bool(left.settling) is settling
    assert left.settling is None or left.settling.approvers == ("grace",)


def test_it_settles_at_the_expiry_at_the_latest() -> None:
    end = SOON + timedelta(seconds=3)
    signoff = after(gently(deadlines=(expire(end),)), approves("ada", at=SOON))
    assert signoff.settling
    assert signoff.settling.until == end
    assert advance(signoff, settles(at=end)).signoff.status is Status.APPROVED


def test_deadlines_pass_meanwhile_and_it_settles_all_the_same() -> None:
    signoff = after(gently(), approves("ada", at=SOON), time_passes(NOW + minutes(15)))
    assert signoff.settling
    assert after(signoff, settles(at=NOW + minutes(15))).status is Status.APPROVED


@pytest.mark.parametrize(
    "end", [rejects("grace", at=SOON), withdrawn(at=SOON), superseded(at=SOON)]
)
def test_nothing_settles_once_it_is_over(end: Event) -> None:
    assert after(gently(), approves("ada", at=SOON), end).settling is None


def test_under_another_policy_nothing_of_before_settles() -> None:
    signoff = after(gently(), approves("ada", at=SOON))
    anew = replace(signoff.requirement, policy_digest="sha256:other")
    assert after(signoff, replace(reassessed(), requirement=anew)).settling is None
    same = after(signoff, replace(reassessed(), requirement=signoff.requirement))
    assert same.settling == signoff.settling


def test_what_is_not_enough_any_more_settles_no_more() -> None:
    """Ada and Grace lost the right while it settled; Ruth alone is not two."""
    wide = an_ask(2, "senior", PAYMENTS, PLATFORM)
    signoff = a_signoff(requirement=a_requirement(wide, grace=GRACE))
    both = after(signoff, approves("ada", at=SOON), approves("grace", at=SOON))
    assert both.settling
    left = without_person(ROSTER, "ada", "grace")
    assert after(both, approves("ruth", at=SOON, roster=left)).settling is None
    assert after(both, approves("ruth", at=SOON)).settling

"""Does a signoff live as the laws say? What each event does, and what follows outside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.effects import Attest, Remind, ShowCard, TellPipeline
from bot.domain.errors import AlreadyDecided, AlreadyReviewed, Refusal, TooLate
from bot.domain.events import Event
from bot.domain.lifecycle import advance, begin, replay
from bot.domain.signoff import DeadlineKind, Signoff, Status
from tests.builders import (
    DEADLINES,
    NOW,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    approves,
    escalate,
    expire,
    hours,
    minutes,
    opened,
    reassessed,
    rejects,
    remind,
    reported,
    sha,
    superseded,
    time_passes,
    withdrawn,
)

TWO = an_ask(2)
LATE = NOW + hours(8)


def test_it_begins_pending_and_asks_for_a_card() -> None:
    step = begin(opened())
    assert (step.signoff.status, step.signoff.version) == (Status.PENDING, 1)
    assert step.effects == (ShowCard(),)


@pytest.mark.parametrize(
    "requirement", [a_requirement(shadow=True), a_requirement(an_ask(0))], ids=["shadow", "nobody"]
)
def test_what_nobody_has_to_sign_is_final_on_arrival(requirement: object) -> None:
    step = begin(opened(requirement=requirement))
    assert step.signoff.status is Status.NOT_REQUIRED
    assert step.signoff.decided_at == NOW
    assert step.effects == (TellPipeline(Status.NOT_REQUIRED), Attest())


def test_a_requirement_that_asks_for_nothing_at_all_is_not_one_that_asks_nobody() -> None:
    unknown = replace(a_requirement(), asks=())
    signoff = a_signoff(requirement=unknown)
    assert signoff.status is Status.PENDING
    with pytest.raises(Refusal):
        advance(signoff, approves("pat"))


def test_one_approval_is_enough_where_one_is_asked() -> None:
    step = advance(a_signoff(), approves("ada"))
    assert step.signoff.status is Status.APPROVED
    assert step.effects == (ShowCard(), TellPipeline(Status.APPROVED), Attest())


def test_the_first_of_two_approvals_only_corrects_the_card() -> None:
    step = advance(a_signoff(TWO), approves("ada"))
    assert (step.signoff.status, step.effects) == (Status.PENDING, (ShowCard(),))
    assert after(step.signoff, approves("grace")).status is Status.APPROVED


def test_one_rejection_stops_it_whatever_others_said() -> None:
    step = advance(after(a_signoff(TWO), approves("ada")), rejects("grace"))
    assert step.signoff.status is Status.REJECTED
    assert step.effects == (ShowCard(), TellPipeline(Status.REJECTED), Attest())


def test_who_changes_their_mind_stops_it_too() -> None:
    signoff = after(a_signoff(TWO), approves("ada"), rejects("ada"))
    assert signoff.status is Status.REJECTED


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (superseded("sgn_2"), Status.SUPERSEDED),
        (withdrawn("jun", "not today"), Status.WITHDRAWN),
        (time_passes(LATE), Status.EXPIRED),
        (rejects("ada"), Status.REJECTED),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_it_ends_and_tells_the_pipeline_to_stop(event: Event, status: Status) -> None:
    step = advance(a_signoff(), event)
    assert (step.signoff.status, step.signoff.decided_at) == (status, event.at)
    assert step.effects == (ShowCard(), TellPipeline(status), Attest())
    assert not status.proceed


def test_it_remembers_who_ended_it_and_why() -> None:
    gone = after(a_signoff(), withdrawn("jun", "not today"))
    assert (gone.ended_by, gone.ended_why) == ("jun", "not today")
    assert after(a_signoff(), superseded("sgn_2")).ended_by == "sgn_2"
    assert not gone.abandoned


def test_the_pipeline_takes_back_what_nobody_wants_any_more() -> None:
    gone = after(a_signoff(), withdrawn("", "It was closed"))
    assert (gone.status, gone.ended_by, gone.ended_why) == (Status.WITHDRAWN, "", "It was closed")
    assert gone.abandoned


FINALS = {
    "approved": after(a_signoff(), approves("ada")),
    "rejected": after(a_signoff(), rejects("ada")),
    "expired": after(a_signoff(), time_passes(LATE)),
    "superseded": after(a_signoff(), superseded()),
    "withdrawn": after(a_signoff(), withdrawn()),
    "not_required": a_signoff(an_ask(0)),
}


@pytest.mark.parametrize("final", FINALS.values(), ids=FINALS.keys())
@pytest.mark.parametrize(
    "event",
    [approves("grace"), rejects("grace"), superseded(), withdrawn(), reassessed()],
    ids=["approves", "rejects", "superseded", "withdrawn", "reassessed"],
)
def test_final_is_final(final: Signoff, event: Event) -> None:
    with pytest.raises(AlreadyDecided, match=final.status.value.replace("_", " ")):
        advance(final, event)


@pytest.mark.parametrize("final", FINALS.values(), ids=FINALS.keys())
def test_time_does_nothing_to_what_is_decided(final: Signoff) -> None:
    step = advance(final, time_passes(NOW + hours(100)))
    assert (step.signoff, step.effects) == (final, ())


@pytest.mark.parametrize("final", FINALS.values(), ids=FINALS.keys())
def test_how_the_pipeline_took_it_changes_the_card_alone(final: Signoff) -> None:
    step = advance(final, reported())
    assert step.signoff.status is final.status
    assert step.signoff.report is not None
    assert step.effects == (ShowCard(),)


def test_who_is_too_late_hears_how_it_was_decided() -> None:
    with pytest.raises(AlreadyDecided, match=r"already approved\."):
        advance(FINALS["approved"], approves("grace"))
    with pytest.raises(AlreadyDecided, match=r"already withdrawn\."):
        advance(FINALS["withdrawn"], approves("grace"))


def test_what_is_open_is_not_opened_again() -> None:
    with pytest.raises(ValueError, match="already open"):
        advance(a_signoff(), opened())


def test_a_click_at_the_very_moment_of_expiry_is_too_late() -> None:
    with pytest.raises(TooLate):
        advance(a_signoff(), approves("ada", at=LATE))


def test_a_click_a_moment_before_is_not() -> None:
    assert after(a_signoff(), approves("ada", at=LATE - minutes(0.001))).status is Status.APPROVED


def test_before_a_deadline_nothing_happens() -> None:
    step = advance(a_signoff(), time_passes(NOW + minutes(14)))
    assert step.signoff == a_signoff()
    assert step.effects == ()


def test_a_reminder_is_due_at_its_very_moment() -> None:
    step = advance(a_signoff(), time_passes(NOW + minutes(15)))
    assert (step.effects, step.signoff.deadlines_passed) == ((Remind(),), 1)
    assert step.signoff.next_due == NOW + minutes(45)


def test_of_several_reminders_that_are_due_only_one_is_spoken() -> None:
    step = advance(a_signoff(), time_passes(NOW + minutes(50)))
    assert (step.effects, step.signoff.deadlines_passed) == ((Remind(),), 2)


def test_escalation_goes_before_reminders_and_widens_the_circle() -> None:
    step = advance(a_signoff(), time_passes(NOW + hours(1)))
    assert step.effects == (ShowCard(), Remind(escalated=True))
    assert step.signoff.escalated
    assert step.signoff.asked == ("ada", "grace", "pat", "ruth")
    assert step.signoff.groups == ("payments-seniors", "platform")


def test_after_an_outage_expiry_goes_before_everything() -> None:
    step = advance(a_signoff(), time_passes(NOW + hours(9)))
    assert step.signoff.status is Status.EXPIRED
    assert Remind() not in step.effects
    assert step.signoff.deadlines_passed == len(DEADLINES)


def test_what_is_decided_waits_for_nothing() -> None:
    assert a_signoff().next_due == NOW + minutes(15)
    assert after(a_signoff(), approves("ada")).next_due is None


def test_without_deadlines_it_waits_for_ever() -> None:
    signoff = a_signoff(requirement=a_requirement(deadlines=()))
    assert (signoff.next_due, signoff.expires_at) == (None, None)
    assert after(signoff, time_passes(NOW + hours(10_000))) == signoff


def test_another_policy_asks_anew_and_old_approvals_count_no_more() -> None:
    signoff = after(a_signoff(TWO), approves("ada"), reassessed(TWO))
    assert (signoff.status, len(signoff.reviews)) == (Status.PENDING, 1)
    grace = after(signoff, approves("grace", policy_digest="sha256:policy-2"))
    assert grace.status is Status.PENDING
    assert after(grace, approves("ada", policy_digest="sha256:policy-2")).status is Status.APPROVED


def test_another_policy_that_asks_for_less_approves_nothing_by_itself() -> None:
    signoff = after(a_signoff(TWO), approves("ada"), reassessed(an_ask(1)))
    assert signoff.status is Status.PENDING


def test_another_policy_does_not_repeat_reminders_that_were_due() -> None:
    signoff = after(a_signoff(), reassessed(at=NOW + minutes(50)))
    assert signoff.next_due == NOW + hours(1)


def test_another_policy_under_which_it_has_expired_lets_it_expire() -> None:
    sooner = (remind(NOW + minutes(10)), expire(NOW + minutes(30)))
    signoff = after(a_signoff(), reassessed(at=NOW + minutes(40), deadlines=sooner))
    assert signoff.next_due is not None
    with pytest.raises(TooLate):
        advance(signoff, approves("ada", at=NOW + minutes(41), policy_digest="sha256:policy-2"))
    assert after(signoff, time_passes(NOW + minutes(41))).status is Status.EXPIRED


def test_another_policy_whose_escalation_is_past_still_escalates() -> None:
    """Down from minute 30 to hour 2, and the config changed meanwhile: somebody has to hear of it."""
    signoff = after(a_signoff(), reassessed(at=NOW + hours(2)), time_passes(NOW + hours(2)))
    assert signoff.escalated


def test_what_is_escalated_stays_so_under_another_policy() -> None:
    signoff = after(a_signoff(), time_passes(NOW + hours(1)), reassessed(at=NOW + hours(2)))
    assert signoff.escalated


def test_the_wider_circle_may_decide_only_once_it_escalated() -> None:
    with pytest.raises(Refusal, match="payments-seniors"):
        advance(a_signoff(), approves("pat"))
    escalated = after(a_signoff(), time_passes(NOW + hours(1)))
    assert after(escalated, approves("pat", at=NOW + hours(2))).status is Status.APPROVED


def test_saying_the_same_twice_is_refused_with_what_is_missing() -> None:
    with pytest.raises(
        AlreadyReviewed, match=r"already chosen to approve this\. 1 more approval needed\."
    ):
        advance(after(a_signoff(TWO), approves("ada")), approves("ada"))


def test_every_event_that_counts_makes_a_new_version() -> None:
    signoff = after(a_signoff(TWO), approves("ada"), approves("grace"), reported())
    assert signoff.version == 4


def test_the_trail_tells_the_whole_story() -> None:
    story = (
        time_passes(NOW + minutes(15)),
        approves("ada", at=NOW + minutes(20)),
        reassessed(TWO, at=NOW + minutes(25)),
        time_passes(NOW + hours(1)),
        approves("grace", at=NOW + hours(2), policy_digest="sha256:policy-2"),
        approves("pat", at=NOW + hours(3), policy_digest="sha256:policy-2"),
        reported(),
    )
    told = replay(opened(TWO), story)
    assert told == after(a_signoff(TWO), *story)
    assert told.status is Status.APPROVED


def test_the_earliest_expiry_is_the_one_that_counts() -> None:
    both = (expire(NOW + hours(2)), expire(NOW + hours(1)))
    assert a_signoff(requirement=a_requirement(deadlines=both)).expires_at == NOW + hours(1)


def test_deadlines_sort_by_their_moment() -> None:
    mixed = [expire(LATE), escalate(NOW + hours(1)), remind(NOW)]
    assert [deadline.kind for deadline in sorted(mixed)] == [
        DeadlineKind.REMIND,
        DeadlineKind.ESCALATE,
        DeadlineKind.EXPIRE,
    ]


@pytest.mark.parametrize("status", Status)
def test_only_three_decisions_let_a_pipeline_go_on(status: Status) -> None:
    go = {Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED}
    assert status.proceed is (status in go)
    assert status.is_final is (status is not Status.PENDING)


def test_a_review_of_another_revision_is_none() -> None:
    with pytest.raises(Refusal, match="another revision"):
        advance(a_signoff(), approves("ada", revision=sha("b")))

"""What happened to a signoff, told to a person? The audit trail in words, for a chat or a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bot.domain.events import (
    Answered,
    Claimed,
    DeadlinePassed,
    Declared,
    Delegated,
    Event,
    EvidenceSetAside,
    Inquired,
    Opened,
    Overridden,
    OverrideAsked,
    OverrideReviewed,
    Reassessed,
    Released,
    Renewed,
    Reported,
    Reviewed,
    ReviewTakenBack,
    Settled,
    Shipped,
    Superseded,
    Withdrawn,
)
from bot.domain.people import Roster
from bot.domain.signoff import Asked, Report, Review, Verdict
from bot.domain.spans import Moment, Ours, Span, Theirs, harmless

QUOTED_AT_MOST, NAMED_AT_MOST = 300, 10

_Said = Reviewed | ReviewTakenBack | Settled | Declared | EvidenceSetAside
_Arranged = Claimed | Released | Delegated | Inquired | Answered
_Ended = Superseded | Withdrawn | Renewed
_Followed = Reported | Shipped
_Emergency = OverrideAsked | Overridden | OverrideReviewed


def told(event: Event, roster: Roster) -> tuple[Span, ...]:
    """When it happened, and what it was."""
    return (Moment(event.at), Ours("  "), *_what(event, roster))


def _what(event: Event, roster: Roster) -> tuple[Span, ...]:
    match event:
        case Opened():
            return _opened(event, roster)
        case Reviewed() | ReviewTakenBack() | Settled() | Declared() | EvidenceSetAside():
            return _said(event, roster)
        case Claimed() | Released() | Delegated() | Inquired() | Answered():
            return _arranged(event, roster)
        case Reassessed() | DeadlinePassed():
            return _came_about(event, roster)
        case Superseded() | Withdrawn() | Renewed():
            return _ended(event, roster)
        case Reported() | Shipped():
            return _followed(event)
        case OverrideAsked() | Overridden() | OverrideReviewed():
            return _emergency(event, roster)
        case _:
            assert_never(event)


def _opened(event: Opened, roster: Roster) -> tuple[Span, ...]:
    again = f" again, after {event.renews} expired" if event.renews else ""
    whom = _names(event.invited, roster)
    asked = f"; asked: {whom}" if whom else ""
    return (Ours(f"Asked for by {event.change.connection}{again}{asked}{_kept(event)}"),)


def _came_about(event: Reassessed | DeadlinePassed, roster: Roster) -> tuple[Span, ...]:
    whom = _names(event.invited, roster)
    if isinstance(event, Reassessed):
        asked = f"; asked now: {whom}" if whom else ""
        return (Ours(f"Policy, people or evidence changed, so it was judged anew{asked}"),)
    return (Ours(f"A deadline passed{f', so these were asked too: {whom}' if whom else ''}"),)


def _ended(event: _Ended, roster: Roster) -> tuple[Span, ...]:
    match event:
        case Superseded():
            return (Ours(f"Replaced by {event.by}"),)
        case Withdrawn():
            who = roster.name(event.by) if event.by else "the pipeline"
            return (Ours(f"Withdrawn by {who}"), *_quoted(event.reason))
        case Renewed():
            by = f" by {roster.name(event.by)}" if event.by else " by the pipeline"
            return (Ours(f"Asked for again{by}, as {event.renewed_as}"),)


def _emergency(event: _Emergency, roster: Roster) -> tuple[Span, ...]:
    match event:
        case OverrideAsked(wanted=it):
            lead = f"{roster.name(it.by)} asked to override it, for "
            return (Ours(lead), Theirs(harmless(it.incident, 80)), *_quoted(it.reason))
        case Overridden(override=it):
            second = f" and {roster.name(it.second)}" if it.second else ""
            lead = f"{roster.name(it.by)}{second} overrode it, for "
            return (Ours(lead), Theirs(harmless(it.incident, 80)), *_quoted(it.reason))
        case OverrideReviewed(review=said):
            word = "fine" if said.fine else "wrong"
            return (
                Ours(f"{roster.name(said.by)} says the override was {word}"),
                *_quoted(said.note),
            )


def _followed(event: _Followed) -> tuple[Span, ...]:
    if isinstance(event, Reported):
        return _report(event.report)
    it = event.shipment
    word = "deployed it" if it.succeeded else "failed to deploy it"
    return (Ours(f"The pipeline {word}"), *_quoted(it.detail))


def _said(event: _Said, roster: Roster) -> tuple[Span, ...]:
    match event:
        case Reviewed():
            return _review(event.review, roster)
        case ReviewTakenBack():
            return (Ours(f"{roster.name(event.person)} took that back"),)
        case Settled():
            return (Ours("Nobody took it back, so it counts"),)
        case Declared(statement=said):
            answer = "AI helped" if said.assisted else "AI did not help"
            return (Ours(f"{roster.name(said.person)} said that {answer}"),)
        case EvidenceSetAside(set_aside=aside):
            by = Ours(f"{roster.name(aside.by)} set evidence aside")
            return (by, *_quoted(aside.reason))


def _arranged(event: _Arranged, roster: Roster) -> tuple[Span, ...]:
    match event:
        case Claimed(claim=claim):
            return (Ours(f"{roster.name(claim.person)} is on it until "), Moment(claim.until))
        case Released():
            word = "has not come to it in time" if event.lapsed else "let go of it"
            return (Ours(f"{roster.name(event.person)} {word}"),)
        case Delegated(delegation=it):
            passed = Ours(f"{roster.name(it.by)} passed it on to {roster.name(it.to)}")
            return (passed, *_quoted(it.reason))
        case Inquired():
            asked = Ours(f"{roster.name(event.standing.person)} asked the author")
            return (asked, *_quoted(event.question))
        case Answered():
            return (Ours(f"{roster.name(event.by)} answered"), *_quoted(event.answer))


def _names(invited: Sequence[Asked], roster: Roster) -> str:
    shown = ", ".join(roster.name(it.person) for it in invited[:NAMED_AT_MOST])
    left = len(invited) - NAMED_AT_MOST
    return f"{shown} and {left} more" if left > 0 else shown


def _kept(event: Opened) -> str:
    """Which approvals it begins with, and whose change they were of."""
    before = dict.fromkeys(it.carried.signoff_id for it in event.carried if it.carried)
    count = len(event.carried)
    approvals = f"{count} approval{'' if count == 1 else 's'}"
    kept = f"; kept {approvals} of {', '.join(before)}, the identical change"
    return kept if event.carried else ""


def _review(review: Review, roster: Roster) -> tuple[Span, ...]:
    verb = "approved" if review.verdict is Verdict.APPROVE else "rejected"
    return (Ours(f"{roster.name(review.person)} {verb}"), *_quoted(review.reason))


def _report(report: Report) -> tuple[Span, ...]:
    if report.accepted and report.detail:
        return (Ours("The pipeline shows the answer of another"), *_quoted(report.detail))
    if report.accepted:
        return (Ours("The pipeline took our answer"),)
    return (Ours("The pipeline refused our answer"), *_quoted(report.detail))


def _quoted(text: str) -> tuple[Span, ...]:
    quoted = harmless(text, QUOTED_AT_MOST)
    return (Ours(": "), Theirs(f"“{quoted}”")) if quoted else ()

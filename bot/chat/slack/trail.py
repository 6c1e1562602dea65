"""What happened to a signoff, told to a person? The audit trail in words."""

from __future__ import annotations

from typing import assert_never

from bot.domain.events import (
    DeadlinePassed,
    Declared,
    Event,
    EvidenceSetAside,
    Opened,
    Reassessed,
    Reported,
    Reviewed,
    Superseded,
    Withdrawn,
)
from bot.domain.people import Roster
from bot.domain.signoff import Report, Review, Verdict
from bot.domain.spans import Moment, Ours, Span, Theirs, harmless

QUOTED_AT_MOST = 300


def told(event: Event, roster: Roster) -> tuple[Span, ...]:
    """When it happened, and what it was."""
    return (Moment(event.at), Ours("  "), *_what(event, roster))


def _what(event: Event, roster: Roster) -> tuple[Span, ...]:
    match event:
        case Opened():
            return (Ours(f"Asked for by {event.change.connection}{_kept(event)}"),)
        case Reviewed() | Declared() | EvidenceSetAside():
            return _said(event, roster)
        case Reassessed():
            return (Ours("Policy, people or evidence changed, so it was judged anew"),)
        case DeadlinePassed():
            return (Ours("A deadline passed"),)
        case Superseded():
            return (Ours(f"Replaced by {event.by}"),)
        case Withdrawn():
            return (Ours(f"Withdrawn by {roster.name(event.by)}"), *_quoted(event.reason))
        case Reported():
            return _report(event.report)
        case _:
            assert_never(event)


def _said(event: Reviewed | Declared | EvidenceSetAside, roster: Roster) -> tuple[Span, ...]:
    match event:
        case Reviewed():
            return _review(event.review, roster)
        case Declared(statement=said):
            answer = "AI helped" if said.assisted else "AI did not help"
            return (Ours(f"{roster.name(said.person)} said that {answer}"),)
        case EvidenceSetAside(set_aside=aside):
            by = Ours(f"{roster.name(aside.by)} set evidence aside")
            return (by, *_quoted(aside.reason))


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
    if report.accepted:
        return (Ours("The pipeline took our answer"),)
    return (Ours("The pipeline refused our answer"), *_quoted(report.detail))


def _quoted(text: str) -> tuple[Span, ...]:
    quoted = harmless(text, QUOTED_AT_MOST)
    return (Ours(": "), Theirs(f"“{quoted}”")) if quoted else ()

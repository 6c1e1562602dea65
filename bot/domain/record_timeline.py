"""What happened when, was it an emergency, and what came of it?"""

from __future__ import annotations

from bot.domain.events import Event, Released, Reported, Reviewed, Shipped
from bot.domain.record_sections import Columns
from bot.domain.retelling import Retold
from bot.domain.signoff import Signoff, Status
from bot.domain.statement import stamp

PUT_TO_PEOPLE = (Status.APPROVED, Status.REJECTED, Status.EXPIRED)
"""What they decided, or let expire: of these it can be said whether somebody answered in time."""


def decision_of(told: Retold) -> Columns:
    signoff = told.signoff
    return {
        "decision.status": signoff.status.value,
        "decision.proceed": signoff.status.proceed,
        "decision.shadow": signoff.requirement.shadow,
        "decision.by": list(told.deciders),
        "decision.reason": _reason(told),
    }


def timeline_of(told: Retold, valid_until: str | None) -> Columns:
    signoff = told.signoff
    opened, decided, due = signoff.opened_at, signoff.decided_at, signoff.expires_at
    looked = [it.looked_at for it in signoff.reviews if it.looked_at]
    shipped = signoff.shipment
    return {
        "timeline.opened_at": stamp(opened),
        "timeline.first_viewed_at": stamp(min(looked)) if looked else None,
        "timeline.decided_at": stamp(decided) if decided else None,
        "timeline.answer_due_at": stamp(due) if due else None,
        "timeline.valid_until": valid_until if signoff.status.proceed else None,
        "timeline.reported_at": stamp(signoff.report.at) if signoff.report else None,
        "timeline.deployed_at": stamp(shipped.at) if shipped else None,
        "timeline.waited_seconds": int((decided - opened).total_seconds()) if decided else None,
        "timeline.answered_in_time": _in_time(signoff),
        "timeline.escalated": signoff.escalated,
        "timeline.events": [
            {"seq": it.seq, "at": stamp(it.event.at), "what": _what(it.event)}
            for it in told.entries
        ],
    }


def emergency_of(signoff: Signoff) -> Columns:
    made = signoff.override
    reviewed = made.reviewed if made else None
    second = made.second_shown if made else None
    return {
        "emergency.overridden": made is not None,
        "emergency.by": made.by if made else None,
        "emergency.proved": made.shown.how if made else None,
        "emergency.second": (made.second or None) if made else None,
        "emergency.second_proved": second.how if second else None,
        "emergency.nth_of_month": (made.nth or None) if made else None,
        "emergency.incident": made.incident if made else None,
        "emergency.reason": made.reason if made else None,
        "emergency.until": stamp(made.until) if made else None,
        "emergency.review_by": stamp(made.review_by) if made else None,
        "emergency.reviewed_by": reviewed.by if reviewed else None,
        "emergency.reviewed_at": stamp(reviewed.at) if reviewed else None,
        "emergency.review_fine": reviewed.fine if reviewed else None,
        "emergency.review_note": reviewed.note if reviewed else None,
    }


def outcome_of(told: Retold) -> Columns:
    report, shipment = told.signoff.report, told.signoff.shipment
    return {
        "outcome.pipeline_took_answer": report.accepted if report else None,
        "outcome.pipeline_said": (report.detail or None) if report else None,
        "outcome.deployed": shipment.succeeded if shipment else None,
        "outcome.deployment_said": (shipment.detail or None) if shipment else None,
        "outcome.deployments": [
            {"at": stamp(it.at), "succeeded": it.succeeded, "detail": it.detail or None}
            for it in told.shipments
        ],
        "outcome.deployed_without_yes": bool(told.unasked),
        "outcome.incident": None,
    }


def _reason(told: Retold) -> str | None:
    signoff = told.signoff
    if signoff.status is Status.SUPERSEDED:
        return f"superseded by {signoff.ended_by}"
    if signoff.status in (Status.APPROVED, Status.REJECTED):
        said = [it.reason for it in signoff.reviews if it.person in told.deciders and it.reason]
        return said[-1] if said else None
    return signoff.ended_why or None


def _in_time(signoff: Signoff) -> bool | None:
    if signoff.status not in PUT_TO_PEOPLE:
        return None
    return signoff.status is not Status.EXPIRED


def _what(event: Event) -> str:
    """Its kind, and whose deed it was or how it went, where that is one word."""
    match event:
        case Reviewed():
            return f"reviewed: {event.review.verdict.value} by {event.review.person}"
        case Released() if event.lapsed:
            return "claim lapsed"
        case Reported():
            return "reported: taken" if event.report.accepted else "reported: refused"
        case Shipped():
            return "shipped" if event.shipment.succeeded else "shipping failed"
        case _:
            return event.kind

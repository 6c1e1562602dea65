"""How did a signoff end, and what did the pipeline do with it?"""

from __future__ import annotations

from typing import assert_never

from bot.domain.people import Roster
from bot.domain.signoff import Shipment, Signoff, Status
from bot.domain.spans import Moment, Ours, Span, Theirs, duration, harmless
from bot.domain.wording import HEADLINES, quoted


def outcome(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    """Who, when, after how long, and why, in this order: nothing while it waits."""
    if signoff.decided_at is None:
        return ()
    took = duration(signoff.decided_at - signoff.opened_at).removesuffix(" 0 min")
    if signoff.status is Status.NOT_REQUIRED:
        return (Ours(_unasked(signoff)),)
    if signoff.status is Status.EXPIRED:
        nobody = Ours(f": nobody decided within {took}")
        return (Ours("Expired "), Moment(signoff.decided_at), nobody)
    when = (Ours(", "), Moment(signoff.decided_at), Ours(f", after {took}"))
    return (Ours(_ended(signoff, roster)), *when, *quoted(_why(signoff)))


def pipeline(signoff: Signoff) -> tuple[Span, ...]:
    """Whether it heard of the decision, and what came of it there."""
    if signoff.decided_at is None:
        return ()
    if signoff.bypassed and signoff.shipment:
        return (
            *_told(signoff),
            Ours(f"; {signoff.change.deed} without a sign-off "),
            Moment(signoff.shipment.at),
        )
    return (*_told(signoff), *(_shipped(signoff.shipment) if signoff.shipment else ()))


def renewed(signoff: Signoff) -> tuple[Span, ...]:
    return (Ours(f"Asked for again as {signoff.renewed_as}"),) if signoff.renewed_as else ()


def _ended(signoff: Signoff, roster: Roster) -> str:
    headline = HEADLINES[signoff.status]
    match signoff.status:
        case Status.APPROVED | Status.REJECTED:
            last = signoff.reviews[-1]
            kept = f" as {last.carried.signoff_id}, the identical change" if last.carried else ""
            return f"{headline} by {roster.name(last.person)}{kept}"
        case Status.SUPERSEDED:
            return f"Replaced by {signoff.ended_by}"
        case Status.WITHDRAWN | Status.OVERRIDDEN:
            by = roster.name(signoff.ended_by) if signoff.ended_by else "the pipeline"
            return f"{headline} by {by}"
        case Status.PENDING | Status.NOT_REQUIRED | Status.EXPIRED:
            return headline
        case _:
            assert_never(signoff.status)


def _unasked(signoff: Signoff) -> str:
    if signoff.requirement.shadow:
        return "Policy is in shadow mode: recorded, and let through"
    return "Policy asks nobody to sign this"


def _why(signoff: Signoff) -> str:
    decided = signoff.status in (Status.APPROVED, Status.REJECTED)
    return signoff.reviews[-1].reason if decided else signoff.ended_why


def _told(signoff: Signoff) -> tuple[Span, ...]:
    report = signoff.report
    word = "go on" if signoff.status.proceed else "stop"
    if not signoff.change.reply_to:
        return (Ours("asks for the answer itself"),)
    if report is None:
        return (Ours(f"is being told to {word}"),)
    if report.accepted and report.detail:
        of = Theirs(harmless(report.detail, 200))
        return (
            Ours("shows what another said of the same commit, "),
            of,
            Ours(", since "),
            Moment(report.at),
        )
    if report.accepted:
        return (Ours(f"was told to {word} "), Moment(report.at))
    detail = Theirs(harmless(report.detail, 200))
    return (Ours("did not accept our answer, "), Moment(report.at), Ours(": "), detail)


def _shipped(shipment: Shipment) -> tuple[Span, ...]:
    word = "deployed" if shipment.succeeded else "failed"
    return (Ours(f"; {word} "), Moment(shipment.at), *quoted(shipment.detail))

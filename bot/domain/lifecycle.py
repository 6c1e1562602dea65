"""What then? The life of a signoff: the only place where its status changes.

`begin` and `advance` are told what happened, and answer with the signoff as it now stands and
what must happen outside because of it. They read no clock, no database and no network: an event
says when it happened, and an effect is only a promise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import NamedTuple, assert_never

from bot.domain.effects import Attest, Effect, Remind, ShowCard, TellPipeline
from bot.domain.errors import TooLate
from bot.domain.events import (
    DeadlinePassed,
    Event,
    Opened,
    Reassessed,
    Reported,
    Reviewed,
    Superseded,
    Withdrawn,
)
from bot.domain.quorum import asks_nobody, check_may_review, check_open, tally
from bot.domain.signoff import DeadlineKind, Signoff, Status


class Step(NamedTuple):
    """How the signoff stands after an event, and what follows outside."""

    signoff: Signoff
    effects: tuple[Effect, ...] = ()


def begin(event: Opened) -> Step:
    """A signoff that nobody has to sign is final on arrival."""
    signoff = Signoff(
        id=event.signoff_id,
        change=event.change,
        provenance=event.provenance,
        contributors=event.contributors,
        requirement=event.requirement,
        opened_at=event.at,
    )
    if event.requirement.shadow or asks_nobody(event.requirement):
        done = replace(signoff, status=Status.NOT_REQUIRED, decided_at=event.at)
        return Step(done, (TellPipeline(Status.NOT_REQUIRED), Attest()))
    return Step(signoff, (ShowCard(),))


def advance(signoff: Signoff, event: Event) -> Step:
    """The next step; raises a Refusal if the rules do not allow it, ValueError if it makes no sense."""
    before = signoff
    signoff = replace(signoff, version=signoff.version + 1)
    match event:
        case Opened():
            raise ValueError(f"{signoff.id} is already open")
        case Reported():
            return Step(replace(signoff, report=event.report), (ShowCard(),))
        case DeadlinePassed():
            return _pass_deadlines(signoff, event) if _is_due(before, event) else Step(before)
        case Reviewed():
            check_open(before)
            return _review(signoff, event)
        case Reassessed():
            check_open(before)
            return _reassess(signoff, event)
        case Superseded():
            check_open(before)
            return _end(replace(signoff, ended_by=event.by), Status.SUPERSEDED, event)
        case Withdrawn():
            check_open(before)
            ended = replace(signoff, ended_by=event.by, ended_why=event.reason)
            return _end(ended, Status.WITHDRAWN, event)
        case _:
            assert_never(event)


def replay(opened: Opened, later: Iterable[Event]) -> Signoff:
    """The signoff that this audit trail describes."""
    return reduce(lambda s, event: advance(s, event).signoff, later, begin(opened).signoff)


def _review(signoff: Signoff, event: Reviewed) -> Step:
    """The deadline is judged here and now: a late scheduler lets no late click through."""
    if signoff.expires_at is not None and signoff.expires_at <= event.at:
        raise TooLate
    standing = {s.person: s for s in event.standings}.get(event.review.person)
    check_may_review(signoff, event.review, standing)
    reviewed = replace(signoff, reviews=(*signoff.reviews, event.review))
    status = tally(reviewed, event.standings)
    return _end(reviewed, status, event) if status.is_final else Step(reviewed, (ShowCard(),))


def _reassess(signoff: Signoff, event: Reassessed) -> Step:
    """Reviews cast under another policy stay in the trail and no longer count.

    What the new deadlines would already have done is done now, but for expiry, which is judged
    like every other.
    """
    past = [deadline for deadline in event.requirement.deadlines if deadline.at <= event.at]
    over = any(deadline.kind is DeadlineKind.EXPIRE for deadline in past)
    widened = not over and any(deadline.kind is DeadlineKind.ESCALATE for deadline in past)
    asked_anew = replace(
        signoff,
        requirement=event.requirement,
        contributors=event.contributors,
        deadlines_passed=0 if over else len(past),
        escalated=signoff.escalated or widened,
    )
    news = (Remind(escalated=True),) if asked_anew.escalated and not signoff.escalated else ()
    return Step(asked_anew, (ShowCard(), *news))


def _is_due(signoff: Signoff, event: DeadlinePassed) -> bool:
    return signoff.next_due is not None and signoff.next_due <= event.at


def _pass_deadlines(signoff: Signoff, event: DeadlinePassed) -> Step:
    """Act on all that is due. Expiry goes first; of several reminders only the newest is spoken."""
    waiting = signoff.requirement.deadlines[signoff.deadlines_passed :]
    due = [deadline for deadline in waiting if deadline.at <= event.at]
    kinds = [deadline.kind for deadline in due]
    signoff = replace(signoff, deadlines_passed=signoff.deadlines_passed + len(due))
    if DeadlineKind.EXPIRE in kinds:
        return _end(signoff, Status.EXPIRED, event)
    if DeadlineKind.ESCALATE in kinds:
        return Step(replace(signoff, escalated=True), (ShowCard(), Remind(escalated=True)))
    return Step(signoff, (Remind(),))


def _end(signoff: Signoff, status: Status, event: Event) -> Step:
    ended = replace(signoff, status=status, decided_at=event.at)
    return Step(ended, (ShowCard(), TellPipeline(status), Attest()))

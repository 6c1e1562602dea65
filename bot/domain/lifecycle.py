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

from bot.domain.effects import AskAuthor, Attest, Effect, Remind, ShowCard, TellPipeline
from bot.domain.errors import TooLate
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
from bot.domain.quorum import (
    asks_nobody,
    check_may_review,
    check_may_set_aside,
    check_open,
    check_took_part,
    tally,
)
from bot.domain.signoff import Asked, DeadlineKind, Signoff, Status, wants_declaration

_OfPeople = Reviewed | Reassessed | Declared | EvidenceSetAside | Superseded | Withdrawn


class Step(NamedTuple):
    """How the signoff stands after an event, and what follows outside."""

    signoff: Signoff
    effects: tuple[Effect, ...] = ()


def begin(event: Opened) -> Step:
    """A signoff that nobody has to sign is final on arrival; so is one that keeps enough approvals."""
    signoff = Signoff(
        id=event.signoff_id,
        change=event.change,
        provenance=event.provenance,
        contributors=event.contributors,
        requirement=event.requirement,
        opened_at=event.at,
        risk=event.risk,
        draw=event.draw,
        since=event.since,
        statements=event.statements,
        set_aside=event.set_aside,
        invited=event.invited,
        reviews=event.carried,
    )
    if event.requirement.shadow or asks_nobody(event.requirement):
        done = replace(signoff, status=Status.NOT_REQUIRED, decided_at=event.at)
        return Step(done, (TellPipeline(Status.NOT_REQUIRED), Attest()))
    if tally(signoff, event.standings) is Status.APPROVED:
        return _end(signoff, Status.APPROVED, event)
    if not wants_declaration(signoff):
        return Step(signoff, (ShowCard(),))
    return Step(replace(signoff, author_asked=True), (ShowCard(), AskAuthor()))


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
        case _:
            check_open(before)
            return _while_open(signoff, event)


def _while_open(signoff: Signoff, event: _OfPeople) -> Step:
    """What people do, and what follows where somebody looks at it anew."""
    match event:
        case Reviewed():
            return _review(signoff, event)
        case Reassessed():
            return _reassess(signoff, event)
        case Declared():
            check_took_part(signoff, event.statement.person)
            said = (*signoff.statements, event.statement)
            return Step(replace(signoff, statements=said), (ShowCard(),))
        case EvidenceSetAside():
            check_may_set_aside(signoff, event.set_aside, event.standing)
            aside = (*signoff.set_aside, event.set_aside)
            return Step(replace(signoff, set_aside=aside), (ShowCard(),))
        case Superseded():
            return _end(replace(signoff, ended_by=event.by), Status.SUPERSEDED, event)
        case Withdrawn():
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
    reviewed = replace(signoff, reviews=(*signoff.reviews, event.review))
    status = tally(reviewed, event.standings)
    check_may_review(signoff, event.review, standing, decides=status.is_final)
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
        provenance=event.provenance or signoff.provenance,
        risk=event.risk or signoff.risk,
        invited=event.invited,
        deadlines_passed=0 if over else len(past),
        escalated=signoff.escalated or widened,
    )
    news = (Remind(escalated=True),) if asked_anew.escalated and not signoff.escalated else ()
    if signoff.author_asked or not wants_declaration(asked_anew):
        return Step(asked_anew, (ShowCard(), *news))
    return Step(replace(asked_anew, author_asked=True), (ShowCard(), *news, AskAuthor()))


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
        invited = _also(signoff.invited, event.invited)
        wider = replace(signoff, escalated=True, invited=invited)
        return Step(wider, (ShowCard(), Remind(escalated=True)))
    return Step(signoff, (Remind(),))


def _also(invited: tuple[Asked, ...], more: tuple[Asked, ...]) -> tuple[Asked, ...]:
    already = {asked.person for asked in invited}
    return (*invited, *(asked for asked in more if asked.person not in already))


def _end(signoff: Signoff, status: Status, event: Event) -> Step:
    ended = replace(signoff, status=status, decided_at=event.at)
    return Step(ended, (ShowCard(), TellPipeline(status), Attest()))

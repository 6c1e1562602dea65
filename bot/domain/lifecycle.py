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

from bot.domain.arranging import arranged
from bot.domain.effects import (
    AskAuthor,
    Attest,
    Effect,
    Remind,
    ShowCard,
    ShowWaiting,
    TakeBack,
    TellPipeline,
)
from bot.domain.errors import AlreadyRenewed, NotExpired, NothingToTakeBack, TooLate
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
from bot.domain.ladder import climb, due, passed, planned_anew
from bot.domain.overriding import (
    check_may_ask,
    check_may_override,
    check_may_review_override,
    reminded,
)
from bot.domain.quorum import (
    asks_nobody,
    check_may_review,
    check_may_set_aside,
    check_open,
    check_took_part,
    counting,
    tally,
)
from bot.domain.signoff import (
    Asked,
    DeadlineKind,
    Requirement,
    Settling,
    Signoff,
    Status,
    wants_declaration,
)

_Arranged = Claimed | Released | Delegated | Inquired | Answered
_Judged = Reassessed | Declared | EvidenceSetAside
_Ended = Superseded | Withdrawn
_Emergency = OverrideAsked | Overridden
_WhileOpen = Reviewed | ReviewTakenBack | Settled | _Arranged | _Judged | _Emergency | _Ended


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
        renews=event.renews,
        renewal=event.renewal,
        along=event.along,
        apart=event.apart,
        unvouched=event.unvouched,
    )
    if event.requirement.shadow or asks_nobody(event.requirement):
        done = replace(signoff, status=Status.NOT_REQUIRED, decided_at=event.at)
        return Step(done, (TellPipeline(Status.NOT_REQUIRED), Attest()))
    if tally(signoff, event.standings) is Status.APPROVED:
        return _end(signoff, Status.APPROVED, event)
    shown = (ShowCard(), ShowWaiting()) if event.change.shows_waiting else (ShowCard(),)
    if not wants_declaration(signoff):
        return Step(signoff, shown)
    return Step(replace(signoff, author_asked=True), (*shown, AskAuthor()))


def advance(signoff: Signoff, event: Event) -> Step:
    """The next step; raises a Refusal if the rules do not allow it, ValueError if it makes no sense."""
    before = signoff
    signoff = replace(signoff, version=signoff.version + 1)
    match event:
        case Opened():
            raise ValueError(f"{signoff.id} is already open")
        case Reported():
            return Step(replace(signoff, report=event.report), (ShowCard(),))
        case Shipped():
            if not before.status.proceed and not event.shipment.succeeded:
                raise ValueError(f"{signoff.id} was not let go on")
            return Step(replace(signoff, shipment=event.shipment), (ShowCard(),))
        case Renewed():
            return _renew(signoff, event)
        case OverrideReviewed():
            return _review_override(signoff, event)
        case DeadlinePassed():
            return _time_passes(before, signoff, event)
        case _:
            check_open(before)
            return _while_open(signoff, event)


def _while_open(signoff: Signoff, event: _WhileOpen) -> Step:
    """What is only possible while it waits."""
    match event:
        case Reviewed():
            return _review(signoff, event)
        case ReviewTakenBack():
            return _take_back(signoff, event)
        case Settled():
            return _settle(signoff, event)
        case Claimed() | Released() | Delegated() | Inquired() | Answered():
            return Step(arranged(signoff, event), (ShowCard(),))
        case Reassessed() | Declared() | EvidenceSetAside():
            return _judge_anew(signoff, event)
        case OverrideAsked() | Overridden():
            return _override(signoff, event)
        case Superseded() | Withdrawn():
            return _drop(signoff, event)
        case _:
            assert_never(event)


def _drop(signoff: Signoff, event: _Ended) -> Step:
    """A person may who had a part in it; the pipeline may where nobody wants to ship it any more."""
    if isinstance(event, Superseded):
        return _end(replace(signoff, ended_by=event.by), Status.SUPERSEDED, event)
    if event.by:
        check_took_part(signoff, event.by)
    ended = replace(signoff, ended_by=event.by, ended_why=event.reason)
    return _end(ended, Status.WITHDRAWN, event)


def _override(signoff: Signoff, event: _Emergency) -> Step:
    """It goes on, and everybody whom it concerns hears of that: their surfaces hang by `ShowCard`."""
    if isinstance(event, OverrideAsked):
        check_may_ask(signoff, event.wanted, event.standing, event.rules)
        return Step(replace(signoff, override_asked=event.wanted), (ShowCard(),))
    it = event.override
    check_may_override(signoff, it, event.standings, event.rules)
    begun = replace(it, reviewed=None, reminded=0, ended=False)
    ended = replace(signoff, override=begun, ended_by=it.by, ended_why=it.reason)
    return _end(ended, Status.OVERRIDDEN, event)


def _review_override(signoff: Signoff, event: OverrideReviewed) -> Step:
    """After the end: it changes nothing of the decision."""
    override = check_may_review_override(signoff, event.review, event.standing, event.rules)
    return Step(replace(signoff, override=replace(override, reviewed=event.review)), (ShowCard(),))


def _time_passes(before: Signoff, after: Signoff, event: DeadlinePassed) -> Step:
    """`after` is one event further than `before`. Of what is over only an override is due: it ends,
    and that nobody has reviewed it is said again.
    """
    if not before.override:
        return _pass_deadlines(after, event) if _is_due(before, event) else Step(before)
    it, effects = before.override, list[Effect]([ShowCard()])
    if before.has_ended(event.at) and not it.ended:
        it = replace(it, ended=True)
        effects.append(TakeBack())
    if it.next_due and it.next_due <= event.at:
        it = reminded(it, event.at)
    changed = it != before.override
    return Step(replace(after, override=it), tuple(effects)) if changed else Step(before)


def _judge_anew(signoff: Signoff, event: _Judged) -> Step:
    """What is known of it changed, or what is made of that."""
    match event:
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


def replay(opened: Opened, later: Iterable[Event]) -> Signoff:
    """The signoff that this audit trail describes."""
    return reduce(lambda s, event: advance(s, event).signoff, later, begin(opened).signoff)


def _review(signoff: Signoff, event: Reviewed) -> Step:
    """The deadline is judged here and now: a late scheduler lets no late click through.

    Where policy gives time to think better of it, enough approvals do not count yet.
    """
    if signoff.expires_at is not None and signoff.expires_at <= event.at:
        raise TooLate
    standing = {s.person: s for s in event.standings}.get(event.review.person)
    reviewed = replace(signoff, reviews=(*signoff.reviews, event.review))
    status = tally(reviewed, event.standings)
    decides = status.is_final and signoff.settling is None
    check_may_review(signoff, event.review, standing, decides=decides)
    if signoff.claim and signoff.claim.person == event.review.person:
        reviewed = replace(reviewed, claim=None)
    if status is Status.PENDING:
        return Step(replace(reviewed, settling=None), (ShowCard(),))
    if status is Status.APPROVED and signoff.requirement.grace:
        enough = tally(signoff, event.standings) is Status.APPROVED
        return Step(_settling(reviewed, event, longer=not enough), (ShowCard(),))
    return _end(reviewed, status, event)


def _settling(signoff: Signoff, event: Reviewed, *, longer: bool) -> Signoff:
    """The time begins with the first approval that was enough, and ends before it expires."""
    until = event.at + signoff.requirement.grace
    ends = [it for it in (until, signoff.expires_at) if it is not None]
    begun = signoff.settling if not longer else None
    approvers = tuple(counting(signoff, event.standings))
    settling = Settling(until=begun.until if begun else min(ends), approvers=approvers)
    return replace(signoff, settling=settling)


def _settle(signoff: Signoff, event: Settled) -> Step:
    """Only those whose approval was enough are asked about: who else approved does not step in."""
    settling = signoff.settling
    if settling is None or settling.until > event.at:
        raise ValueError(f"{signoff.id} has nothing to settle")
    standings = [it for it in event.standings if it.person in settling.approvers]
    settled = replace(signoff, settling=None)
    if tally(settled, standings) is Status.APPROVED:
        return _end(settled, Status.APPROVED, event)
    return Step(settled, (ShowCard(),))


def _take_back(signoff: Signoff, event: ReviewTakenBack) -> Step:
    reviews = tuple(it for it in signoff.reviews if it.person != event.person)
    if len(reviews) == len(signoff.reviews):
        raise NothingToTakeBack
    left = replace(signoff, reviews=reviews)
    return Step(replace(left, settling=_still_settling(left, event)), (ShowCard(),))


def _still_settling(signoff: Signoff, event: ReviewTakenBack) -> Settling | None:
    """What is left of it, if that is enough by itself."""
    if signoff.settling is None:
        return None
    approvers = tuple(it for it in signoff.settling.approvers if it != event.person)
    standings = [it for it in event.standings if it.person in approvers]
    enough = tally(signoff, standings) is Status.APPROVED
    return replace(signoff.settling, approvers=approvers) if enough else None


def _renew(signoff: Signoff, event: Renewed) -> Step:
    if signoff.status is not Status.EXPIRED and not signoff.has_ended(event.at):
        raise NotExpired(status=signoff.status.value.replace("_", " "))
    if event.by:
        check_took_part(signoff, event.by)
    if signoff.renewed_as:
        raise AlreadyRenewed(renewed_as=signoff.renewed_as)
    return Step(replace(signoff, renewed_as=event.renewed_as), (ShowCard(),))


def _reassess(signoff: Signoff, event: Reassessed) -> Step:
    """Reviews cast under another policy stay in the trail and no longer count.

    What the new deadlines would already have done is done now, but for expiry, which is judged
    like every other.
    """
    planned, climbed = planned_anew(signoff, event.requirement, event.at)
    widened = climbed.escalates
    asked_anew = replace(
        planned,
        contributors=event.contributors,
        provenance=event.provenance or signoff.provenance,
        risk=event.risk or signoff.risk,
        invited=event.invited,
        escalated=signoff.escalated or widened,
        settling=_settling_under(event.requirement, signoff),
    )
    news = (Remind(escalated=True),) if asked_anew.escalated and not signoff.escalated else ()
    if signoff.author_asked or not wants_declaration(asked_anew):
        return Step(asked_anew, (ShowCard(), *news))
    return Step(replace(asked_anew, author_asked=True), (ShowCard(), *news, AskAuthor()))


def _settling_under(requirement: Requirement, signoff: Signoff) -> Settling | None:
    """Approvals under another policy do not count, so nothing of them settles."""
    same = requirement.policy_digest == signoff.requirement.policy_digest
    return signoff.settling if same else None


def _is_due(signoff: Signoff, event: DeadlinePassed) -> bool:
    waiting = signoff.next_deadlines
    return bool(waiting) and waiting[0].at <= event.at and not signoff.status.is_final


def _pass_deadlines(signoff: Signoff, event: DeadlinePassed) -> Step:
    """Act on all that is due. Expiry goes first; of several reminders only the newest is spoken."""
    kinds = [deadline.kind for deadline in due(signoff, event.at)]
    news, behind = climb(signoff, event.at), passed(signoff, event.at)
    if DeadlineKind.EXPIRE in kinds:
        return _end(
            replace(signoff, deadlines_passed=behind.deadlines_passed), Status.EXPIRED, event
        )
    spoken = (Remind(escalated=news.escalates),) if news.reminds or news.escalates else ()
    if not news.invites:
        return Step(behind, spoken)
    wider = replace(behind, invited=_also(signoff.invited, event.invited))
    return Step(wider, (ShowCard(), *spoken))


def _also(invited: tuple[Asked, ...], more: tuple[Asked, ...]) -> tuple[Asked, ...]:
    already = {asked.person for asked in invited}
    return (*invited, *(asked for asked in more if asked.person not in already))


def _end(signoff: Signoff, status: Status, event: Event) -> Step:
    ended = replace(signoff, status=status, decided_at=event.at, settling=None, claim=None)
    return Step(ended, (ShowCard(), TellPipeline(status), Attest()))

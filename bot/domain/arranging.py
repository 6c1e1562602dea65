"""What do reviewers arrange among themselves, and with the author, before one of them decides?

None of it changes a status: whoever may decide may do so whatever was arranged.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.errors import (
    AlreadyAnswered,
    AlreadyClaimed,
    NoSuchQuestion,
    NotClaimed,
    NotTheirs,
    ReasonMissing,
    TheirOwnChange,
    TheySaid,
    TooManyHands,
    TooManyQuestions,
    Yourself,
)
from bot.domain.events import Answered, Claimed, Delegated, Inquired, Released
from bot.domain.people import Standing
from bot.domain.quorum import (
    check_may_take_part,
    check_says_why,
    check_took_part,
    is_current,
    is_eligible,
    wanted,
)
from bot.domain.signoff import Asked, Inquiry, Signoff

QUESTIONS_AT_MOST, HANDS_AT_MOST = 20, 50

Arrangement = Claimed | Released | Delegated | Inquired | Answered


def arranged(signoff: Signoff, event: Arrangement) -> Signoff:
    """Raises the Refusal that says why not."""
    match event:
        case Claimed():
            return _claimed(signoff, event)
        case Released():
            return _released(signoff, event)
        case Delegated():
            return _delegated(signoff, event)
        case Inquired():
            return _inquired(signoff, event)
        case Answered():
            return _answered(signoff, event)


def check_may_be_asked(signoff: Signoff, person: str, standing: Standing | None) -> None:
    """Raise the Refusal that says why this person cannot be asked to review."""
    if person in signoff.contributors.people:
        raise TheirOwnChange
    if not is_eligible(signoff, standing):
        raise NotTheirs(wanted=wanted(signoff))
    if any(it.person == person and is_current(signoff, it) for it in signoff.reviews):
        raise TheySaid


def check_room_for_question(signoff: Signoff) -> None:
    """Raise TooManyQuestions once there are as many as anybody can read."""
    count = len(signoff.inquiries)
    if count >= QUESTIONS_AT_MOST:
        raise TooManyQuestions(count=str(count))


def question_to_answer(signoff: Signoff, number: int) -> Inquiry:
    """Raises NoSuchQuestion or AlreadyAnswered."""
    asked = next((it for it in signoff.inquiries if it.number == number), None)
    if asked is None:
        raise NoSuchQuestion
    if asked.answered_at is not None:
        raise AlreadyAnswered
    return asked


def _claimed(signoff: Signoff, event: Claimed) -> Signoff:
    """The same person again makes it longer."""
    check_may_take_part(signoff, event.claim.person, event.standing)
    held = signoff.claim
    if held and held.person != event.claim.person and held.until > event.at:
        raise AlreadyClaimed
    return replace(signoff, claim=event.claim)


def _released(signoff: Signoff, event: Released) -> Signoff:
    if signoff.claim is None or signoff.claim.person != event.person:
        raise NotClaimed
    return replace(signoff, claim=None)


def _delegated(signoff: Signoff, event: Delegated) -> Signoff:
    """Whoever passes it on is asked no more, and may still decide."""
    passed = event.delegation
    if len(signoff.delegations) >= HANDS_AT_MOST:
        raise TooManyHands(count=str(len(signoff.delegations)))
    standings = {standing.person: standing for standing in event.standings}
    check_may_take_part(signoff, passed.by, standings.get(passed.by))
    if passed.to == passed.by:
        raise Yourself
    check_may_be_asked(signoff, passed.to, standings.get(passed.to))
    check_says_why(passed.reason)
    others = (it for it in signoff.invited if it.person not in (passed.by, passed.to))
    kept = None if signoff.claim and signoff.claim.person == passed.by else signoff.claim
    return replace(
        signoff,
        invited=(*others, Asked(person=passed.to)),
        delegations=(*signoff.delegations, passed),
        claim=kept,
    )


def _inquired(signoff: Signoff, event: Inquired) -> Signoff:
    check_may_take_part(signoff, event.standing.person, event.standing)
    check_room_for_question(signoff)
    if not event.question.strip():
        raise ReasonMissing
    inquiry = Inquiry(
        number=len(signoff.inquiries) + 1,
        by=event.standing.person,
        at=event.at,
        question=event.question,
    )
    return replace(signoff, inquiries=(*signoff.inquiries, inquiry))


def _answered(signoff: Signoff, event: Answered) -> Signoff:
    check_took_part(signoff, event.by)
    asked = question_to_answer(signoff, event.number)
    if not event.answer.strip():
        raise ReasonMissing
    answered = replace(asked, answer=event.answer, answered_by=event.by, answered_at=event.at)
    inquiries = (answered if it is asked else it for it in signoff.inquiries)
    return replace(signoff, inquiries=tuple(inquiries))

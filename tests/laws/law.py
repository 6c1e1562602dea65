"""What do the laws say, in other words than the code's? A second opinion, kept apart from it.

Nothing here uses `quorum` or `lifecycle`: who is eligible and what must follow is computed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from bot.domain.effects import Attest, TellPipeline
from bot.domain.errors import Refusal
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
    Reported,
    Reviewed,
    ReviewTakenBack,
    Settled,
    Superseded,
    Withdrawn,
)
from bot.domain.people import Standing
from bot.domain.signoff import Ask, DeadlineKind, Review, Signoff, Status, Verdict
from tests.laws.emergencies import check_emergency, lawful


class Lifecycle(Protocol):
    """The thing on trial: the module `lifecycle`, or a mutant of it."""

    begin: Any
    advance: Any
    replay: Any


def eligible(signoff: Signoff, standing: Standing | None) -> bool:
    return any(fits(signoff, ask, standing) for ask in signoff.requirement.asks)


def fits(signoff: Signoff, ask: Ask, standing: Standing | None) -> bool:
    if standing is None or standing.person in signoff.contributors.people:
        return False
    ladder = list(signoff.requirement.levels)
    circle = set(ask.groups) | (set(ask.wider) if signoff.escalated else set())
    if standing.level not in ladder or ask.level not in ladder:
        return False
    within = standing.person in set(ask.people) or bool(circle & standing.groups)
    return ladder.index(standing.level) >= ladder.index(ask.level) and within


def silent(signoff: Signoff) -> bool:
    """Whether nobody who had a part has answered if AI helped, where policy insists on it."""
    settled = ("assisted", "declared_human", "automation")
    own = [said for said in signoff.statements if said.revision == signoff.change.revision]
    return (
        signoff.requirement.declaration.value == "required"
        and signoff.provenance.status.value not in settled
        and not own
    )


def current_words(signoff: Signoff, reviews: Iterable[Review]) -> dict[str, Review]:
    """Each person's latest review, if it is about this revision under this policy."""
    latest: dict[str, Review] = {}
    for review in reviews:
        latest[review.person] = review
    return {
        person: review
        for person, review in latest.items()
        if review.revision == signoff.change.revision
        and review.policy_digest == signoff.requirement.policy_digest
        and complete(signoff, review)
    }


def complete(signoff: Signoff, review: Review) -> bool:
    """Whether it says what is asked of it by now."""
    asked = signoff.requirement
    if review.verdict is Verdict.REJECT:
        return gives_reason(review.reason)
    return (
        (not asked.approve_reason or gives_reason(review.reason))
        and set(asked.checklist) <= set(review.checklist)
        and (not asked.step_up or sworn(review))
    )


def sworn(review: Review) -> bool:
    """Law 1b: signed by the person's own key, for this revision and no other."""
    return (
        review.proved == "web-oidc+webauthn"
        and review.assertion is not None
        and review.carried is None
    )


def gives_reason(words: str) -> bool:
    """A few letters or digits; a full stop is no reason."""
    return len([char for char in words if char.isalpha() or char.isdigit()]) > 2


def verdict_of(signoff: Signoff, standings: Iterable[Standing]) -> Status:
    """Law 1: what the reviews of a signoff come to at this moment."""
    now = {standing.person: standing for standing in standings}
    words = {
        person: review
        for person, review in current_words(signoff, signoff.reviews).items()
        if eligible(signoff, now.get(person))
    }
    if any(review.verdict is Verdict.REJECT for review in words.values()):
        return Status.REJECTED
    met = [
        sum(fits(signoff, ask, now[person]) for person in words) >= ask.approvals
        for ask in signoff.requirement.asks
    ]
    enough = words and met and all(met) and not silent(signoff)
    return Status.APPROVED if enough else Status.PENDING


def expiry(signoff: Signoff) -> Any:
    moments = [d.at for d in signoff.requirement.deadlines if d.kind is DeadlineKind.EXPIRE]
    return min(moments, default=None)


def over(signoff: Signoff, event: Event) -> bool:
    end = expiry(signoff)
    return end is not None and end <= event.at


def allowed(signoff: Signoff, event: Event) -> bool:
    """Laws 1, 2, 6, 7: whether this may happen to this signoff."""
    if isinstance(event, Reported | DeadlinePassed):
        return True
    if isinstance(event, OverrideAsked | Overridden | OverrideReviewed):
        reviews = isinstance(event, OverrideReviewed)
        may_sign = reviews and eligible(signoff, event.standing)
        return lawful(signoff, event, over=over(signoff, event), may_sign=may_sign)
    return signoff.status is Status.PENDING and allowed_while_open(signoff, event)


def allowed_while_open(signoff: Signoff, event: Event) -> bool:
    if isinstance(event, ReviewTakenBack):
        return any(review.person == event.person for review in signoff.reviews)
    if isinstance(event, Claimed | Released | Delegated | Inquired | Answered):
        return arranged_lawfully(signoff, event)
    if isinstance(event, Declared | Withdrawn):
        return who_says_so(event) in {*signoff.contributors.people, *nobody(event)}
    if isinstance(event, EvidenceSetAside):
        mine = event.standing.person == event.set_aside.by
        ladder = list(signoff.requirement.levels)
        high = "senior" not in ladder or (
            event.standing.level in ladder
            and ladder.index(event.standing.level) >= ladder.index("senior")
        )
        said_why = gives_reason(event.set_aside.reason)
        return mine and eligible(signoff, event.standing) and high and said_why
    if not isinstance(event, Reviewed):
        return True
    review = event.review
    standing = next((s for s in event.standings if s.person == review.person), None)
    before = current_words(signoff, signoff.reviews).get(review.person)
    asked = signoff.requirement
    form = gives_reason(review.reason) or (
        review.verdict is Verdict.APPROVE and not asked.approve_reason
    )
    points = review.verdict is Verdict.REJECT or set(asked.checklist) <= set(review.checklist)
    return (
        not over(signoff, event)
        and eligible(signoff, standing)
        and review.revision == signoff.change.revision
        and review.policy_digest == asked.policy_digest
        and form
        and points
        and (review.verdict is Verdict.REJECT or not asked.step_up or sworn(review))
        and not (review.verdict is Verdict.APPROVE and silent(signoff))
        and not (before and before.verdict is review.verdict and not decides(signoff, event))
    )


def who_says_so(event: Declared | Withdrawn) -> str:
    return event.by if isinstance(event, Withdrawn) else event.statement.person


def nobody(event: Declared | Withdrawn) -> set[str]:
    """The pipeline may take back what it told of; it has no name."""
    return {""} if isinstance(event, Withdrawn) else set()


def arranged_lawfully(
    signoff: Signoff, event: Claimed | Released | Delegated | Inquired | Answered
) -> bool:
    """Whoever may review may say who looks at it; whoever had a part may answer."""
    held = signoff.claim
    match event:
        case Claimed(claim=claim, standing=who):
            free = held is None or held.person == claim.person or held.until <= event.at
            return who.person == claim.person and eligible(signoff, who) and free
        case Released():
            return held is not None and held.person == event.person
        case Delegated(delegation=it, standings=both):
            who = {standing.person: standing for standing in both}
            said = current_words(signoff, signoff.reviews)  # what does not count may be asked anew
            able = eligible(signoff, who.get(it.by)) and eligible(signoff, who.get(it.to))
            return able and it.by != it.to and it.to not in said and gives_reason(it.reason)
        case Inquired(standing=who):
            return eligible(signoff, who) and bool(event.question.strip())
        case Answered():
            open_ones = {it.number for it in signoff.inquiries if not it.answer}
            had_part = event.by in signoff.contributors.people
            return had_part and event.number in open_ones and bool(event.answer.strip())


def decides(signoff: Signoff, event: Reviewed) -> bool:
    """Saying the same again is news where it decides: less may be asked by now."""
    said = replace(signoff, reviews=(*signoff.reviews, event.review))
    return signoff.settling is None and verdict_of(said, event.standings) is not Status.PENDING


def check_step(before: Signoff, event: Event, after: Signoff) -> None:
    """What one event that was let through has made of a signoff."""
    if before.status is not Status.PENDING:
        assert after.status is before.status, "law 2: final is final"
        assert (after.reviews, after.decided_at) == (before.reviews, before.decided_at)
        return
    match event:
        case Reviewed():
            assert after.reviews == (*before.reviews, event.review)
            check_verdict(before, event, after)
        case Settled():
            check_settled(before, event, after)
        case Superseded():
            assert after.status is Status.SUPERSEDED, "law 2: it is superseded"
        case Withdrawn():
            assert after.status is Status.WITHDRAWN
        case Overridden():
            assert after.reviews == before.reviews
        case DeadlinePassed():
            wanted = Status.EXPIRED if over(before, event) else Status.PENDING
            assert after.status is wanted, "law 6"
        case _:
            assert after.status is Status.PENDING, "only people and time decide"
            check_words(before, event, after)
    check_escalation(before, event, after)


def check_words(before: Signoff, event: Event, after: Signoff) -> None:
    """What is known of it has changed, and nothing else."""
    match event:
        case Reassessed():
            now = (event.requirement, event.contributors)
            assert (after.requirement, after.contributors) == now, "law 1: as it is now"
            assert after.provenance == event.provenance
        case Declared():
            assert after.statements == (*before.statements, event.statement)
        case EvidenceSetAside():
            assert after.set_aside == (*before.set_aside, event.set_aside)
        case ReviewTakenBack():
            left = tuple(review for review in before.reviews if review.person != event.person)
            assert after.reviews == left
            if after.settling:
                theirs = [it for it in event.standings if it.person in after.settling.approvers]
                assert event.person not in after.settling.approvers
                assert verdict_of(after, theirs) is Status.APPROVED, "what is left is enough"
        case Claimed() | Released() | Delegated() | Inquired() | Answered():
            assert after.reviews == before.reviews, "nothing that is arranged is a review"
            assert after.requirement == before.requirement
            contributors = after.contributors.people
            asked = {it.person for it in after.invited} - {it.person for it in before.invited}
            assert not asked & contributors, "law 1: nobody who had a part is asked"


def check_verdict(before: Signoff, event: Reviewed, after: Signoff) -> None:
    """Where there is time to think better of it, enough approvals only begin to settle."""
    verdict, grace = verdict_of(after, event.standings), before.requirement.grace
    if verdict is Status.APPROVED and grace:
        assert after.status is Status.PENDING, "law 1: it does not count yet"
        assert after.settling
        enough_before = verdict_of(before, event.standings) is Status.APPROVED
        begun = before.settling.until if before.settling and enough_before else event.at + grace
        end = expiry(before)
        assert after.settling.until == (min(begun, end) if end else begun)
    else:
        assert after.status is verdict, "law 1"
        assert after.settling is None, "what is not enough does not settle"


def check_settled(before: Signoff, event: Settled, after: Signoff) -> None:
    """Law 1, at the moment when it counts; of those alone whose approvals were enough."""
    assert before.settling
    assert before.settling.until <= event.at
    theirs = [it for it in event.standings if it.person in before.settling.approvers]
    assert after.settling is None
    assert after.status is verdict_of(after, theirs) or (
        after.status is Status.PENDING and verdict_of(after, theirs) is Status.REJECTED
    ), "law 1"


def check_escalation(before: Signoff, event: Event, after: Signoff) -> None:
    """The circle widens in its time, not before."""
    if after.escalated and not before.escalated:
        due = after.requirement.deadlines
        assert any(d.kind is DeadlineKind.ESCALATE and d.at <= event.at for d in due)


def check_life(lifecycle: Lifecycle, opening: Opened, makers: Sequence[Any]) -> Signoff:
    """Lead one signoff through a life and check every step. `makers` turn it into its next event."""
    signoff, effects = lifecycle.begin(opening)
    check_opening(opening, signoff)
    promised, trail = list(effects), []
    for make in makers:
        event = make(signoff)
        lawful = allowed(signoff, event)
        try:
            after, effects = lifecycle.advance(signoff, event)
        except Refusal:
            assert not lawful, "it was refused, and is allowed"
            continue
        assert lawful, "it was let through, and is not allowed"
        check_step(signoff, event, after)
        check_emergency(signoff, event, after, effects)
        promised += effects
        trail += [event] if after != signoff else []
        signoff = after
        check_promises(signoff, promised)
    assert lifecycle.replay(opening, trail) == signoff, "law 5"
    return signoff


def check_opening(opening: Opened, signoff: Signoff) -> None:
    """Law 1, where approvals of the identical change came along."""
    if opening.requirement.shadow or all(ask.approvals == 0 for ask in opening.requirement.asks):
        return
    kept = verdict_of(signoff, opening.standings)
    wanted = Status.APPROVED if kept is Status.APPROVED else Status.PENDING
    assert signoff.status is wanted, "law 1: kept approvals count like fresh ones"


def check_promises(signoff: Signoff, promised: Sequence[object]) -> None:
    """Law 4: one decision, told once, and as it is; nothing is told before."""
    told = [effect.status for effect in promised if isinstance(effect, TellPipeline)]
    attested = sum(isinstance(effect, Attest) for effect in promised)
    final = signoff.status is not Status.PENDING
    assert not final or (signoff.settling, signoff.claim) == (None, None)
    assert told == ([signoff.status] if final else []), "law 4"
    assert attested == final

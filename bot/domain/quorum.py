"""Who may review, and when is it enough?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.domain.errors import (
    AlreadyDecided,
    AlreadyReviewed,
    ChecklistOpen,
    DeclarationMissing,
    NotAReviewer,
    NotSenior,
    NotYours,
    OwnChange,
    PolicyChanged,
    ReasonMissing,
    StaleRevision,
    StepUpMissing,
)
from bot.domain.people import Standing
from bot.domain.signoff import (
    BY_KEY,
    Ask,
    Declaration,
    Requirement,
    Review,
    SetAside,
    Signoff,
    Status,
    Verdict,
    wants_declaration,
)
from bot.domain.spans import harmless

SENIOR = "senior"
"""Whoever takes evidence away is at least this; a ladder without it leaves it to the reviewers."""

LETTERS_AT_LEAST, LOOKED_AT = 3, 1000
"""Letters or digits without which a reason is none, and how far it is looked for them."""


def says_why(reason: str) -> bool:
    """Whether somebody gave a reason: "." is none, whatever it is asked for."""
    return sum(char.isalnum() for char in harmless(reason, LOOKED_AT)) >= LETTERS_AT_LEAST


def check_says_why(reason: str) -> None:
    """Raise ReasonMissing unless there is a reason."""
    if not says_why(reason):
        raise ReasonMissing


def is_eligible(signoff: Signoff, standing: Standing | None) -> bool:
    """Whether this person's approval would count, as they stand now."""
    if standing is None or standing.person in signoff.contributors.people:
        return False
    return any(_fits(signoff, ask, standing) for ask in signoff.requirement.asks)


def check_open(signoff: Signoff) -> None:
    """Raise AlreadyDecided unless it still waits."""
    if signoff.status.is_final:
        raise AlreadyDecided(status=signoff.status.value.replace("_", " "))


def check_may_decide(
    signoff: Signoff, person: str, revision: str, policy_digest: str, standing: Standing | None
) -> None:
    """Raise the Refusal that explains why no review of this person may count, if there is one.

    `revision` and `policy_digest` are those of the card the person looks at.
    """
    check_open(signoff)
    if person in signoff.contributors.people:
        raise OwnChange
    if not is_eligible(signoff, standing):
        raise NotAReviewer(wanted=wanted(signoff))
    if revision != signoff.change.revision:
        raise StaleRevision
    if policy_digest != signoff.requirement.policy_digest:
        raise PolicyChanged


def check_may_take_part(signoff: Signoff, person: str, standing: Standing | None) -> None:
    """Raise the Refusal that says why this person has no say in who looks at it."""
    check_open(signoff)
    if person in signoff.contributors.people:
        raise OwnChange
    if standing is None or standing.person != person or not is_eligible(signoff, standing):
        raise NotAReviewer(wanted=wanted(signoff))


def check_may_review(
    signoff: Signoff, review: Review, standing: Standing | None, *, decides: bool = False
) -> None:
    """Raise the Refusal that explains why this review may not count, if there is one.

    The same verdict again is none, unless it `decides`: less may be asked by now than it was.
    """
    check_may_decide(signoff, review.person, review.revision, review.policy_digest, standing)
    if review.verdict is Verdict.APPROVE and awaits_declaration(signoff):
        raise DeclarationMissing
    if not is_proved(signoff.requirement, review):
        raise StepUpMissing
    _check_form(signoff.requirement, review)
    if not decides:
        check_is_news(signoff, review.person, review.verdict)


def check_is_news(signoff: Signoff, person: str, verdict: Verdict) -> None:
    """Raise AlreadyReviewed if that is what this person says of it already."""
    previous = _latest(signoff.reviews).get(person)
    if previous and is_current(signoff, previous) and previous.verdict is verdict:
        raise AlreadyReviewed(verdict=verdict.value, missing=missing(signoff))


def check_took_part(signoff: Signoff, person: str) -> None:
    """Raise NotYours unless this person had a part in the change."""
    if person not in signoff.contributors.people:
        raise NotYours


def check_may_set_aside(signoff: Signoff, set_aside: SetAside, standing: Standing) -> None:
    """Raise the Refusal that explains why this person may not take evidence away."""
    if set_aside.by in signoff.contributors.people:
        raise OwnChange
    if standing.person != set_aside.by or not is_eligible(signoff, standing):
        raise NotAReviewer(wanted=wanted(signoff))
    levels = signoff.requirement.levels
    if SENIOR in levels and levels.index(standing.level) < levels.index(SENIOR):
        raise NotSenior(level=SENIOR)
    check_says_why(set_aside.reason)


def awaits_declaration(signoff: Signoff) -> bool:
    """Whether nobody may approve yet: policy wants to know first whether AI helped."""
    required = signoff.requirement.declaration is Declaration.REQUIRED
    return required and wants_declaration(signoff)


def tally(signoff: Signoff, standings: Iterable[Standing]) -> Status:
    """Pending, approved or rejected. A person's latest review counts; one rejection stops.

    `standings` are those of everybody who reviewed, at this very moment: whoever lost their
    level, left the group or turned out to be a contributor no longer counts.
    """
    now = {standing.person: standing for standing in standings}
    counted = counting(signoff, now.values())
    if Verdict.REJECT in counted.values():
        return Status.REJECTED
    approvers = [now[person] for person in counted]
    asks = signoff.requirement.asks
    enough = all(_approvals(signoff, ask, approvers) >= ask.approvals for ask in asks)
    decided = bool(approvers) and enough and not awaits_declaration(signoff)
    return Status.APPROVED if decided else Status.PENDING


def counting(signoff: Signoff, standings: Iterable[Standing]) -> Mapping[str, Verdict]:
    """Whose reviews count now, and what they say."""
    now = {standing.person: standing for standing in standings}
    return {
        person: review.verdict
        for person, review in _latest(signoff.reviews).items()
        if is_current(signoff, review) and is_eligible(signoff, now.get(person))
    }


def asks_nobody(requirement: Requirement) -> bool:
    """Whether policy says, in so many words, that nobody has to sign."""
    return bool(requirement.asks) and all(ask.approvals == 0 for ask in requirement.asks)


def wanted(signoff: Signoff) -> str:
    """Who is needed, in words: "1 senior or above from payments-seniors"."""
    groups = [
        (*sorted(_groups(signoff, ask)), *sorted(ask.people)) for ask in signoff.requirement.asks
    ]
    return " and ".join(
        f"{ask.approvals} × {ask.level} or above from {' or '.join(names) or 'nobody'}"
        for ask, names in zip(signoff.requirement.asks, groups, strict=True)
        if ask.approvals
    )


def missing(signoff: Signoff) -> str:
    """How many approvals are still missing, as a sentence."""
    if signoff.settling:
        return "It counts in a moment."
    approved = {
        person
        for person, review in _latest(signoff.reviews).items()
        if review.verdict is Verdict.APPROVE and is_current(signoff, review)
    }
    most = max((ask.approvals for ask in signoff.requirement.asks), default=1)
    left = max(most - len(approved), 1)
    return f"{left} more approval{'s' if left > 1 else ''} needed."


def is_met_by(requirement: Requirement, standings: Iterable[Standing]) -> bool:
    """Whether these could approve it, all together, before anybody else joins its circles."""
    people = {standing.person: standing for standing in standings}.values()
    return all(
        sum(_measures_up(requirement, ask, ask.groups, it) for it in people) >= ask.approvals
        for ask in requirement.asks
    )


def _fits(signoff: Signoff, ask: Ask, standing: Standing) -> bool:
    return _measures_up(signoff.requirement, ask, _groups(signoff, ask), standing)


def _measures_up(
    requirement: Requirement, ask: Ask, groups: frozenset[str], standing: Standing
) -> bool:
    levels = requirement.levels
    if standing.level not in levels or ask.level not in levels:
        return False
    high_enough = levels.index(standing.level) >= levels.index(ask.level)
    within = standing.person in ask.people or bool(standing.groups & groups)
    return high_enough and within


def _groups(signoff: Signoff, ask: Ask) -> frozenset[str]:
    """Some join on a later rung of the ladder than others."""
    return ask.groups | ask.wider - signoff.waits_to_join if signoff.escalated else ask.groups


def _approvals(signoff: Signoff, ask: Ask, approvers: Iterable[Standing]) -> int:
    return len({standing.person for standing in approvers if _fits(signoff, ask, standing)})


def _latest(reviews: Iterable[Review]) -> Mapping[str, Review]:
    return {review.person: review for review in reviews}


def is_current(signoff: Signoff, review: Review) -> bool:
    """Whether it is about this revision, under this policy, and says all that is asked by now."""
    return (
        review.revision == signoff.change.revision
        and review.policy_digest == signoff.requirement.policy_digest
        and is_in_form(signoff.requirement, review)
    )


def is_in_form(requirement: Requirement, review: Review) -> bool:
    """Whether it has the proof, the reason and the points that a verdict of its sort needs."""
    return (
        is_proved(requirement, review)
        and _has_reason(requirement, review)
        and _has_points(requirement, review)
    )


def is_proved(requirement: Requirement, review: Review) -> bool:
    """Whether, where policy wants that, their own key signed this very approval.

    One that was carried on was signed for another revision. Rejecting stops, and takes no key.
    """
    if not requirement.step_up or review.verdict is Verdict.REJECT:
        return True
    signed = review.proved == BY_KEY and review.assertion is not None
    return signed and review.carried is None


def _has_reason(requirement: Requirement, review: Review) -> bool:
    wanted = review.verdict is Verdict.REJECT or requirement.approve_reason
    return says_why(review.reason) or not wanted


def _has_points(requirement: Requirement, review: Review) -> bool:
    rejects = review.verdict is Verdict.REJECT
    return rejects or set(requirement.checklist) <= set(review.checklist)


def _check_form(requirement: Requirement, review: Review) -> None:
    if not _has_reason(requirement, review):
        raise ReasonMissing
    if not _has_points(requirement, review):
        raise ChecklistOpen

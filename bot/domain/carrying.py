"""Which reviews may a new revision keep? Those of the identical change, where no more is asked.

Identical means the same diff to the same places against its base: a rebase, or a merge of the
base. Never to another environment, never what was cast more than a day ago, never what a security
key signed (it signed one revision), and only approvals of people who, as the chat said lately, still
are members.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.asks import asks_no_more
from bot.domain.change import Change, Identity
from bot.domain.people import Contributors, Roster
from bot.domain.provenance import Statement
from bot.domain.quorum import is_in_form
from bot.domain.risk import Risk
from bot.domain.risk.diffs import whole_digest
from bot.domain.signoff import (
    BY_KEY,
    Carried,
    Requirement,
    Review,
    Signoff,
    Since,
    Status,
    Verdict,
)
from bot.domain.spans import harmless

KEPT_FOR = timedelta(days=1)
FILES_SHOWN, NAMES_SHOWN = 5, 3


def since(before: Signoff, change: Change, roster: Roster) -> Since:
    """What is different from the revision that was asked about before, and by whom."""
    identical = _identical(before.change, change)
    old = {
        (file.path, file.digest or None, file.additions, file.deletions)
        for file in before.change.files
    }
    new = {
        (file.path, file.digest or None, file.additions, file.deletions) for file in change.files
    }
    differing = () if identical else sorted({entry[0] for entry in old ^ new})
    return Since(
        signoff_id=before.id,
        revision=before.change.revision,
        identical=identical,
        files=tuple(harmless(path, 100) for path in differing[:FILES_SHOWN]),
        more=max(len(differing) - FILES_SHOWN, 0),
        by=_by(before.change, change, roster),
    )


def carried(
    before: Signoff,
    change: Change,
    requirement: Requirement,
    contributors: Contributors,
    risk: Risk | None,
    at: datetime,
    *,
    is_member: Callable[[str], bool],
) -> tuple[Review, ...]:
    """The approvals of `before` that count for the identical `change`, as cast on it."""
    allowed = (
        requirement.carry
        and before.status not in (Status.REJECTED, Status.WITHDRAWN)
        and before.change.revision != change.revision
        and _same_place(before.change, change)
        and _no_riskier(before.risk, risk)
        and asks_no_more(requirement, before.requirement)
    )
    if not allowed or not _identical(before.change, change):
        return ()
    latest = {review.person: review for review in before.reviews}
    return tuple(
        replace(
            review,
            revision=change.revision,
            policy_digest=requirement.policy_digest,
            carried=review.carried or _place(before, review),
        )
        for review in latest.values()
        if _may_stay(review, before)
        and at - review.at >= before.requirement.grace  # it might still have been taken back
        and is_in_form(requirement, review)
        and at - review.at <= KEPT_FOR
        and review.person not in contributors.people
        and is_member(review.person)
    )


def restated(before: Signoff, change: Change) -> tuple[Statement, ...]:
    """What was said of the identical revision before is said of this one."""
    return tuple(
        replace(said, revision=change.revision)
        for said in before.statements
        if said.revision == before.change.revision
    )


def _place(before: Signoff, review: Review) -> Carried:
    return Carried(
        signoff_id=before.id, revision=review.revision, policy_digest=review.policy_digest
    )


def _no_riskier(before: Risk | None, risk: Risk | None) -> bool:
    """Nothing speaks for a risk that did not speak before: a failed check, an incident, a freeze."""
    if before is None or risk is None:
        return False
    known = {(it.kind, it.tier) for it in before.reasons}
    return {(it.kind, it.tier) for it in risk.reasons} <= known


def _may_stay(review: Review, before: Signoff) -> bool:
    return (
        review.verdict is Verdict.APPROVE
        and review.revision == before.change.revision
        and review.policy_digest == before.requirement.policy_digest
        and review.assertion is None
        and review.proved != BY_KEY
    )


def _identical(before: Change, change: Change) -> bool:
    """The same files, to the byte and the place, and the same plan and bounds around them."""
    digest = whole_digest(change)
    return (
        bool(digest)
        and digest == whole_digest(before)
        and (before.plan, before.scaling) == (change.plan, change.scaling)
    )


def _same_place(before: Change, change: Change) -> bool:
    return (
        bool(change.lineage)
        and before.base_branch == change.base_branch
        and (before.connection, before.repository, before.environment, before.lineage, before.kind)
        == (change.connection, change.repository, change.environment, change.lineage, change.kind)
    )


def _by(before: Change, change: Change, roster: Roster) -> tuple[str, ...]:
    """Who pushed, or, where nobody says so, who made the commits that are new."""
    known = {commit.sha for commit in before.commits}
    new = [commit.author for commit in change.commits if commit.sha not in known]
    names = dict.fromkeys(_name(who, roster) for who in (*change.pushers, *new))
    return tuple(names)[:NAMES_SHOWN]


def _name(who: Identity, roster: Roster) -> str:
    person = roster.identify(who)
    return person.name if person else harmless(str(who), 60)

"""What changed, how risky was it, was it AI, who had a part, and what was asked of whom?

Addresses of people stand nowhere: a record is handed on for years.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.change import Change, Identity
from bot.domain.evidence.findings import Finding
from bot.domain.people import Standing
from bot.domain.retelling import Retold
from bot.domain.risk.reasons import ROLL_BACK
from bot.domain.signoff import Review, Signoff, Verdict
from bot.domain.statement import digest_of, stamp, veiled

Columns = dict[str, object]

_TICKET = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]{1,9}-[1-9][0-9]{0,9}(?![0-9])")


def change_of(signoff: Signoff) -> Columns:
    change = signoff.change
    return {
        "change.connection": change.connection,
        "change.key": change.key,
        "change.kind": change.kind.value,
        "change.repository": change.repository,
        "change.repository_id": None,
        "change.revision": change.revision,
        "change.tree": change.tree or None,
        "change.base_revision": change.base_revision or None,
        "change.base_branch": change.base_branch or None,
        "change.branch": change.branch or None,
        "change.lineage": change.lineage or None,
        "change.url": change.link or change.url or None,
        "change.environment": change.environment,
        "change.artifact": change.artifact_digest or None,
        "change.artifact_claimed_by": change.connection if change.artifact_digest else None,
        "change.ticket": _ticket(change),
        "change.title": change.title,
        "change.title_digest": digest_of(change.title),
        "change.description": change.description or None,
        "change.files": len(change.files),
        "change.files_complete": change.files_complete,
        "change.additions": change.additions,
        "change.deletions": change.deletions,
        "change.brings_along": list(signoff.along),
    }


def risk_of(signoff: Signoff) -> Columns:
    risk = signoff.risk
    reasons = risk.reasons if risk else ()
    return {
        "risk.tier": risk.tier.value if risk else None,
        "risk.score": risk.score if risk else None,
        "risk.reasons": [
            {"kind": it.kind, "tier": it.tier.value, "sentence": it.sentence} for it in reasons
        ],
    }


def ai_of(signoff: Signoff) -> Columns:
    said, found = signoff.change.ai, signoff.provenance
    return {
        "ai.status": found.status.value,
        "ai.tools": list(found.tools),
        "ai.model": None,
        "ai.prompted_by": _named(said.prompted_by) if said else None,
        "ai.rationale": (said.rationale or None) if said else None,
        "ai.findings": [_finding(it) for it in found.findings],
        "ai.statements": [
            {
                "person": it.person,
                "assisted": it.assisted,
                "at": stamp(it.at),
                "revision": it.revision,
            }
            for it in signoff.statements
        ],
        "ai.set_aside": [
            {"finding": it.finding, "by": it.by, "at": stamp(it.at), "reason": it.reason}
            for it in signoff.set_aside
        ],
    }


def people_of(told: Retold) -> Columns:
    """Whether an approver had a part is worked out anew, from what is written in the entries."""
    signoff, made = told.signoff, told.signoff.contributors
    approved = {it.person for it in signoff.reviews if it.verdict is Verdict.APPROVE}
    return {
        "people.requester": _named(signoff.change.author),
        "people.triggered_by": _named(signoff.change.triggered_by),
        "people.contributors": sorted(made.people),
        "people.unknown_contributors": [veiled(name) for name in made.unknown],
        "people.asked": [{"person": it.person, "why": list(it.why)} for it in signoff.invited],
        "people.reviews": [_review(it, told.entitled.get(it)) for it in signoff.reviews],
        "people.approver_is_contributor": bool(approved & made.people),
    }


def policy_of(signoff: Signoff) -> Columns:
    asked = signoff.requirement
    return {
        "policy.digest": asked.policy_digest,
        "policy.repository_policies": [digest_of(text) for text in signoff.change.policies],
        "policy.rules": list(asked.rules),
        "policy.because": list(asked.because),
        "policy.asks": [
            {
                "approvals": it.approvals,
                "level": it.level,
                "groups": sorted(it.groups),
                "people": sorted(it.people),
            }
            for it in asked.asks
        ],
        "policy.checklist": list(asked.checklist),
        "policy.step_up": asked.step_up,
        "policy.exceptions": list(_exceptions(signoff)),
    }


def testing_of(signoff: Signoff) -> Columns:
    return {
        "testing.checks": [
            {"name": it.name, "conclusion": it.conclusion, "url": it.url or None}
            for it in signoff.change.checks
        ],
        "testing.security_tests": None,
    }


def rollback_of(signoff: Signoff) -> Columns:
    """Whoever ticked that they know how to undo it; how, nobody told us."""
    knew = [it.person for it in signoff.reviews if ROLL_BACK in it.checklist]
    return {"rollback.plan": None, "rollback.known_to": sorted(set(knew))}


def _exceptions(signoff: Signoff) -> Iterator[str]:
    if signoff.requirement.shadow:
        yield "shadow"
    if signoff.override:
        yield "override"
    if signoff.set_aside:
        yield "evidence set aside"
    if any(it.carried for it in signoff.reviews):
        yield "approval of the identical revision before"


def _ticket(change: Change) -> str | None:
    found = _TICKET.search(change.title) or _TICKET.search(change.branch)
    return found[0] if found else None


def _named(who: Identity | None) -> str | None:
    written = (who.login or who.email or who.name) if who else ""
    return veiled(written) if written else None


def _finding(found: Finding) -> Columns:
    return {
        "id": found.id,
        "source": found.source,
        "tool": found.tool or None,
        "tier": found.tier.value,
        "text_digest": digest_of(found.text),
        "revision": found.revision or None,
        "present": found.present,
        "set_aside": found.set_aside,
    }


def _review(review: Review, standing: Standing | None) -> Columns:
    """With their level and groups at that moment, whatever they are now."""
    return {
        "person": review.person,
        "verdict": review.verdict.value,
        "at": stamp(review.at),
        "revision": review.revision,
        "level": (standing.level if standing else review.level) or None,
        "groups": sorted(standing.groups) if standing else [],
        "proved": review.proved,
        "signed_with_own_key": review.assertion is not None,
        "evidence_opened": stamp(review.looked_at) if review.looked_at else None,
        "reason": review.reason or None,
        "checklist": list(review.checklist),
        "carried_from": review.carried.signoff_id if review.carried else None,
    }

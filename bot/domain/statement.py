"""What do we vouch for? The in-toto statement of one decision."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.evidence.findings import Finding
from bot.domain.signoff import Review, Signoff

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://countersign.example/attestations/signoff/v0.1"


def statement_of(signoff: Signoff) -> dict[str, object]:
    """An in-toto Statement v1 about the exact revision that was decided on.

    Only plain JSON values; the subject's digests are `gitCommit` and, where known, the artifact.
    """
    change, requirement = signoff.change, signoff.requirement
    return {
        "_type": STATEMENT_TYPE,
        "subject": _subject(signoff),
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "signoff": signoff.id,
            "status": signoff.status.value,
            "proceed": signoff.status.proceed,
            "repository": change.repository,
            "environment": change.environment,
            "kind": change.kind.value,
            "connection": change.connection,
            "key": change.key,
            "openedAt": _stamp(signoff.opened_at),
            "decidedAt": _stamp(signoff.decided_at or signoff.opened_at),
            "contributors": sorted(signoff.contributors.people),
            "unknownContributors": list(signoff.contributors.unknown),
            "ai": {
                "status": signoff.provenance.status.value,
                "findings": [_finding(found) for found in signoff.provenance.findings],
                "statements": [
                    {
                        "person": it.person,
                        "assisted": it.assisted,
                        "at": _stamp(it.at),
                        "revision": it.revision,
                    }
                    for it in signoff.statements
                ],
                "setAside": [
                    {"finding": it.finding, "by": it.by, "at": _stamp(it.at), "reason": it.reason}
                    for it in signoff.set_aside
                ],
            },
            "risk": signoff.risk.tier.value if signoff.risk else "",
            "policyDigest": requirement.policy_digest,
            "rules": list(requirement.rules),
            "because": list(requirement.because),
            "reviews": [_review(review) for review in signoff.reviews],
        },
    }


def _subject(signoff: Signoff) -> list[dict[str, object]]:
    change = signoff.change
    subject: list[dict[str, object]] = [
        {"name": change.repository, "digest": {"gitCommit": change.revision}}
    ]
    algorithm, colon, digest = change.artifact_digest.partition(":")
    if colon:
        subject.append({"name": "artifact", "digest": {algorithm: digest}})
    return subject


def _finding(found: Finding) -> dict[str, object]:
    return {
        "id": found.id,
        "source": found.source,
        "tool": found.tool,
        "tier": found.tier.value,
        "text": found.text,
        "revision": found.revision,
        "present": found.present,
        "setAside": found.set_aside,
    }


def _review(review: Review) -> dict[str, object]:
    """An approval that was carried on says where, on what and under which policy it was cast."""
    cast = review.carried
    carried = (
        {"signoff": cast.signoff_id, "revision": cast.revision, "policyDigest": cast.policy_digest}
        if cast
        else None
    )
    return {
        "carriedFrom": carried,
        "person": review.person,
        "verdict": review.verdict.value,
        "at": _stamp(review.at),
        "revision": review.revision,
        "policyDigest": review.policy_digest,
        "reason": review.reason,
        "checklist": list(review.checklist),
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

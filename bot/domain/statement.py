"""What do we vouch for? The in-toto statement of one decision."""

from __future__ import annotations

from datetime import UTC, datetime

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
                "findings": [
                    {"source": f.source, "tool": f.tool, "tier": f.tier.value, "text": f.text}
                    for f in signoff.provenance.findings
                ],
            },
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


def _review(review: Review) -> dict[str, object]:
    return {
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

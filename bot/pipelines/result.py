"""What does a pipeline learn about a signoff? The same in a callback and over the HTTP API."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import rfc8785

from bot.domain.signoff import Review, Signoff


def result(signoff: Signoff, public_url: str) -> dict[str, object]:
    """The `data` of docs/pipelines.md.

    `decision_digest` is the sha256 of the RFC 8785 form of all the rest but `attestation_url`;
    empty while nothing is decided.
    """
    decision = _decision(signoff)
    digest = hashlib.sha256(_canonical(decision)).hexdigest()
    return {
        **decision,
        "decision_digest": f"sha256:{digest}" if signoff.status.is_final else "",
        "attestation_url": f"{public_url.rstrip('/')}/api/v1/signoffs/{signoff.id}/attestation",
    }


def message(signoff: Signoff, public_url: str) -> bytes:
    """The body of the callback: the same bytes however often it is sent."""
    if signoff.decided_at is None or not signoff.status.is_final:
        raise ValueError(f"{signoff.id} is not decided, so there is nothing to report")
    return _canonical(
        {
            "type": f"signoff.{signoff.status}",
            "timestamp": stamp(signoff.decided_at),
            "data": result(signoff, public_url),
        }
    )


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, "2026-11-21T10:00:00Z"."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _decision(signoff: Signoff) -> dict[str, object]:
    change, requirement = signoff.change, signoff.requirement
    return {
        "id": signoff.id,
        "connection": change.connection,
        "key": change.key,
        "repository": change.repository,
        "revision": change.revision,
        "environment": change.environment,
        "status": str(signoff.status),
        "proceed": signoff.status.proceed,
        "reviews": [_review(review) for review in signoff.reviews],
        "because": list(requirement.because),
        "policy_digest": requirement.policy_digest,
    }


def _review(review: Review) -> dict[str, object]:
    return {
        "person": review.person,
        "verdict": str(review.verdict),
        "at": stamp(review.at),
        "reason": review.reason,
    }


def _canonical(value: dict[str, object]) -> bytes:
    return rfc8785.dumps(value)  # type: ignore[arg-type]

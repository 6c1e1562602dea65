"""What do we vouch for? The in-toto statement of one decision.

It holds no e-mail address, and of strangers' words only their digests: it is handed on for years.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.domain.change import Change
from bot.domain.evidence.findings import Finding
from bot.domain.people import Standing
from bot.domain.signoff import Ask, Assertion, Review, Signoff

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://countersign.example/attestations/signoff/v0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where the decision stands in the audit trail `origin`: entry `seq`, the first is 1.

    `proof`, hashes in base64, leads from its own hash `leaf` (hex) to the root in the signed note
    `checkpoint`.
    """

    origin: str
    seq: int
    leaf: str
    checkpoint: str
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """The envelope of a decision and, where it lets something go on, of its summary."""

    envelope: str
    summary: str | None


Standings = Mapping[Review, Standing]
"""What those who reviewed were entitled to when they did."""


def statement_of(
    signoff: Signoff,
    position: Position,
    until: datetime,
    standings: Standings,
    deciders: Sequence[str] = (),
) -> dict[str, object]:
    """An in-toto Statement v1 about the exact revision that was decided on, good until then.

    `reviews` are all there were; `deciders` those whose word counted when it was decided.
    Only plain JSON values; the subject's digests are `gitCommit` and, where known, the artifact.
    """
    change, requirement = signoff.change, signoff.requirement
    decided = stamp(signoff.decided_at or signoff.opened_at)
    return {
        "_type": STATEMENT_TYPE,
        "subject": subject_of(change),
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "signoff": signoff.id,
            "status": signoff.status.value,
            "proceed": signoff.status.proceed,
            "shadow": requirement.shadow,
            "repository": change.repository,
            "revision": change.revision,
            "baseRevision": change.base_revision,
            "environment": change.environment,
            "kind": change.kind.value,
            "connection": change.connection,
            "key": change.key,
            "titleDigest": digest_of(change.title),
            "artifactClaimedBy": change.connection if change.artifact_digest else None,
            "along": list(signoff.along),
            "openedAt": stamp(signoff.opened_at),
            "decidedAt": decided,
            "decidedBy": list(deciders),
            "notBefore": decided,
            "expiresAt": stamp(until),
            "contributors": sorted(signoff.contributors.people),
            "unknownContributors": [veiled(name) for name in signoff.contributors.unknown],
            "ai": _ai(signoff),
            "risk": signoff.risk.tier.value if signoff.risk else "",
            "policyDigest": requirement.policy_digest,
            "rules": list(requirement.rules),
            "because": list(requirement.because),
            "asks": [_ask(ask) for ask in requirement.asks],
            "reviews": [_review(review, standings.get(review)) for review in signoff.reviews],
            "override": _override(signoff),
            "audit": {
                "origin": position.origin,
                "seq": position.seq,
                "leaf": position.leaf,
                "checkpoint": position.checkpoint,
                "inclusionProof": list(position.proof),
            },
        },
    }


def subject_of(change: Change) -> list[dict[str, object]]:
    """The commit with its tree, and the artifact that is said to be made of it."""
    tree = {"gitTree": change.tree} if change.tree else {}
    subject: list[dict[str, object]] = [
        {"name": resource_of(change), "digest": {"gitCommit": change.revision, **tree}}
    ]
    algorithm, colon, digest = change.artifact_digest.partition(":")
    if colon:
        subject.append({"name": "artifact", "digest": {algorithm: digest}})
    return subject


def resource_of(change: Change) -> str:
    """The repository, as an address where its platform has told us a link into it."""
    try:
        link = urlsplit(change.link)
        host, port = link.hostname or "", link.port
    except ValueError:
        return change.repository
    inside = f"{link.path}/".startswith(f"/{change.repository}/")
    if link.scheme != "https" or not host or not inside:
        return change.repository
    return f"git+https://{host}{f':{port}' if port else ''}/{change.repository}"


def stamp(moment: datetime) -> str:
    """In UTC and to the second, so that what is earlier is smaller as a text, too."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _ai(signoff: Signoff) -> dict[str, object]:
    statements = [
        {
            "person": it.person,
            "assisted": it.assisted,
            "at": stamp(it.at),
            "revision": it.revision,
        }
        for it in signoff.statements
    ]
    aside = [
        {"finding": it.finding, "by": it.by, "at": stamp(it.at), "reason": it.reason}
        for it in signoff.set_aside
    ]
    return {
        "status": signoff.provenance.status.value,
        "findings": [_finding(found) for found in signoff.provenance.findings],
        "statements": statements,
        "setAside": aside,
    }


def _finding(found: Finding) -> dict[str, object]:
    return {
        "id": found.id,
        "source": found.source,
        "tool": found.tool,
        "tier": found.tier.value,
        "textDigest": digest_of(found.text),
        "revision": found.revision,
        "present": found.present,
        "setAside": found.set_aside,
    }


def _ask(ask: Ask) -> dict[str, object]:
    return {
        "approvals": ask.approvals,
        "level": ask.level,
        "groups": sorted(ask.groups),
        "people": sorted(ask.people),
    }


def _review(review: Review, standing: Standing | None) -> dict[str, object]:
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
        "at": stamp(review.at),
        "revision": review.revision,
        "policyDigest": review.policy_digest,
        "reason": review.reason,
        "checklist": list(review.checklist),
        "level": standing.level if standing else review.level,
        "groups": sorted(standing.groups) if standing else [],
        "proved": review.proved,
        "evidenceOpened": stamp(review.looked_at) if review.looked_at else None,
        "assertion": _assertion(review.assertion),
    }


def _assertion(made: Assertion | None) -> dict[str, str] | None:
    """With it alone anybody can check that they decided this themselves."""
    if made is None:
        return None
    return {
        "credential": made.credential,
        "publicKey": made.public_key,
        "statement": made.statement,
        "clientData": made.client_data,
        "authenticatorData": made.authenticator_data,
        "signature": made.signature,
    }


def _override(signoff: Signoff) -> dict[str, object] | None:
    made = signoff.override
    if made is None:
        return None
    return {
        "by": made.by,
        "second": made.second,
        "incident": made.incident,
        "reason": made.reason,
        "until": stamp(made.until),
        "reviewBy": stamp(made.review_by),
        "proved": made.shown.how,
        "assertion": _assertion(made.shown.assertion),
        "secondProved": made.second_shown.how if made.second_shown else "",
        "secondAssertion": _assertion(made.second_shown.assertion if made.second_shown else None),
    }


def digest_of(text: str) -> str:
    """Of words that are a stranger's."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def veiled(name: str) -> str:
    """Enough to recognise an address by, and too little to write to it."""
    local, at, host = name.rpartition("@")
    return f"{local[:1]}…@{host}" if at else name

"""How is a decision told to tools that know nothing of ours? As a verification summary of SLSA.

None of its levels is one of SLSA's own: those say how something was built, and we have not seen that.
"""

from __future__ import annotations

import re

from bot.domain.signoff import Ask, Signoff, Status, Verdict
from bot.domain.statement import STATEMENT_TYPE, resource_of, stamp, subject_of

SUMMARY_TYPE = "https://slsa.dev/verification_summary/v1"

_VERSION = "1.1"
_SENIOR = "senior"
_PLAIN = re.compile("[a-z0-9-]+", re.ASCII)


def summary_of(signoff: Signoff, public_url: str, digest: str) -> dict[str, object] | None:
    """Of what may go on, because it was decided so; `digest` (hex) is of its kept attestation.

    None of an override: it ends by itself, and a summary has no word for an end.
    """
    if not signoff.status.proceed or signoff.requirement.shadow:
        return None
    if signoff.status is Status.OVERRIDDEN:
        return None
    url = public_url.rstrip("/")
    policy = signoff.requirement.policy_digest.removeprefix("sha256:")
    return {
        "_type": STATEMENT_TYPE,
        "subject": subject_of(signoff.change),
        "predicateType": SUMMARY_TYPE,
        "predicate": {
            "verifier": {"id": url},
            "timeVerified": stamp(signoff.decided_at or signoff.opened_at),
            "resourceUri": resource_of(signoff.change),
            "policy": {"uri": f"{url}/policy", "digest": {"sha256": policy}},
            "inputAttestations": [
                {
                    "uri": f"{url}/api/v1/signoffs/{signoff.id}/attestation",
                    "digest": {"sha256": digest},
                }
            ],
            "verificationResult": "PASSED",
            "verifiedLevels": _levels(signoff),
            "slsaVersion": _VERSION,
        },
    }


def _levels(signoff: Signoff) -> list[str]:
    return [*_environment(signoff.change.environment), *_earned(signoff)]


def _environment(name: str) -> list[str]:
    """No two environments have one level: of a name that cannot be spelt so nothing is said."""
    if not _PLAIN.fullmatch(name):
        return []
    return [f"ORG_SOURCE_ENV_{name.upper().replace('-', '_')}"]


def _earned(signoff: Signoff) -> list[str]:
    if signoff.status is Status.NOT_REQUIRED:
        return ["ORG_SOURCE_POLICY_EXEMPT"]
    approved = any(it.verdict is Verdict.APPROVE for it in signoff.reviews)
    levels = signoff.requirement.levels
    senior = any(_is_senior(ask, levels) for ask in signoff.requirement.asks)
    return [
        *(["ORG_SOURCE_SENIOR_SIGNOFF"] if approved and senior else []),
        *(["ORG_SOURCE_TWO_PARTY_HUMAN"] if approved else []),
    ]


def _is_senior(ask: Ask, levels: tuple[str, ...]) -> bool:
    """All asks are met where it was approved."""
    if ask.approvals < 1 or _SENIOR not in levels or ask.level not in levels:
        return False
    return levels.index(ask.level) >= levels.index(_SENIOR)

"""How does a test make an attestation by hand, as Countersign makes them (statement v0.2)?"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot import checkpoint, merkle
from bot.agent.pem import keyid

PAYLOAD_TYPE = "application/vnd.in-toto+json"
ORIGIN = "sign.acme.example/audit"
REPOSITORY, ENVIRONMENT = "acme/payments-api", "production"
CONNECTION = "payments-ci"
REVISION, TREE = "7d1f0c3" + "a" * 33, "b" * 40
DIGEST = "c" * 64
ARTIFACT = f"sha256:{DIGEST}"
SIGNOFF = "sgn_01jd2k"

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))

LEAVES = [merkle.leaf_of(b"entry %d" % seq) for seq in range(1, 12)]
SEQ = 5

Told = dict[str, Any]


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def note(
    size: int = len(LEAVES),
    key: Ed25519PrivateKey = KEY,
    origin: str = ORIGIN,
    leaves: Sequence[bytes] = LEAVES,
) -> str:
    """A checkpoint of the first entries."""
    said = checkpoint.text(origin, size, root(size, leaves))
    return checkpoint.signed(said, origin, public(key), key.sign)


def root(size: int, leaves: Sequence[bytes] = LEAVES) -> bytes:
    return merkle.root(size, lambda low, high: merkle.folded(leaves[low:high]))


def audit(seq: int = SEQ, size: int = len(LEAVES)) -> Told:
    """Where the decision stands."""
    path = merkle.inclusion(seq - 1, size, lambda low, high: merkle.folded(LEAVES[low:high]))
    return {
        "origin": ORIGIN,
        "seq": seq,
        "leaf": LEAVES[seq - 1].hex(),
        "checkpoint": note(size),
        "inclusionProof": [base64.b64encode(it).decode() for it in path],
    }


def statement(now: datetime) -> Told:
    """Approved an hour ago, and good for a day."""
    decided = now - timedelta(hours=1)
    review = {
        "person": "ada",
        "verdict": "approve",
        "at": stamp(decided),
        "revision": REVISION,
        "policyDigest": "sha256:" + "e" * 64,
        "reason": "",
        "checklist": [],
        "carriedFrom": None,
        "level": "senior",
        "groups": ["payments-seniors"],
        "proved": "slack-click",
        "evidenceOpened": None,
        "assertion": None,
    }
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": f"git+https://github.com/{REPOSITORY}",
                "digest": {"gitCommit": REVISION, "gitTree": TREE},
            }
        ],
        "predicateType": "https://countersign.example/attestations/signoff/v0.2",
        "predicate": {
            "signoff": SIGNOFF,
            "status": "approved",
            "proceed": True,
            "shadow": False,
            "repository": REPOSITORY,
            "revision": REVISION,
            "environment": ENVIRONMENT,
            "connection": CONNECTION,
            "decidedAt": stamp(decided),
            "notBefore": stamp(decided),
            "expiresAt": stamp(decided + timedelta(hours=24)),
            "because": ["AI-assisted"],
            "policyDigest": "sha256:" + "e" * 64,
            "reviews": [review],
            "override": None,
            "audit": audit(),
        },
    }


def sealed(payload: bytes, key: Ed25519PrivateKey = KEY, sort: str = PAYLOAD_TYPE) -> Told:
    """An envelope about any bytes, as the DSSE protocol says."""
    encoded = b"DSSEv1 %d %b %d %b" % (len(sort), sort.encode(), len(payload), payload)
    signature = base64.b64encode(key.sign(encoded)).decode()
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": sort,
        "signatures": [{"keyid": keyid(public(key)), "sig": signature}],
    }


def bundle(envelope: Told) -> Told:
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": "x"}, "tlogEntries": []},
        "dsseEnvelope": envelope,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """Somebody who deploys, with an attestation: one that fits, unless a test bends it."""

    now: datetime
    statement: Told
    repository: str = REPOSITORY
    revision: str = REVISION
    environment: str = ENVIRONMENT
    artifact: str = ""
    connections: str = ""
    trusted: Ed25519PrivateKey = KEY
    signer: Ed25519PrivateKey = KEY
    sort: str = PAYLOAD_TYPE
    bend: Callable[[Told], object] = field(default=lambda envelope: envelope)

    def file(self) -> bytes:
        payload = rfc8785.dumps(self.statement)
        bent = self.bend(sealed(payload, self.signer, self.sort))
        return bent if isinstance(bent, bytes) else json.dumps(bent).encode()

    def written(self, folder: Path) -> tuple[Path, Path]:
        """The attestation, and the public key that is trusted."""
        file, key = folder / "attestation.json", folder / "countersign.pub"
        file.write_bytes(self.file())
        key.write_text(pem(self.trusted))
        return file, key

    def told(self, change: Callable[[Told], object]) -> Deploy:
        """With another predicate: `change` does it in place, or gives a new one."""
        bent = deepcopy(self.statement)
        if isinstance(other := change(bent["predicate"]), dict):
            bent["predicate"] = other
        return replace(self, statement=bent)

    def stated(self, change: Callable[[Told], object]) -> Deploy:
        """With another statement."""
        bent = deepcopy(self.statement)
        change(bent)
        return replace(self, statement=bent)


def deploy(now: datetime | None = None) -> Deploy:
    """One that may go on."""
    now = now or datetime.now(UTC)  # noqa: TID251
    return Deploy(now=now, statement=statement(now))

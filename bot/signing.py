"""How do we sign, and how does anyone check it? Ed25519 keys and DSSE envelopes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class BadKey(Exception):
    """The signing key is not an unencrypted Ed25519 private key in PEM."""


class BadEnvelope(Exception):
    """The envelope is not what this key signed."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with one key. Its id is the OpenSSH fingerprint, which people can compare."""

    key: Ed25519PrivateKey

    @property
    def keyid(self) -> str:
        return fingerprint(self.key.public_key())

    def envelope(self, statement: dict[str, object]) -> str:
        """The DSSE envelope of a statement, as JSON."""
        payload = rfc8785.dumps(statement)  # type: ignore[arg-type]
        signature = self.key.sign(_to_sign(PAYLOAD_TYPE, payload))
        return json.dumps(
            {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"keyid": self.keyid, "sig": base64.b64encode(signature).decode()}],
            }
        )


def verify(envelope: str, key: Ed25519PublicKey) -> dict[str, object]:
    """The statement in an envelope that `key` signed. Raises BadEnvelope."""
    try:
        document = json.loads(envelope)
        payload = base64.b64decode(document["payload"], validate=True)
        [signature] = document["signatures"]
        key.verify(
            base64.b64decode(signature["sig"], validate=True),
            _to_sign(document["payloadType"], payload),
        )
        statement: dict[str, object] = json.loads(payload)
    except InvalidSignature:
        raise BadEnvelope("the signature does not fit the content and the key") from None
    except (ValueError, KeyError, TypeError) as problem:
        raise BadEnvelope(f"not a DSSE envelope with one signature: {problem}") from problem
    return statement


def load(pem_or_path: str) -> Ed25519PrivateKey:
    """The key in a PEM text, or in the file of that name. Raises BadKey, never showing it."""
    is_text = "-----BEGIN" in pem_or_path
    try:
        pem = pem_or_path.encode() if is_text else Path(pem_or_path).read_bytes()
        key = load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError) as problem:
        raise BadKey(f"cannot read the signing key ({type(problem).__name__})") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("the signing key is not an Ed25519 key")
    return key


def load_or_make(path: Path) -> Ed25519PrivateKey:
    """The key in this file, made on the first start and readable by nobody else."""
    if not path.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
            f.write(pem)
            os.fsync(f.fileno())
        unfinished.replace(path)
    return load(str(path))


def fingerprint(key: Ed25519PublicKey) -> str:
    """As `ssh-keygen -lf` shows it: "SHA256:…"."""
    blob = base64.b64decode(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _to_sign(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)

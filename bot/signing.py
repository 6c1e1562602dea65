"""How do we sign, and how does anyone check it? Ed25519 keys and DSSE envelopes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
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
    """Signs with one key. Its id is the OpenSSH fingerprint, which people can compare.

    `sign` takes its time, and may raise Unreachable, where the key is `remote`; `trouble` says why.
    """

    public: Ed25519PublicKey
    sign: Callable[[bytes], bytes] = field(repr=False)
    remote: bool = False
    trouble: Callable[[], list[str]] = field(default=list, repr=False)

    @classmethod
    def of(cls, key: Ed25519PrivateKey) -> Signer:
        return cls(key.public_key(), key.sign)

    @property
    def keyid(self) -> str:
        return fingerprint(self.public)

    def envelope(self, statement: dict[str, object]) -> str:
        """The DSSE envelope of a statement, as JSON."""
        payload = rfc8785.dumps(statement)  # type: ignore[arg-type]
        signature = self.sign(_to_sign(PAYLOAD_TYPE, payload))
        return json.dumps(
            {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"keyid": self.keyid, "sig": base64.b64encode(signature).decode()}],
            }
        )


def verify(envelope: str, key: Ed25519PublicKey) -> dict[str, object]:
    """The statement in an envelope that `key` signed. Raises BadEnvelope, whatever the text is."""
    try:
        document = json.loads(envelope)
        payload = base64.b64decode(document["payload"], validate=True)
        [signature] = document["signatures"]
        signed = base64.b64decode(signature["sig"], validate=True)
        if document["payloadType"] != PAYLOAD_TYPE:
            raise BadEnvelope(f"its content is not {PAYLOAD_TYPE}")
        key.verify(signed, _to_sign(PAYLOAD_TYPE, payload))
        statement = json.loads(payload)
    except InvalidSignature:
        raise BadEnvelope("the signature does not fit the content and the key") from None
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise BadEnvelope(f"not a DSSE envelope with one signature: {problem}") from problem
    if not isinstance(statement, dict):
        raise BadEnvelope("what is signed is not a statement")
    return statement


def load(pem_or_path: str) -> Ed25519PrivateKey:
    """The key in a PEM text, or in the file of that name. Raises BadKey, never showing it."""
    is_text = "-----BEGIN" in pem_or_path
    try:
        pem = pem_or_path.encode() if is_text else Path(pem_or_path).read_bytes()
        key = load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise BadKey(f"cannot read the signing key ({type(problem).__name__})") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("the signing key is not an Ed25519 key")
    return key


def load_or_make(path: Path) -> Ed25519PrivateKey:
    """The key in this file, made on the first start and readable by nobody else. Raises BadKey."""
    try:
        if not path.exists():
            _make(path)
    except OSError as problem:
        raise BadKey(f"cannot keep a signing key in {path.parent} ({problem.strerror})") from None
    return load(str(path))


def _make(path: Path) -> None:
    """Whole or not at all; of two that make one at once, both have the one that was first."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        os.unlink(unfinished)


def pem(key: Ed25519PublicKey) -> str:
    """The public key, as files hold it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def fingerprint(key: Ed25519PublicKey) -> str:
    """As `ssh-keygen -lf` shows it: "SHA256:…"."""
    blob = base64.b64decode(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def raw(key: Ed25519PublicKey) -> bytes:
    """Its 32 bytes."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def genuine(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key of these 32 bytes signed this message so."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _to_sign(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)

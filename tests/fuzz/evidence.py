"""What is shown to somebody who verifies? Envelopes, notes and keys, of whoever."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot import checkpoint, signing
from bot.agent import envelope, pem

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
RAW = PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)
PEM = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ORIGIN = "countersign.example.com/audit"


def _enveloped() -> bytes:
    kind, payload = "application/vnd.in-toto+json", json.dumps({"_type": "x"}).encode()
    signature = base64.b64encode(KEY.sign(envelope.encoded(kind, payload))).decode()
    said = {"payload": base64.b64encode(payload).decode(), "payloadType": kind}
    return json.dumps({**said, "signatures": [{"keyid": "x", "sig": signature}]}).encode()


def _note() -> bytes:
    said = checkpoint.text(ORIGIN, 7, bytes(32))
    return checkpoint.signed(said, ORIGIN, RAW, KEY.sign).encode()


def attestation(said: bytes) -> None:
    """Of a build job: standard library only."""
    opened = envelope.opened(said, [RAW])
    assert opened == envelope.opened(_enveloped(), [RAW]) or b'"_type"' in base64.b64decode(
        json.loads(said)["payload"]
    )


def our_own_attestation(said: bytes) -> None:
    signing.verify(said.decode("utf-8", "replace"), PUBLIC)


def note(said: bytes) -> None:
    checkpoint.read(said.decode("utf-8", "replace"))


def public_key(said: bytes) -> None:
    assert len(pem.public_key(said.decode("utf-8", "replace"))) == 32


READERS = (
    (attestation, [_enveloped()], (envelope.BadEnvelope,)),
    (our_own_attestation, [_enveloped()], (signing.BadEnvelope,)),
    (note, [_note()], (checkpoint.BadNote,)),
    (public_key, [PEM], (pem.NoKey,)),
)

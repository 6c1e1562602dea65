"""What was signed in this envelope, and by which of these keys? DSSE, with Python alone."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import strict_json
from bot.agent import ed25519
from bot.ports import Malformed

LARGEST = 32 << 20
"""Bytes of a file that is looked at."""

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle"


class BadEnvelope(Exception):
    """Nothing in it may be believed; the text says why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What `key` signed: the bytes are genuine, and no more is known of them."""

    statement: Mapping[str, Any]
    key: bytes


def opened(document: bytes, keys: Sequence[bytes]) -> Opened:
    """The statement in an envelope, or in a bundle, that one of `keys` signed. BadEnvelope."""
    envelope = _envelope(document)
    if envelope.get("payloadType") != PAYLOAD_TYPE:
        raise BadEnvelope(f"it is no attestation: its content is not {PAYLOAD_TYPE}")
    payload, signature = _bytes(envelope.get("payload")), _signature(envelope)
    message = encoded(PAYLOAD_TYPE, payload)
    key = next((key for key in keys if ed25519.verify(key, message, signature)), None)
    if key is None:
        raise BadEnvelope("none of these keys signed it, or it was changed since")
    return Opened(_object(payload, "what is signed"), key)


def encoded(kind: str, payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding."""
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def _envelope(document: bytes) -> Mapping[str, Any]:
    """What else stands in a bundle is not signed, and not looked at."""
    if len(document) > LARGEST:
        raise BadEnvelope(f"it is no attestation: longer than {LARGEST >> 20} MiB")
    found = _object(document, "the file")
    kind = found.get("mediaType")
    if isinstance(kind, str) and kind.startswith(_BUNDLE):
        inner = found.get("dsseEnvelope")
        if not isinstance(inner, dict):
            raise BadEnvelope("it is a bundle without an attestation")
        return inner
    return found


def _signature(envelope: Mapping[str, Any]) -> bytes:
    """Of several it would be open which of them counts."""
    found = envelope.get("signatures")
    if not (isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict)):
        raise BadEnvelope("it must have one signature")
    return _bytes(found[0].get("sig"))


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except ValueError:
        raise BadEnvelope("it is no attestation: its base64 is broken") from None


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        found = strict_json.decode(body)
    except Malformed as why:
        raise BadEnvelope(f"{what} is no attestation: {why}") from None
    if not isinstance(found, dict):
        raise BadEnvelope(f"{what} is no attestation: no object")
    return found

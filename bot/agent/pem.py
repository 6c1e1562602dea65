"""Which Ed25519 key is in this PEM text, and what is it called? With Python alone."""

from __future__ import annotations

import base64
import hashlib
import re

LARGEST = 65_536
"""Bytes of a file that may hold a key."""

_PREFIX = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410)."""

_BLOCK = re.compile(
    r"\s*-----BEGIN PUBLIC KEY-----\s*\n([A-Za-z0-9+/=\s]{1,200})\n-----END PUBLIC KEY-----\s*",
    re.ASCII,
)
_SORT = b"ssh-ed25519"


class NoKey(Exception):
    """There is no public key to verify with; the text says what there is instead."""


def public_key(text: str) -> bytes:
    """The 32 bytes of the one public key in this PEM text. Raises NoKey, never showing the text."""
    if "PRIVATE KEY-----" in text:
        raise NoKey("it holds a private key; what verifies is the public one")
    if not (found := _BLOCK.fullmatch(text)):
        raise NoKey("it must hold one public key in PEM, and nothing else")
    try:
        whole = base64.b64decode("".join(found[1].split()), validate=True)
    except ValueError:
        raise NoKey("its base64 is broken") from None
    if not whole.startswith(_PREFIX) or len(whole) != len(_PREFIX) + 32:
        raise NoKey("it is not an Ed25519 key")
    return whole[len(_PREFIX) :]


def keyid(public: bytes) -> str:
    """The fingerprint, as `ssh-keygen -lf` shows it: "SHA256:…"."""
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (_SORT, public))
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")

"""A house that vouches for the security keys it lets in, and entries of which it says so."""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import signing
from bot.domain.house_events import PasskeyAdded
from bot.engine.vouching import Vouching
from storage import vouching

OURS = Ed25519PrivateKey.from_private_bytes(b"vouch" * 6 + b"ed")


def vouching_with(key: Ed25519PrivateKey, *former: Ed25519PrivateKey) -> Vouching:
    keys = tuple(signing.raw(it.public_key()) for it in (key, *former))
    return Vouching(keys=keys, sign=key.sign)


VOUCHING = vouching_with(OURS)


def signed_for(event: PasskeyAdded, key: Ed25519PrivateKey = OURS) -> PasskeyAdded:
    return replace(event, signature=vouching.signature_of(event, key.sign))

"""Does a library that shares no code with ours take our envelopes, and no others? securesystemslib."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from bot import signing
from bot.agent import envelope as ours
from bot.agent.envelope import BadEnvelope
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, staged
from bot.signing import Signer

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([it]) * 32) for it in (1, 2))
SIGNER = Signer.of(KEY)
STATEMENT: dict[str, object] = {"_type": "https://in-toto.io/Statement/v1", "é": ["a", None, 1.5]}

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
STATEMENTS = st.dictionaries(TEXTS, TEXTS | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1))


def theirs(key: Any, keyid: str) -> SSlibKey:
    return SSlibKey.from_crypto(key, keyid=keyid)


def taken(envelope: dict[str, Any], key: Any = KEY.public_key()) -> bytes:  # noqa: B008 -- a constant
    """What they say was signed. The number of a key is only a hint, so any will do there."""
    read = Envelope.from_dict(json.loads(json.dumps(envelope)))
    read.verify([theirs(key, next(iter(read.signatures)))], 1)
    return read.payload


@given(STATEMENTS)
def test_what_we_sign_they_take(statement: dict[str, object]) -> None:
    signed = json.loads(SIGNER.envelope(statement))
    assert json.loads(taken(signed)) == statement


@given(st.binary(max_size=300).map(lambda it: json.dumps({"x": it.hex()}).encode()))
def test_what_they_sign_we_take(payload: bytes) -> None:
    made = Envelope(payload, signing.PAYLOAD_TYPE, {})
    made.sign(CryptoSigner(KEY, theirs(KEY.public_key(), SIGNER.keyid)))
    text = json.dumps(made.to_dict())
    assert signing.verify(text, SIGNER.public) == json.loads(payload)
    assert ours.opened(text.encode(), [signing.raw(SIGNER.public)]).statement == json.loads(payload)


def test_another_key_did_not_sign_it_for_them_either() -> None:
    signed = json.loads(SIGNER.envelope(STATEMENT))
    assert taken(signed)
    with pytest.raises(VerificationError):
        taken(signed, OTHER.public_key())


def flipped(encoded: str, place: int) -> str:
    raw = bytearray(base64.b64decode(encoded))
    raw[place % len(raw)] ^= 1
    return base64.b64encode(bytes(raw)).decode()


BENDS: dict[str, Callable[[dict[str, Any], int], None]] = {
    "payload": lambda it, at: it.update(payload=flipped(it["payload"], at)),
    "signature": lambda it, at: it["signatures"][0].update(
        sig=flipped(it["signatures"][0]["sig"], at)
    ),
    "cut": lambda it, at: it.update(payload=it["payload"][: -4 * (at % 8 + 1)]),
    "kind": lambda it, at: it.update(payloadType=it["payloadType"] + " " * (at + 1)),
}


@pytest.mark.parametrize("bend", BENDS)
@given(place=st.integers(0, 200))
def test_what_was_changed_neither_of_us_takes(bend: str, place: int) -> None:
    signed = json.loads(SIGNER.envelope(STATEMENT))
    assert taken(signed)
    BENDS[bend](signed, place)
    with pytest.raises(VerificationError):
        taken(signed)
    with pytest.raises(signing.BadEnvelope):
        signing.verify(json.dumps(signed), SIGNER.public)
    with pytest.raises(BadEnvelope):
        ours.opened(json.dumps(signed).encode(), [signing.raw(SIGNER.public)])


async def test_what_a_server_attests_they_take(tmp_path: Path) -> None:
    """With the key that it publishes, whatever the form."""
    async with staged(tmp_path) as scene:
        await scene.start()
        signoff = await scene.send(REFUNDS)
        await scene.approve(SENIOR, await scene.shown(signoff))
        await scene.shown(signoff, "was told to go on")
        [key] = (await scene.get("/api/v1/keys"))[1]["keys"]
        public = load_pem_public_key(key["pem"].encode())
        for form, kind in (("envelope", "/attestations/signoff/"), ("vsa", "verification_summary")):
            status, signed = await scene.get(f"/api/v1/signoffs/{signoff}/attestation?form={form}")
            assert status == 200
            assert kind in json.loads(taken(signed, public))["predicateType"]
        await scene.stop()

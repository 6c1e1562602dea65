"""Envelopes and keys, opened by Python alone: what one of these keys signed, or nothing at all."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ed448, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from bot import signing
from bot.agent import envelope
from bot.agent.envelope import BadEnvelope, opened
from bot.agent.pem import NoKey, keyid, public_key
from tests.attested import KEY, OTHER, PAYLOAD_TYPE, bundle, pem, public, sealed

STATEMENT: dict[str, Any] = {"_type": "x", "subject": [{"name": "é", "digest": {"a": "b"}}]}
PAYLOAD = rfc8785.dumps(STATEMENT)
OURS = (public(KEY),)

Told = dict[str, Any]
Bend = Callable[[Told], object]


def text(document: object) -> bytes:
    return json.dumps(document).encode()


# Envelopes.


def test_what_was_signed_is_what_is_read() -> None:
    found = opened(text(sealed(PAYLOAD)), OURS)
    assert (found.statement, found.key) == (STATEMENT, OURS[0])


def test_what_the_server_makes_is_opened() -> None:
    made = signing.Signer.of(KEY).envelope(STATEMENT)
    assert opened(made.encode(), OURS).statement == STATEMENT


def test_whichever_of_the_keys_signed_it() -> None:
    both = (public(KEY), public(OTHER))
    assert opened(text(sealed(PAYLOAD, OTHER)), both).key == public(OTHER)
    assert opened(text(sealed(PAYLOAD, OTHER)), both[::-1]).key == public(OTHER)
    for keys in ((public(KEY),), ()):
        with pytest.raises(BadEnvelope, match="none of these keys"):
            opened(text(sealed(PAYLOAD, OTHER)), keys)


def test_a_key_id_is_a_hint_and_proves_nothing() -> None:
    made = sealed(PAYLOAD)
    made["signatures"][0]["keyid"] = keyid(public(OTHER))
    assert opened(text(made), OURS)
    del made["signatures"][0]["keyid"]
    assert opened(text(made), OURS)


def test_the_encoding_is_that_of_dsse() -> None:
    assert envelope.encoded("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@pytest.mark.parametrize(
    "bend",
    [
        lambda e: e | {"payload": e["payload"][:-4]},
        lambda e: e | {"payload": e["payload"] + "AAAA"},
        lambda e: e | {"payload": f" {e['payload']}"},
        lambda e: e | {"payload": e["payload"] + "\n"},
        lambda e: e | {"payload": None},
        lambda e: e | {"payload": "é"},
        lambda e: e | {"payloadType": "application/json"},
        lambda e: e | {"payloadType": 7},
        lambda e: e | {"payloadType": None},
        lambda e: e | {"payloadType": ["application/vnd.in-toto+json"]},
        lambda e: e | {"signatures": []},
        lambda e: e | {"signatures": e["signatures"] * 2},
        lambda e: e | {"signatures": e["signatures"][0]},
        lambda e: e | {"signatures": None},
        lambda e: e | {"signatures": ["x"]},
        lambda e: e | {"signatures": [{}]},
        lambda e: e | {"signatures": [{"sig": ""}]},
        lambda e: e | {"signatures": [{"sig": 1}]},
        lambda e: e | {"signatures": [{"sig": base64.b64encode(bytes(64)).decode()}]},
        lambda e: {name: value for name, value in e.items() if name != "payloadType"},
        lambda e: [e],
        lambda e: {"dsseEnvelope": e},
        lambda e: {**bundle(e), "mediaType": "application/json"},
        lambda e: {**bundle({}), **e},
        lambda e: {**bundle(e), "dsseEnvelope": [e]},
    ],
)
def test_one_thing_wrong_is_enough(bend: Bend) -> None:
    assert opened(text(sealed(PAYLOAD)), OURS)
    assert bend(sealed(PAYLOAD)) != sealed(PAYLOAD)
    with pytest.raises(BadEnvelope):
        opened(text(bend(sealed(PAYLOAD))), OURS)


@pytest.mark.parametrize(
    "document",
    [
        b"", b"null", b"7", b'"x"', b"[]", b"{}", b"{", b"\xff", b"[" * 100_000,
        b'{"payloadType":"%b","payload":%b}' % (PAYLOAD_TYPE.encode(), b"9" * 9_999),
        b'{"payload": NaN}',
    ],
)  # fmt: skip
def test_what_is_no_envelope(document: bytes) -> None:
    with pytest.raises(BadEnvelope):
        opened(document, OURS)


def test_what_is_too_long_is_not_looked_at() -> None:
    document = text(sealed(PAYLOAD))
    assert opened(document.ljust(envelope.LARGEST), OURS)
    with pytest.raises(BadEnvelope, match="longer than 32 MiB"):
        opened(document.ljust(envelope.LARGEST + 1), OURS)


def test_a_key_that_stands_there_twice_says_two_things() -> None:
    """One reader takes the first of them, another the last."""
    whole = text(sealed(PAYLOAD)).decode()
    other = text({"payload": base64.b64encode(b"{}").decode()}).decode()
    with pytest.raises(BadEnvelope, match="appears twice"):
        opened((other[:-1] + ", " + whole[1:]).encode(), OURS)


@pytest.mark.parametrize(
    "payload", [b"[]", b"null", b"x", b"", b"\xff", b"[" * 100_000, b'{"a":1,"a":2}', b'{"a":1e999}']
)  # fmt: skip
def test_our_signature_alone_makes_no_statement(payload: bytes) -> None:
    with pytest.raises(BadEnvelope, match="what is signed"):
        opened(text(sealed(payload)), OURS)


def test_what_we_signed_as_something_else_is_no_statement() -> None:
    other = sealed(PAYLOAD, sort="application/vnd.other+json")
    with pytest.raises(BadEnvelope, match="its content is not"):
        opened(text(other), OURS)
    with pytest.raises(BadEnvelope, match="none of these keys"):
        opened(text(other | {"payloadType": PAYLOAD_TYPE}), OURS)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_of_the_payload_or_signature_can_be_another(place: int, bit: int) -> None:
    made = sealed(PAYLOAD)
    for holder, name in ((made, "payload"), (made["signatures"][0], "sig")):
        raw = bytearray(base64.b64decode(holder[name]))
        raw[place % len(raw)] ^= bit
        kept, holder[name] = holder[name], base64.b64encode(raw).decode()
        with pytest.raises(BadEnvelope):
            opened(text(made), OURS)
        holder[name] = kept
    assert opened(text(made), OURS).statement == STATEMENT


@given(st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(text))
def test_any_bytes_are_an_envelope_or_a_bad_one(document: bytes) -> None:
    with pytest.raises(BadEnvelope):
        opened(document, OURS)


def test_what_else_stands_in_a_bundle_is_not_believed() -> None:
    assert opened(text(bundle(sealed(PAYLOAD))), OURS).statement == STATEMENT
    with pytest.raises(BadEnvelope, match="none of these keys"):
        opened(text({**bundle(sealed(PAYLOAD, OTHER)), **sealed(PAYLOAD)}), OURS)


# Keys.


def test_a_key_is_read_as_openssl_writes_it() -> None:
    for written in (pem(KEY), f"\n{pem(KEY)}\n", pem(KEY).replace("\n", "\r\n")):
        assert public_key(written) == public(KEY)


def test_the_fingerprint_is_the_one_of_the_server() -> None:
    assert keyid(public(KEY)) == signing.fingerprint(KEY.public_key())


@given(st.binary(min_size=32, max_size=32))
def test_every_key_is_read(seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert public_key(pem(key)) == public(key)


def of(key: Any) -> str:
    encoded: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode()


SECRET = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

WRONG = {
    "x25519": (of(x25519.X25519PrivateKey.generate()), "not an Ed25519 key"),
    "ed448": (of(ed448.Ed448PrivateKey.generate()), "not an Ed25519 key"),
    "rsa": (of(rsa.generate_private_key(65537, 2048)), "must hold one"),
    "private": (SECRET, "private key"),
    "both": (pem(KEY) + SECRET, "private key"),
    "two": (pem(KEY) + pem(OTHER), "must hold one"),
    "words before it": (f"the key:\n{pem(KEY)}", "must hold one"),
    "cut": (pem(KEY)[:60], "must hold one"),
    "short": (pem(KEY).replace("MCow", ""), "not an Ed25519 key"),
    "bent": (pem(KEY).replace("MCow", "MC=w"), "base64"),
    "empty": ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "must hold one"),
    "nothing": ("", "must hold one"),
    "long": ("canary" * 100_000, "must hold one"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_key_is_said_without_showing_it(kind: str) -> None:
    written, why = WRONG[kind]
    with pytest.raises(NoKey, match=why) as refused:
        public_key(written)
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None

"""Signing: one key, kept well; envelopes that anyone can check, and that nobody can bend."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from bot.signing import (
    PAYLOAD_TYPE,
    BadEnvelope,
    BadKey,
    Signer,
    fingerprint,
    load,
    load_or_make,
    verify,
)

KEY = Ed25519PrivateKey.generate()
SIGNER = Signer.of(KEY)
OTHER = Signer.of(Ed25519PrivateKey.generate())
PUBLIC = SIGNER.public
STATEMENT: dict[str, object] = {"_type": "x", "subject": [{"name": "é", "digest": {"a": "b"}}]}


def pem(key: Any, encryption: Any = None) -> str:
    encryption = encryption or NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


def sealed(payload: bytes, signer: Signer = SIGNER, sort: str = PAYLOAD_TYPE) -> dict[str, Any]:
    """An envelope about any bytes, made by hand as the DSSE protocol says."""
    encoded = b"DSSEv1 %d %b %d %b" % (len(sort), sort.encode(), len(payload), payload)
    signature = base64.b64encode(signer.sign(encoded)).decode()
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": sort,
        "signatures": [{"keyid": signer.keyid, "sig": signature}],
    }


# Envelopes.


def test_what_was_signed_is_what_is_read() -> None:
    assert verify(SIGNER.envelope(STATEMENT), PUBLIC) == STATEMENT


def test_the_envelope_is_dsse_as_anyone_makes_it() -> None:
    assert json.loads(SIGNER.envelope(STATEMENT)) == sealed(rfc8785.dumps(STATEMENT))  # type: ignore[arg-type]


def test_the_same_statement_is_the_same_envelope() -> None:
    turned = dict(reversed(STATEMENT.items()))
    assert SIGNER.envelope(turned) == SIGNER.envelope(STATEMENT)


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(BadEnvelope, match="does not fit"):
        verify(OTHER.envelope(STATEMENT), PUBLIC)


def test_openssl_verifies_it_too(tmp_path: Path) -> None:
    envelope = json.loads(SIGNER.envelope(STATEMENT))
    payload, sort = base64.b64decode(envelope["payload"]), envelope["payloadType"]
    public = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key").write_bytes(public)
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    (tmp_path / "pae").write_bytes(f"DSSEv1 {len(sort)} {sort} {len(payload)} ".encode() + payload)
    checks = ("-verify", "-pubin", "-inkey", "key", "-rawin", "-in", "pae", "-sigfile", "sig")
    command = ["openssl", "pkeyutl", *checks]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "pae").write_bytes(b"DSSEv1 0  0 ")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode != 0


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "7", '"x"', "[]", "{}", "{", "\ud800", "[" * 100_000, '{"payload": ' + "9" * 9_999,
        '{"payload": 1}', '{"payload": "é"}', '{"payload": "!", "signatures": [{"sig": "!"}]}',
    ],
)  # fmt: skip
def test_what_is_no_envelope(text: str) -> None:
    with pytest.raises(BadEnvelope):
        verify(text, PUBLIC)


Spoil = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: e | {"payload": e["payload"][:-4]},
        lambda e: e | {"payload": e["payload"] + "AAAA"},
        lambda e: e | {"payload": f" {e['payload']}"},
        lambda e: e | {"payload": None},
        lambda e: e | {"payloadType": "application/json"},
        lambda e: e | {"payloadType": 7},
        lambda e: e | {"payloadType": None},
        lambda e: e | {"payloadType": "\ud800"},
        lambda e: e | {"signatures": []},
        lambda e: e | {"signatures": e["signatures"] * 2},
        lambda e: e | {"signatures": {"sig": e["signatures"][0]["sig"]}},
        lambda e: e | {"signatures": None},
        lambda e: e | {"signatures": ["x"]},
        lambda e: e | {"signatures": [{}]},
        lambda e: e | {"signatures": [{"sig": ""}]},
        lambda e: e | {"signatures": [{"sig": 1}]},
        lambda e: e | {"signatures": [{"sig": base64.b64encode(bytes(64)).decode()}]},
        lambda e: {name: value for name, value in e.items() if name != "payloadType"},
        lambda e: [e],
    ],
)
def test_one_thing_wrong_is_enough(spoil: Spoil) -> None:
    good = json.loads(SIGNER.envelope(STATEMENT))
    assert verify(json.dumps(good), PUBLIC) == STATEMENT
    with pytest.raises(BadEnvelope):
        verify(json.dumps(spoil(good)), PUBLIC)


@pytest.mark.parametrize("payload", [b"[]", b"null", b"x", b"", b"\xff", b"[" * 100_000])
def test_our_signature_alone_makes_no_statement(payload: bytes) -> None:
    with pytest.raises(BadEnvelope):
        verify(json.dumps(sealed(payload)), PUBLIC)


def test_what_we_signed_as_something_else_is_no_statement() -> None:
    other = sealed(b"{}", sort="application/vnd.other+json")
    with pytest.raises(BadEnvelope, match="content is not"):
        verify(json.dumps(other), PUBLIC)
    with pytest.raises(BadEnvelope, match="does not fit"):
        verify(json.dumps(other | {"payloadType": PAYLOAD_TYPE}), PUBLIC)


def test_a_key_id_is_a_hint_and_proves_nothing() -> None:
    envelope = sealed(rfc8785.dumps(STATEMENT))  # type: ignore[arg-type]
    envelope["signatures"][0]["keyid"] = OTHER.keyid
    assert verify(json.dumps(envelope), PUBLIC) == STATEMENT


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_of_the_payload_or_signature_can_be_another(place: int, bit: int) -> None:
    envelope = json.loads(SIGNER.envelope(STATEMENT))
    for holder, name in ((envelope, "payload"), (envelope["signatures"][0], "sig")):
        raw = bytearray(base64.b64decode(holder[name]))
        raw[place % len(raw)] ^= bit
        kept, holder[name] = holder[name], base64.b64encode(raw).decode()
        with pytest.raises(BadEnvelope):
            verify(json.dumps(envelope), PUBLIC)
        holder[name] = kept
    assert verify(json.dumps(envelope), PUBLIC) == STATEMENT


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_any_text_is_an_envelope_or_a_bad_one(text: str) -> None:
    with pytest.raises(BadEnvelope):
        verify(text, PUBLIC)


# Keys.


def test_the_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "there.key.pem"
    first = load_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = load_or_make(path)
    assert fingerprint(first.public_key()) == fingerprint(again.public_key())
    assert list(path.parent.iterdir()) == [path]


def test_of_many_that_start_at_once_all_have_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(load_or_make, [tmp_path / "countersign.key.pem"] * 16))
    assert len({fingerprint(key.public_key()) for key in keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["countersign.key.pem"]


def test_a_key_that_cannot_be_kept_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadKey, match="cannot keep a signing key in"):
        load_or_make(tmp_path / "file" / "x.key.pem")


def test_a_broken_key_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.key.pem"
    path.write_text("")
    with pytest.raises(BadKey):
        load_or_make(path)
    assert path.read_text() == ""


def test_a_key_is_given_as_text_or_as_a_path(tmp_path: Path) -> None:
    text, path = pem(KEY), tmp_path / "key.pem"
    path.write_text(text)
    for given_as in (text, f"\n{text}\n", str(path)):
        assert fingerprint(load(given_as).public_key()) == SIGNER.keyid


WRONG_KEYS: dict[str, Callable[[], str]] = {
    "rsa": lambda: pem(rsa.generate_private_key(65537, 2048)),
    "ecdsa": lambda: pem(ec.generate_private_key(ec.SECP256R1())),
    "ed448": lambda: pem(ed448.Ed448PrivateKey.generate()),
    "x25519": lambda: pem(x25519.X25519PrivateKey.generate()),
}


@pytest.mark.parametrize("kind", WRONG_KEYS)
def test_only_ed25519_signs(kind: str) -> None:
    with pytest.raises(BadKey, match="not an Ed25519 key"):
        load(WRONG_KEYS[kind]())


UNREADABLE = {
    "encrypted": pem(KEY, BestAvailableEncryption(b"canary")),
    "public": PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    "cut": pem(KEY)[:60],
    "empty": "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
    "not base64": "-----BEGIN PRIVATE KEY-----\ncanary!\n-----END PRIVATE KEY-----",
    "unknown algorithm": "-----BEGIN PRIVATE KEY-----\nMBUCAQAwBgYEKgMEBQQIAAECAwQFBgc=\n"
    "-----END PRIVATE KEY-----",
    "no such file": "/nowhere/canary.pem",
    "a folder": "/tmp",  # noqa: S108
    "nul": "canary\x00",
    "nothing": "",
    "long": "canary" * 1_000,
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_said_without_showing_it(kind: str) -> None:
    with pytest.raises(BadKey, match="cannot read the signing key") as refused:
        load(UNREADABLE[kind])
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_key_file_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(pem(KEY))
    path.chmod(0)
    with pytest.raises(BadKey):
        load(str(path))


def test_the_fingerprint_is_what_people_see_in_ssh_keygen(tmp_path: Path) -> None:
    public = PUBLIC.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    (tmp_path / "id.pub").write_bytes(public)
    command = ["ssh-keygen", "-l", "-E", "sha256", "-f", str(tmp_path / "id.pub")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert fingerprint(PUBLIC) in shown.split()

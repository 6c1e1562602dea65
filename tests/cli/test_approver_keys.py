"""`verify --approver-keys`: nothing passes on Countersign's word alone, however well it is signed."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import RS256

from bot.cli import approver_keys
from tests import attested
from tests.attested import REPOSITORY, REVISION, TREE
from tests.cli import job
from tests.cli.verify_job import BARE, verify
from tests.verifiers import FINE, made, overridden, said

Captured = pytest.CaptureFixture[str]
Told = dict[str, Any]
AUDIENCE = "https://sign.acme.example"
HERS = ec.generate_private_key(ec.SECP256R1())
HIS = ec.generate_private_key(ec.SECP256R1())
MODERN = Ed25519PrivateKey.generate()
WINDOWS = rsa.generate_private_key(65537, 2048)
Secret = ec.EllipticCurvePrivateKey | Ed25519PrivateKey | rsa.RSAPrivateKey


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def without(name: str) -> Told:
    return {known: it for known, it in decision().items() if known != name}


def cose(key: Secret) -> str:
    """As a browser hands it over at registration."""
    if isinstance(key, Ed25519PrivateKey):
        return b64(bytes.fromhex("a4010103272006215820") + key.public_key().public_bytes_raw())
    if isinstance(key, rsa.RSAPrivateKey):
        return b64(cbor.encode(dict(RS256.from_cryptography_key(key.public_key()))))
    at = key.public_key().public_numbers()
    x, y = at.x.to_bytes(32, "big"), at.y.to_bytes(32, "big")
    return b64(bytes.fromhex("a5010203262001215820") + x + bytes.fromhex("225820") + y)


def decision() -> Told:
    return {
        "v": "countersign-decision/1",
        "audience": AUDIENCE,
        "signoff": attested.SIGNOFF,
        "repository": REPOSITORY,
        "environment": "production",
        "revision": REVISION,
        "tree": TREE,
        "artifact": "",
        "policyDigest": "sha256:" + "e" * 64,
        "verdict": "approve",
        "reason": "",
        "checklist": [],
        "person": "ada",
        "nonce": "0" * 32,
        "at": moment(timedelta(0)),
    }


def moment(after: timedelta) -> str:
    """As the page writes it, so long after what `review` says."""
    said = datetime.fromisoformat(review(None)["at"]) + after
    return f"{said:%Y-%m-%dT%H:%M:%S.000Z}"


def long_ago(**facts: object) -> Told:
    """All of it was so then: an old approval that is made good again."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=121)  # noqa: TID251
    told = decision() | {"at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    return review(assertion(decided=told), at=attested.stamp(at), **facts)


def assertion(
    key: Secret = HERS,
    decided: Told | None = None,
    *,
    flags: int = 0x05,
    host: str = "sign.acme.example",
    counter: bytes = bytes(4),
    client: Callable[[Told], Told] = lambda it: it,
) -> Told:
    """What a security key makes of a decision, by hand."""
    statement = rfc8785.dumps(decided or decision())
    data = json.dumps(
        client(
            {
                "type": "webauthn.get",
                "challenge": b64(hashlib.sha256(statement).digest()),
                "origin": AUDIENCE,
                "crossOrigin": False,
            }
        )
    ).encode()
    device = hashlib.sha256(host.encode()).digest() + bytes([flags]) + counter
    message = device + hashlib.sha256(data).digest()
    if isinstance(key, Ed25519PrivateKey):
        signature = key.sign(message)
    elif isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(message, PKCS1v15(), SHA256())
    else:
        signature = key.sign(message, ec.ECDSA(SHA256()))
    return {
        "credential": "x",
        "publicKey": cose(key),
        "statement": statement.decode(),
        "clientData": b64(data),
        "authenticatorData": b64(device),
        "signature": b64(signature),
    }


def review(asserted: object, **facts: object) -> Told:
    plain = made(FINE["as it is"]).statement["predicate"]["reviews"][0]
    return {**plain, "proved": "web-oidc+webauthn", "assertion": asserted, **facts}


def verified(folder: Path, *reviews: Told, keys: object = None, **facts: object) -> int:
    file = folder / "approvers.json"
    told = (
        {"ada": [cose(HERS), cose(MODERN)], "bob": [cose(HIS), cose(WINDOWS)]}
        if keys is None
        else keys
    )
    file.write_text(told if isinstance(told, str) else json.dumps(told))
    it = said(reviews=list(reviews), **facts)(made(FINE["as it is"]))
    return verify(it, folder, "--approver-keys", str(file))


def test_an_approval_by_ones_own_key_is_one(tmp_path: Path) -> None:
    assert verified(tmp_path, review(assertion())) == 0
    assert verified(tmp_path, review(assertion(MODERN))) == 0
    his = review(assertion(WINDOWS, decision() | {"person": "bob"}), person="bob")
    assert verified(tmp_path, his) == 0
    shown = assertion(decided=decision() | {"at": moment(timedelta(minutes=-5))})
    assert verified(tmp_path, review(shown)) == 0


def test_of_each_person_the_last_word_counts(tmp_path: Path) -> None:
    """Who clicked, and was asked for more when the policy changed."""
    click, key = review(None, proved="slack-click"), review(assertion())
    assert verified(tmp_path, click, key) == 0
    assert verified(tmp_path, key, click) == 1
    assert verified(tmp_path, key, {**click, "person": "bob"}) == 1


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        (review(None), "not made with a security key"),
        (review(assertion(), proved="slack-click"), "not made with a security key"),
        (review(assertion(HIS)), "a key that is not among theirs"),
        (review(assertion(), person="bob"), "a key that is not among theirs"),
        (review(assertion(), person="eve"), "a key that is not among theirs"),
        (review(assertion() | {"publicKey": cose(MODERN)}), "does not fit"),
        (review(assertion(HIS) | {"publicKey": cose(HERS)}), "does not fit"),
        (review(assertion() | {"publicKey": []}), "a key that is not among theirs"),
        (review(assertion() | {"signature": b64(b"x" * 70)}), "does not fit"),
        (review(assertion() | {"signature": "="}), "base64"),
        (review(assertion() | {"statement": None}), "does not hold what was signed"),
        (review(assertion() | {"statement": "{"}), "cannot be read"),
        (review(assertion(flags=0x01)), "did not ask who holds it"),
        (review(assertion(flags=0x04)), "did not ask who holds it"),
        (review(assertion(host="evil.example")), "for another site"),
        (review(assertion() | {"authenticatorData": ""}), "for another site"),
        (review(assertion(counter=b"")), "for another site"),
        (review(assertion(client=lambda it: it | {"type": "webauthn.create"})), "something else"),
        (review(assertion(client=lambda it: it | {"challenge": b64(bytes(32))})), "something else"),
        (review(assertion(client=lambda it: it | {"origin": "https://evil.example"})), "another page"),
        (review(assertion(client=lambda it: it | {"crossOrigin": True})), "another page"),
        *(
            (review(assertion(decided=decision() | {name: other})), f"another {name}")
            for name, other in {
                "v": "countersign-passkey/1",
                "verdict": "reject",
                "person": "bob",
                "signoff": "sgn_other",
                "repository": "acme/ledger",
                "environment": "staging",
                "revision": "0" * 40,
                "artifact": "sha256:0",
                "policyDigest": "sha256:0",
                "tree": "f" * 40,
                "reason": "fun",
            }.items()
        ),
        *(
            (review(assertion(decided=decision() | {"at": at})), why)
            for at, why in {
                "2019-01-01T00:00:00Z": "at another moment",
                moment(timedelta(minutes=-7)): "at another moment",
                moment(timedelta(minutes=1)): "at another moment",
                "yesterday": "when they decided",
                "2026-13-22T10:00:00Z": "when they decided",
            }.items()
        ),
        (long_ago(), "too long ago"),
        *(
            (review(assertion(decided=without(name))), why)
            for name, why in (("at", "when they decided"), ("nonce", "signed once"), ("tree", "another tree"))
        ),
        (review(assertion(decided=decision() | {"audience": "https://[x"})), "on which site"),
        (review(assertion(decided=decision() | {"audience": "https://evil.example"})), "another page"),
        # Another decision that was signed, put in the place of the one whose signature it bears.
        (
            review(assertion() | {"statement": rfc8785.dumps(decision() | {"nonce": "1" * 32}).decode()}),
            "something else",
        ),
    ],
)  # fmt: skip
def test_an_approval_with_one_thing_wrong_is_not_theirs(
    bent: Told, why: str, tmp_path: Path, capsys: Captured
) -> None:
    assert verified(tmp_path, bent) == 1
    assert why in capsys.readouterr().err


def test_nothing_else_lets_it_go_on(tmp_path: Path, capsys: Captured) -> None:
    good = review(assertion())
    assert verified(tmp_path, good) == 0
    for facts in ({"status": "overridden"}, {"status": "not_required"}):
        assert verified(tmp_path, good, **facts) == 1
    assert verified(tmp_path) == 1
    assert verified(tmp_path, {**good, "verdict": "reject"}) == 1
    assert capsys.readouterr().err.count("no approver approved it with a key of their own") == 4
    assert overridden(made(FINE["as it is"]))


@pytest.mark.parametrize(
    "keys",
    ["", "[]", '{"ada": "x"}', '{"ada": ["x"]}', '{"ada": [7]}', '{"ada": [], "ada": []}',
     {"ada": [b64(bytes(77))]}, {"ada": [b64(bytes.fromhex("a5010203262001215820") + bytes(67))]}],
)  # fmt: skip
def test_a_file_of_no_keys_is_a_mistake_of_who_asks(
    keys: object, tmp_path: Path, capsys: Captured
) -> None:
    assert verified(tmp_path, review(assertion()), keys=keys) == 2
    assert "--approver-keys" in capsys.readouterr().err


def test_somebody_without_keys_approves_nothing(tmp_path: Path) -> None:
    assert verified(tmp_path, review(assertion()), keys={"ada": []}) == 1
    assert verified(tmp_path, review(assertion()), keys={}) == 1


@pytest.mark.parametrize(
    "reviews",
    [
        None,
        7,
        [7],
        [{"verdict": "approve"}],
        [{"verdict": "approve", "assertion": 7, "proved": []}],
    ],
)
def test_whatever_is_signed_gets_an_answer(reviews: object) -> None:
    against = approver_keys.read(json.dumps({"ada": [cose(HERS)]}))
    assert against({"predicate": {"status": "approved", "reviews": reviews}})
    assert against({"predicate": None})


def test_a_job_without_the_package_is_told_so(tmp_path: Path) -> None:
    file, key = made(FINE["as it is"]).written(tmp_path)
    about = ["--repository", REPOSITORY, "--revision", REVISION, "--environment", "production"]
    command = [sys.executable, "-S", "-I", "-c", BARE, str(file), "--key", str(key), *about]
    done = subprocess.run(
        [*command, "--approver-keys", str(file)],
        capture_output=True, text=True, cwd=tmp_path, env={"PATH": job.PATH},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "countersign: --approver-keys needs a package: pip install cryptography\n"

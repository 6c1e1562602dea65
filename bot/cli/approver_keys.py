"""Did the approvers themselves approve this: with security keys that whoever deploys knows?

Then it is not Countersign's word alone that lets it go on. Needs `cryptography`, unlike all else here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from bot import strict_json
from bot.agent.vouching import Told, artifacts
from bot.ports import Malformed

_DECISION = "countersign-decision/1"
_PROVED = "web-oidc+webauthn"
_PRESENT_AND_VERIFIED = 0x01 | 0x04

# COSE keys, as CTAP2 wants them spelt: what stands before and between the coordinates.
_ES256, _BETWEEN = bytes.fromhex("a5010203262001215820"), bytes.fromhex("225820")
_EDDSA = bytes.fromhex("a4010103272006215820")

_Keys = Mapping[str, tuple[str, ...]]


class _Unproved(Exception):
    """An approval that its person did not make so; the text says what is wrong with it."""


def read(text: str) -> Callable[[Told], list[str]]:
    """What finds out what speaks against a statement. `{"ada": ["<COSE key in base64url>"]}`.

    Raises ValueError for a file of another shape.
    """
    try:
        told = strict_json.decode(text.encode("utf-8", "replace"))
    except Malformed as why:
        raise ValueError(str(why)) from None
    if not isinstance(told, dict) or not all(map(_is_list_of_keys, told.values())):
        raise ValueError('it must be like {"ada": ["<key in base64url>"]}')
    keys = {person: tuple(theirs) for person, theirs in told.items()}
    return lambda statement: list(_against(statement, keys))


def _is_list_of_keys(value: object) -> bool:
    if not isinstance(value, list):
        return False
    try:
        return all(isinstance(it, str) and _key(_bytes(it)) for it in value)
    except _Unproved:
        return False


def _against(statement: Told, keys: _Keys) -> Iterator[str]:
    """Nothing passes on Countersign's word alone: neither an override nor what no policy asked for."""
    predicate = statement.get("predicate")
    told = predicate if isinstance(predicate, dict) else {}
    reviews = told.get("reviews")
    found = [it for it in (reviews if isinstance(reviews, list) else []) if isinstance(it, dict)]
    approvals = [it for it in found if it.get("verdict") == "approve"]
    if told.get("status") != "approved" or not approvals:
        yield "no approver approved it with a key of their own"
    for review in approvals:
        try:
            _check(review, statement, told, keys)
        except _Unproved as why:
            yield f"the approval by {review.get('person')!s:.60} is not theirs: {why}"


def _check(review: Told, statement: Told, predicate: Told, keys: _Keys) -> None:
    """Raises _Unproved."""
    made = review.get("assertion")
    if review.get("proved") != _PROVED or not isinstance(made, dict):
        raise _Unproved("it was not made with a security key")
    public = made.get("publicKey")
    if public not in keys.get(str(review.get("person")), ()):
        raise _Unproved("it was made with a key that is not among theirs")
    said = made.get("statement")
    if not isinstance(said, str):
        raise _Unproved("it does not hold what was signed")
    decision = _object(said.encode("utf-8", "replace"))
    _fits(decision, _expected(review, statement, predicate))
    client, device = _bytes(made.get("clientData")), _bytes(made.get("authenticatorData"))
    _answers(_object(client), said, decision)
    _made_by_a_person(device, decision)
    _signed(_bytes(public), _bytes(made.get("signature")), device + hashlib.sha256(client).digest())


def _expected(review: Told, statement: Told, predicate: Told) -> dict[str, object]:
    return {
        "v": _DECISION,
        "verdict": "approve",
        "person": review.get("person"),
        "policyDigest": review.get("policyDigest"),
        **{
            name: predicate.get(name)
            for name in ("signoff", "repository", "environment", "revision")
        },
        "artifact": "".join(artifacts(statement)),
    }


def _fits(decision: Told, expected: Mapping[str, object]) -> None:
    for name, value in expected.items():
        if (decision.get(name) or "") != (value or ""):
            raise _Unproved(f"they decided on another {name}")


def _answers(client: Told, said: str, decision: Told) -> None:
    """The challenge is what was decided: so the key signed that, and was not asked for anything else."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(said.encode()).digest()).decode()
    if client.get("type") != "webauthn.get" or client.get("challenge") != challenge.rstrip("="):
        raise _Unproved("their key was asked for something else")
    origin, _ = _site(decision)
    if client.get("origin") != origin or client.get("crossOrigin") not in (None, False):
        raise _Unproved("their key was asked on another page")


def _site(decision: Told) -> tuple[str, str]:
    """Whose pages they decided on: the origin and the host."""
    try:
        found = urlsplit(str(decision.get("audience")))
        return f"{found.scheme}://{found.netloc}", found.hostname or ""
    except ValueError:
        raise _Unproved("it does not say on which site they decided") from None


def _made_by_a_person(device: bytes, decision: Told) -> None:
    _, host = _site(decision)
    if device[:32] != hashlib.sha256(host.encode()).digest() or len(device) < 37:
        raise _Unproved("their key was asked for another site")
    if device[32] & _PRESENT_AND_VERIFIED != _PRESENT_AND_VERIFIED:
        raise _Unproved("their key did not ask who holds it")


def _signed(public: bytes, signature: bytes, message: bytes) -> None:
    key = _key(public)
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ECDSA(SHA256()))
    except InvalidSignature:
        raise _Unproved("its signature does not fit") from None


def _key(cose: bytes) -> EllipticCurvePublicKey | Ed25519PublicKey:
    try:
        if len(cose) == 42 and cose.startswith(_EDDSA):
            return Ed25519PublicKey.from_public_bytes(cose[10:])
        if len(cose) == 77 and cose.startswith(_ES256) and cose[42:45] == _BETWEEN:
            x, y = (int.from_bytes(it, "big") for it in (cose[10:42], cose[45:]))
            return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except ValueError:
        raise _Unproved("its key is none") from None
    raise _Unproved("its key is neither of ES256 nor of EdDSA")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = strict_json.decode(body)
    except Malformed:
        found = None
    if not isinstance(found, dict):
        raise _Unproved("what was signed cannot be read")
    return found


def _bytes(text: object) -> bytes:
    """Of base64url without its padding."""
    plain = text if isinstance(text, str) and "=" not in text else "!"
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise _Unproved("its base64 is broken") from None

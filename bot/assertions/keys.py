"""Did this public key make this signature, and is it one whose signatures can be checked?"""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

# COSE keys, as CTAP2 wants them spelt: what stands before and between the coordinates.
_ES256, _BETWEEN = bytes.fromhex("a5010203262001215820"), bytes.fromhex("225820")
_EDDSA = bytes.fromhex("a4010103272006215820")
_RS256, _EXPONENT = bytes.fromhex("a401030339010020590100"), bytes.fromhex("2143010001")
"""2048 bits, as Windows Hello makes them."""


class Unproved(Exception):
    """Somebody did not sign so what they are said to have; the text says what is wrong with it."""


def is_key(text: object) -> bool:
    """Whether it is a public key in base64url (COSE) whose signatures can be checked."""
    try:
        return isinstance(text, str) and bool(_key(bytes_of(text)))
    except Unproved:
        return False


def check_signed(public: bytes, signature: bytes, message: bytes) -> None:
    """Raises Unproved."""
    key = _key(public)
    try:
        match key:
            case Ed25519PublicKey():
                key.verify(signature, message)
            case RSAPublicKey():
                key.verify(signature, message, PKCS1v15(), SHA256())
            case _:
                key.verify(signature, message, ECDSA(SHA256()))
    except InvalidSignature:
        raise Unproved("its signature does not fit") from None


def _key(cose: bytes) -> EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey:
    try:
        if len(cose) == 42 and cose.startswith(_EDDSA):
            return Ed25519PublicKey.from_public_bytes(cose[10:])
        if len(cose) == 77 and cose.startswith(_ES256) and cose[42:45] == _BETWEEN:
            x, y = (int.from_bytes(it, "big") for it in (cose[10:42], cose[45:]))
            return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
        if len(cose) == 272 and cose.startswith(_RS256) and cose.endswith(_EXPONENT):
            return RSAPublicNumbers(65537, int.from_bytes(cose[11:267], "big")).public_key()
    except ValueError:
        raise Unproved("its key is none") from None
    raise Unproved("its key is none of ES256, EdDSA or RS256 (2048 bits)")


def bytes_of(text: object) -> bytes:
    """Of base64url without its padding. Raises Unproved."""
    plain = text if isinstance(text, str) and "=" not in text else "!"
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Unproved("its base64 is broken") from None

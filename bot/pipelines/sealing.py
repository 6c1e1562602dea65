"""What if the way back needs a credential that the platform sent along? It is kept, but sealed.

A return address stands in the database and in the audit trail for good, so of a credential it holds
only what nobody can use without the connection's own secret. AES-SIV (RFC 5297) says the same of the
same credential every time: so a change that is told twice is still the same change.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.ports import Undelivered

_KEY_BYTES = 64
_FOR = b"countersign: sealed for the way back, 1"


def seal(secret: bytes, credential: bytes, *about: str) -> str:
    """Opens with the same secret only, and only for what it is `about`: its connection, say."""
    return urlsafe_b64encode(_cipher(secret).encrypt(credential, _bytes(about))).decode()


def unseal(secret: bytes, sealed: str, *about: str) -> bytes:
    """Raises Undelivered, for good: with another secret, about something else, or changed."""
    try:
        return _cipher(secret).decrypt(urlsafe_b64decode(sealed.encode()), _bytes(about))
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise Undelivered(
            "its credential cannot be opened: the connection's secret is another one by now, or "
            "what was kept is not what was sealed",
            final=True,
        ) from error


def unseal_with_any(secrets: Sequence[bytes], sealed: str, *about: str) -> bytes:
    """The same with whichever of these it was sealed with. Raises Undelivered, for good."""
    *first, last = secrets
    for secret in first:
        with suppress(Undelivered):
            return unseal(secret, sealed, *about)
    return unseal(last, sealed, *about)


def _cipher(secret: bytes) -> AESSIV:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_FOR).derive(secret)
    return AESSIV(derived)


def _bytes(about: tuple[str, ...]) -> list[bytes]:
    """Each on its own: no two lists of them are the same when they are written in a row."""
    return [it.encode("utf-8", "surrogatepass") for it in about]

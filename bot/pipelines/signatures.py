"""Did this message come, just now and unchanged, from somebody who has our secret?

Standard Webhooks (https://www.standardwebhooks.com), on raw bytes; and the simpler ways of platforms
that know no moment: an HMAC in hex digits, or the very secret. Standard Webhooks are written out here because the
published library raises ValueError on some malformed headers and accepts fractional timestamps.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.ports import Unauthenticated

TOLERANCE = timedelta(minutes=5)

_ID = re.compile(r"[!-\-/-~]{1,256}")  # printable ASCII without the dot, which separates fields
_STAMP = re.compile(r"[0-9]{1,12}")
_PREFIX = "whsec_"


def secret_key(secret: str) -> bytes:
    """The key inside a `whsec_…` secret. Raises ValueError, which never holds the secret."""
    if not secret.startswith(_PREFIX):
        raise ValueError("must begin with whsec_")
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX).encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("must be base64 after whsec_") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("must hold 24 to 64 bytes")
    return key


def sign(key: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that prove `body` to come from us. `at` must be aware."""
    if not _ID.fullmatch(message_id):
        raise ValueError("a message id is printable ASCII without dots")
    stamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": _signature(key, message_id, stamp, body).decode(),
    }


def sign_with_each(
    keys: Sequence[bytes], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """The same with several keys, so that whoever has one of them is content."""
    first, *others = (sign(key, message_id, at, body) for key in keys)
    more = (it["webhook-signature"] for it in others)
    return {**first, "webhook-signature": " ".join([first["webhook-signature"], *more])}


def verify(keys: tuple[bytes, ...], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of an authentic message, signed with any of `keys`.

    Raises Unauthenticated, and nothing else whatever the headers hold.
    """
    message_id = headers.get("webhook-id", "")
    if not _ID.fullmatch(message_id):
        raise Unauthenticated("webhook-id is missing or not a plain word")
    stamp = headers.get("webhook-timestamp", "")
    if not _STAMP.fullmatch(stamp):
        raise Unauthenticated("webhook-timestamp is missing or not whole seconds")
    age = now.timestamp() - int(stamp)
    if abs(age) > TOLERANCE.total_seconds():
        raise Unauthenticated(f"webhook-timestamp is {age:.0f} s old")
    expected = [_signature(key, message_id, stamp, body) for key in keys if key]
    _judge("webhook-signature", _bytes(headers.get("webhook-signature", "")).split(), expected)
    return message_id


def verify_hex(
    keys: Iterable[bytes],
    body: bytes,
    header: str,
    offered: str,
    *,
    prefix: str = "",
    digest: str = "sha256",
) -> None:
    """Raises Unauthenticated unless `offered` is `prefix` and the HMAC of `body` with any of `keys`, in
    small hex digits. `header` is what it came in.
    """
    expected = [f"{prefix}{hmac.digest(key, body, digest).hex()}".encode() for key in keys if key]
    _judge(header, [_bytes(offered)], expected)


def verify_secret(secrets: Iterable[bytes], header: str, offered: str) -> None:
    """Raises Unauthenticated unless `offered` is one of the secrets itself."""
    _judge(header, [_bytes(offered)], [it for it in secrets if it])


def _judge(header: str, offered: Sequence[bytes], expected: Iterable[bytes]) -> None:
    """What is empty proves nothing."""
    if not any(hmac.compare_digest(e, o) for e in expected for o in offered if o):
        raise Unauthenticated(f"{header} is missing or does not match")


def _bytes(offered: str) -> bytes:
    """compare_digest raises on text that is not ASCII."""
    return offered.encode("utf-8", "surrogatepass")


def _signature(key: bytes, message_id: str, stamp: str, body: bytes) -> bytes:
    signed = b"%b.%b.%b" % (message_id.encode(), stamp.encode(), body)
    return b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))

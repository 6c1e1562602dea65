"""Was it really Slack? Judged on raw bytes, before anything is parsed.

Bolt parses a body before it looks at the signature, and logs a body whose signature is wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.clock import Clock

TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"

TOLERANCE = 300
"""Seconds that a request may be old, or early."""

_TEN_DIGITS = re.compile(r"[0-9]{10}", re.ASCII)


class Headers(Protocol):
    def getall(self, key: str, default: list[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Verifier:
    """More than one secret while they are rotated; each of them counts."""

    secrets: tuple[str, ...] = field(repr=False)
    clock: Clock

    def __post_init__(self) -> None:
        if not self.secrets or not all(secret.strip() for secret in self.secrets):
            raise ValueError("the Slack signing secret is empty")

    def is_genuine(self, raw: bytes, headers: Headers) -> bool:
        """Total: whatever the bytes and headers are, the answer is yes or no."""
        stamp, signature = _only(headers, TIMESTAMP), _only(headers, SIGNATURE)
        if not _TEN_DIGITS.fullmatch(stamp) or not signature:
            return False
        if abs(self.clock().timestamp() - int(stamp)) > TOLERANCE:
            return False
        told = signature.encode("utf-8", "surrogateescape")
        message = b"v0:" + stamp.encode() + b":" + raw
        matches = [hmac.compare_digest(_sign(secret, message), told) for secret in self.secrets]
        return any(matches)


def _only(headers: Headers, name: str) -> str:
    """The header's value, if it is there exactly once."""
    values: Sequence[str] = headers.getall(name, [])
    return values[0] if len(values) == 1 else ""


def _sign(secret: str, message: bytes) -> bytes:
    return b"v0=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()

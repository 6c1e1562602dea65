"""Did this delivery come from our GitLab, and under which id does it repeat it?

A webhook is proved by its signing token, or by its secret token where it has no other; an external
status check by the HMAC of its shared secret, as GitLab signs those in no other way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.pipelines.parts import Parts
from bot.pipelines.signatures import secret_key, verify, verify_hex, verify_secret
from bot.ports import Delivery

TOKEN = "x-gitlab-token"  # noqa: S105 - the name of a header
SIGNATURE = "x-gitlab-signature"

_NAME = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """Where there are `signing_keys`, nothing less than their signature will do for a webhook."""

    clock: Clock
    signing_keys: tuple[bytes, ...] = field(default=(), repr=False)
    tokens: tuple[bytes, ...] = field(default=(), repr=False)
    check_secrets: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        known = (*self.signing_keys, *self.tokens)
        if not known or not all(known):
            raise ValueError("a connection to GitLab needs a signing token or a secret token")

    def is_check(self, headers: Mapping[str, str]) -> bool:
        """Whether it is to be proved as an external status check."""
        return (
            bool(self.check_secrets) and SIGNATURE in headers and "webhook-signature" not in headers
        )

    def verify(self, delivery: Delivery) -> str:
        """Its id. Raises Unauthenticated."""
        if self.is_check(delivery.headers):
            return self._check(delivery)
        if self.signing_keys:
            return verify(self.signing_keys, delivery.headers, delivery.body, self.clock())
        verify_secret(self.tokens, TOKEN, delivery.headers.get(TOKEN, ""))
        return _id(delivery)

    def _check(self, delivery: Delivery) -> str:
        """Status checks come without an id: the same text is the same message."""
        offered = delivery.headers.get(SIGNATURE, "").removeprefix("sha256=")
        verify_hex(self.check_secrets, delivery.body, SIGNATURE, offered)
        return f"check-{hashlib.sha256(delivery.body).hexdigest()}"


def proofs(parts: Parts) -> Proofs:
    """What the config has of them. Raises ValueError if that is not enough."""
    return Proofs(
        clock=parts.clock,
        signing_keys=tuple(map(secret_key, parts.proofs("signing_token"))),
        tokens=parts.keys("webhook_secret"),
        check_secrets=parts.keys("status_check_secret"),
    )


def _id(delivery: Delivery) -> str:
    """Versions before Idempotency-Key name the event and the hook; other events may share those."""
    given = delivery.headers.get("idempotency-key", "")
    if _NAME.fullmatch(given):
        return given
    named = (delivery.headers.get(f"x-gitlab-{it}-uuid", "") for it in ("event", "webhook"))
    digest = hashlib.sha256(delivery.body).hexdigest()
    return "-".join((*filter(_NAME.fullmatch, named), digest))

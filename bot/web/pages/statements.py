"""What exactly does somebody sign with their key? A text of ours, that we know again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import rfc8785

from bot.clock import Clock
from bot.engine.stepping_up import Visit
from bot.ports import Malformed
from bot.strict_json import decode
from bot.web.id_tokens import FRESH
from bot.web.pages.rendering import Site

DECISION, PASSKEY = "countersign-decision/1", "countersign-passkey/1"
EMERGENCY = "countersign-override/1"

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The `nonce` in each is made of all the rest with a secret of the visit that nobody is told:
    so nobody can prepare one beforehand, and what we gave out need not be stored.
    """

    site: Site
    clock: Clock

    def made(self, visit: Visit, kind: str, facts: Facts) -> str:
        """The text, in the one way of writing it that there is (RFC 8785)."""
        at = self.clock().astimezone(UTC).isoformat(timespec="milliseconds")
        said = {
            **facts,
            "v": kind,
            "audience": self.site.url,
            "person": visit.person,
            "at": at.replace("+00:00", "Z"),
        }
        return _written({**said, "nonce": _nonce(visit, said)}).decode()

    def known(self, visit: Visit, kind: str, text: object) -> Facts:
        """What such a text says, if it is one that we gave to this visit lately. Raises Malformed."""
        if not isinstance(text, str):
            raise Malformed("the statement is no text")
        said = decode(text.encode())
        if not isinstance(said, dict) or _written(said).decode() != text:
            raise Malformed("the statement is not written as we write it")
        nonce = said.pop("nonce", None)
        ours = isinstance(nonce, str) and hmac.compare_digest(
            nonce.encode(), _nonce(visit, said).encode()
        )
        if not ours or said["v"] != kind:
            raise Malformed("the statement is none that we gave you")
        at = datetime.fromisoformat(str(said["at"]))
        if not timedelta(0) <= self.clock() - at <= FRESH:
            raise Malformed("the statement is too old; please begin again")
        return {**said, "nonce": nonce}


def _nonce(visit: Visit, said: Facts) -> str:
    return hmac.digest(visit.nonce.encode(), _written(said), hashlib.sha256).hex()[:32]


def _written(said: Facts) -> bytes:
    return rfc8785.dumps(dict(said))  # type: ignore[arg-type]

"""Who may see how we are? Everybody who gets there, or those who know a token."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Watchers:
    """Without a `token` everybody is one."""

    token: bytes = field(default=b"", repr=False)

    def include(self, request: web.Request) -> bool:
        if not self.token:
            return True
        scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
        told = offered.strip().encode("utf-8", "surrogateescape")
        return scheme.lower() == "bearer" and hmac.compare_digest(told, self.token)


EVERYBODY = Watchers()

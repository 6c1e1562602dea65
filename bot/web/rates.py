"""How often may a connection knock? A bucket of tokens for each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

PER_SECOND = 50
BURST = 200


@dataclass(slots=True, kw_only=True)
class _Bucket:
    tokens: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Each connection may knock `burst` times at once, and `per_second` times a second for ever.

    Names of connections come from the config, so strangers cannot make us keep more buckets.
    """

    per_second: float = PER_SECOND
    burst: int = BURST
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def count(self, connection: str, now: datetime) -> None:
        """One more knock. Raises the 429 that says when to come again."""
        bucket = self._buckets.setdefault(connection, _Bucket(tokens=self.burst, at=now))
        passed = max((now - bucket.at).total_seconds(), 0.0)  # a clock may be set back
        bucket.tokens = min(bucket.tokens + passed * self.per_second, self.burst)
        bucket.at = now
        if bucket.tokens < 1:
            wait = math.ceil((1 - bucket.tokens) / self.per_second)
            raise web.HTTPTooManyRequests(
                reason="This connection sends too much at once; please try again a little later.",
                headers={"Retry-After": str(wait)},
            )
        bucket.tokens -= 1

"""Is there time for one more? Whoever cannot be answered soon is sent away before they are read.

A pipeline sends its change again, and a person presses again; both are better than waiting for
an answer that comes when nobody listens any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

CHANGES_AT_ONCE = 128
"""Changes that are being judged and stored."""

UNITS = 250
"""Units of work that wait for the database; from then on changes are sent away. People, who are
fewer, are still let in."""

UNITS_OF_A_PLATFORM = 4000
"""GitHub does not send a delivery again, and to keep one is hardly any work."""

WAITING_AT_ONCE = 500
"""Answers of one connection that are held back until a decision; each keeps a socket open."""

AGAIN_AFTER = "3"


@dataclass(slots=True)
class Pressure:
    """`changes` are under way, `waiting` for a decision by connection."""

    changes: int = 0
    waiting: Counter[str] = field(default_factory=Counter)

    def check(self, backlog: int, most: int = UNITS) -> None:
        """`backlog` are the units that wait for the database. Raises the 429 that says when."""
        if backlog >= most or self.changes >= CHANGES_AT_ONCE:
            raise _later("Too much is sent at once just now; please try again in a moment.")

    @contextmanager
    def change(self, backlog: int) -> Iterator[None]:
        """While one is judged and stored. Raises the 429."""
        self.check(backlog)
        self.changes += 1
        try:
            yield
        finally:
            self.changes -= 1

    @contextmanager
    def wait(self, connection: str) -> Iterator[None]:
        """While an answer is held back. Raises the 429."""
        if self.waiting[connection] >= WAITING_AT_ONCE:
            raise _later(
                f"This connection waits for {WAITING_AT_ONCE} decisions already; please ask "
                "without wait, or use a callback."
            )
        self.waiting[connection] += 1
        try:
            yield
        finally:
            self.waiting[connection] -= 1


def _later(reason: str) -> web.HTTPTooManyRequests:
    return web.HTTPTooManyRequests(reason=reason, headers={"Retry-After": AGAIN_AFTER})

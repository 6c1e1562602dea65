"""When is something tried again that did not work?"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

DENSE_FOR = timedelta(minutes=10)
"""A waiting pipeline wants an answer: at first we try often."""

LADDER = tuple(timedelta(minutes=m) for m in (5, 30, 120, 300, 600, 840, 1200, 1440))
GIVE_UP_AFTER = timedelta(days=3)
ASKED_AT_MOST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """Back-off with full jitter; `chance` gives a number from 0 to 1."""

    chance: Callable[[], float] = random.random

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many failures of what is wanted for ever."""
        return timedelta(seconds=min(2 ** min(attempts, 12), 3600)) * self.chance()

    def next_try(
        self, attempts: int, since: datetime, now: datetime, asked: timedelta | None = None
    ) -> datetime | None:
        """When to try again after `attempts` failures; None: never.

        `asked`, a Retry-After, makes it later and never sooner.
        """
        if now - since >= GIVE_UP_AFTER:
            return None
        if now - since < DENSE_FOR:
            longest = min(timedelta(seconds=60), timedelta(seconds=2 ** min(attempts, 6)))
        else:
            longest = next((s for s in LADDER if s > (now - since) / 2), LADDER[-1])
        pause = longest * self.chance()
        return now + max(pause, min(asked or pause, ASKED_AT_MOST))

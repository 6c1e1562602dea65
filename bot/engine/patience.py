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
AT_LEAST = 5
"""So often it is tried anew, however long the bot stood still."""

ASKED_AT_MOST = timedelta(hours=1)
SHORTEST_REST, LONGEST_REST = timedelta(seconds=1), timedelta(minutes=2)
"""So long nothing is sent to a destination that fails; a pipeline that waits is to hear soon."""


def is_due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """What was done last then, and is to be done so often. A clock that was set back makes it due."""
    return last is None or not timedelta() <= now - last < every


@dataclass(frozen=True, slots=True)
class Patience:
    """Back-off with full jitter; `chance` gives a number from 0 to 1."""

    chance: Callable[[], float] = random.random

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many failures of what is wanted for ever."""
        return timedelta(seconds=min(2 ** min(attempts, 12), 3600)) * self.chance()

    def rest(self, failures: int) -> timedelta:
        """For how long to leave a destination alone that failed so often more than it may."""
        longest = min(timedelta(seconds=5 * 2 ** min(failures, 6)), LONGEST_REST)
        return max(longest * self.chance(), SHORTEST_REST)

    def next_try(
        self, attempts: int, since: datetime, now: datetime, asked: timedelta | None = None
    ) -> datetime | None:
        """When to try again after `attempts` failures; None: never.

        `asked`, a Retry-After, makes it later and never sooner.
        """
        if now - since >= GIVE_UP_AFTER and attempts >= AT_LEAST:
            return None
        if now - since < DENSE_FOR or attempts < AT_LEAST:
            longest = min(timedelta(seconds=60), timedelta(seconds=2 ** min(attempts, 6)))
        else:
            longest = next((s for s in LADDER if s > (now - since) / 2), LADDER[-1])
        pause = longest * self.chance()
        return now + max(pause, min(asked or pause, ASKED_AT_MOST))

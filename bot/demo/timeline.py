"""What happens when? In the order of time, on a clock that is set forward from one moment to the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

MINUTE = timedelta(minutes=1)

AT_ONCE = 24
"""Of the same minute so many happen beside each other."""

Step = Callable[[], Awaitable[None]]


class Clock:
    """Shows what it was set to; never backwards."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def set(self, now: datetime) -> None:
        self.now = max(self.now, now)


@dataclass(slots=True, kw_only=True)
class Timeline:
    """Whatever would be after `ends` does not happen."""

    ends: datetime
    _coming: list[tuple[datetime, int, Step]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def at(self, moment: datetime, step: Step) -> None:
        if moment <= self.ends:
            heappush(self._coming, (moment, next(self._numbers), step))

    def next(self) -> tuple[datetime, list[Step]] | None:
        """What happens within one minute; None: nothing more."""
        if not self._coming:
            return None
        now, _, step = heappop(self._coming)
        steps = [step]
        while self._coming and self._coming[0][0] < now + MINUTE and len(steps) < AT_ONCE:
            steps.append(heappop(self._coming)[2])
        return now, steps

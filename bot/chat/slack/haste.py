"""How long does Slack still wait for our answer? All that is asked before it shares the time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

SECONDS = 2.2
"""Slack waits three; the rest is for our own work, and the way there and back."""

HALF = SECONDS / 2
"""For whoever asks two things that do not know of each other."""


@dataclass(frozen=True, slots=True)
class Haste:
    """`ends` is by the clock of the loop."""

    ends: float

    @property
    def left(self) -> float:
        """Seconds; nothing can be asked any more once it is nought."""
        return max(self.ends - asyncio.get_running_loop().time(), 0.0)


def hurry(seconds: float = SECONDS) -> Haste:
    """From now on."""
    return Haste(asyncio.get_running_loop().time() + seconds)

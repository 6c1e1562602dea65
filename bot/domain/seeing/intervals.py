"""Of so few, how sure can one be of a rate? Wilson's interval, and what it lets one say.

E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927). It stays
within 0 and 1, and is honest where there are few, or none, or all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.domain.seeing.saying import percent

Z = 1.959964
"""95 of a hundred such intervals hold the rate that they are about."""

PERHAPS_CHANCE = "This may be chance."
NO_CHANCE = "This is unlikely to be chance. It does not say why."


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `of`, which is more than none."""

    hits: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of or not self.of:
            raise ValueError(f"{self.hits} of {self.of} is no rate")

    @property
    def share(self) -> float:
        return self.hits / self.of

    @property
    def low(self) -> float:
        return max(0.0, self._middle - self._reach) if self.hits else 0.0

    @property
    def high(self) -> float:
        return min(1.0, self._middle + self._reach) if self.hits < self.of else 1.0

    @property
    def _middle(self) -> float:
        return (self.share + Z**2 / (2 * self.of)) / (1 + Z**2 / self.of)

    @property
    def _reach(self) -> float:
        n, p = self.of, self.share
        return Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)

    def said(self, how: str) -> str:
        """ "3 of 41 failed: 7 %, likely between 3 and 19 %"."""
        low, high = (math.floor(it * 100 + 0.5) for it in (self.low, self.high))
        return f"{self.hits:,} of {self.of:,} {how}: {percent(self.share)}, likely between {low} and {high} %"


def rate(hits: int, of: int) -> Rate | None:
    """None where there is nothing that it could be a rate of."""
    return Rate(hits, of) if of else None


def compared(one: Rate, other: Rate) -> str:
    """The only sentence there is about two rates: whether their intervals have anything in common."""
    overlap = one.low <= other.high and other.low <= one.high
    return PERHAPS_CHANCE if overlap else NO_CHANCE

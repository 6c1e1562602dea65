"""What clocks do tests go by, so that nobody waits?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.clock import system_clock
from bot.engine.patience import Patience

HASTE = 0.02
"""A few hundredths of the time are enough."""

QUICKLY = Patience(chance=lambda: HASTE)
"""Tries again after so much of the time."""


@dataclass
class MovableClock:
    """The machine's clock, and what the test adds to it."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return (system_clock() + self.ahead).astimezone(UTC)

    def advance(self, **time: float) -> None:
        self.ahead += timedelta(**time)

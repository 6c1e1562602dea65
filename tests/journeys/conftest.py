"""A stage for each journey: the real server, a play Slack, a toy pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import system_clock
from bot.demo.scene import Scene, playing
from bot.engine.patience import Patience

QUICKLY = Patience(chance=lambda: 0.02)
"""Tries again after a few hundredths of the time."""


@dataclass
class MovableClock:
    """The machine's clock, and what the test adds to it."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return (system_clock() + self.ahead).astimezone(UTC)

    def advance(self, **time: float) -> None:
        self.ahead += timedelta(**time)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, clock=clock, patience=QUICKLY) as scene:
        yield scene

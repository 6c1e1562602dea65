"""A stage for each journey: the real server, a play Slack, a toy pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.scene import Scene, playing
from tests.clocks import QUICKLY, MovableClock
from tests.databases import begun


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    begun(tmp_path / "countersign.db")
    async with playing(tmp_path, clock=clock, patience=QUICKLY) as scene:
        yield scene

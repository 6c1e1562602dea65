"""A house with a dashboard: the demo's company, whose people sign in with their play Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.company import AT_ONCE
from bot.demo.scene import Scene, playing
from tests.web.ci import MovableClock
from tests.web.visitor import PUBLIC


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    clock.stop()
    environ = {"PUBLIC_URL": PUBLIC}
    async with playing(tmp_path, clock=clock, config=AT_ONCE, environ=environ) as scene:
        yield scene

"""The real house, a play Slack and a toy pipeline, and a CI that can also do everything wrong."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.demo.scene import Scene, playing
from tests.databases import begun
from tests.web.ci import Ci, MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    begun(tmp_path / "countersign.db")
    async with playing(tmp_path, clock=clock) as scene:
        yield scene


@pytest.fixture
def ci(scene: Scene) -> Ci:
    return Ci(scene)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What a stranger does is no trouble of ours: no error is logged, by the door or by aiohttp."""
    yield
    told = [r for r in caplog.get_records("call") if r.name.startswith(("bot.web", "aiohttp"))]
    assert [r.getMessage() for r in told if r.levelno >= logging.ERROR] == []

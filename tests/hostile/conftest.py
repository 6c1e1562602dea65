"""What went wrong inside while a door was stormed?"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.demo.scene import Scene, playing
from bot.logs import PROTOCOL
from tests.clocks import MovableClock
from tests.databases import begun
from tests.web.ci import Ci


class Troubles(logging.Handler):
    """Only what nobody foresaw: thousands of refusals are not kept."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and len(self.found) < 10:
            self.found.append(self.format(record))


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    """pytest keeps what is logged, and would be what grows."""
    handler = Troubles()
    loggers = [
        logging.getLogger(it) for it in ("aiohttp", "asyncio", "bot", "slack_bolt", "storage")
    ]
    before = {logger: logger.level for logger in loggers}
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.ERROR)
    logging.getLogger(PROTOCOL).disabled = True
    yield handler
    for logger, level in before.items():
        logger.removeHandler(handler)
        logger.setLevel(level)
    logging.getLogger(PROTOCOL).disabled = False
    assert not handler.found, "\n".join(handler.found)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    """The whole house, a play Slack and a toy pipeline."""
    begun(tmp_path / "countersign.db")
    async with playing(tmp_path, clock=clock) as scene:
        yield scene


@pytest.fixture
def ci(scene: Scene) -> Ci:
    return Ci(scene)

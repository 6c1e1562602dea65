"""A stage for each peer: the real server, a play Slack, and a repository to ship."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.scene import Scene, playing
from tests.clocks import QUICKLY
from tests.peers.programs import countersign_in
from tests.repositories import JUN, Repository, a_repository

CLAUDE = "Co-Authored-By: Claude <noreply@anthropic.com>"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with playing(tmp_path, patience=QUICKLY) as scene:
        yield scene


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """What was made by hand runs; what an AI helped with is to be shipped."""
    made = a_repository(tmp_path)
    made.git("remote", "add", "origin", "https://github.com/acme/payments-api")
    made.git("config", "user.name", JUN[0])
    made.git("config", "user.email", JUN[1])
    made.commit("Begin", a_py="one\n")
    made.commit(f"Retry refunds\n\n{CLAUDE}", a_py="two\n")
    return made


@pytest.fixture
def countersign(tmp_path: Path) -> Path:
    """The folder where a job finds `countersign`."""
    return countersign_in(tmp_path / "bin")

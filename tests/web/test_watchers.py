"""What a stranger learns of how we are: with a token that is asked for, only whether we are ready."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.scene import Scene, playing
from tests.web.ci import Ci, MovableClock

TOKEN = "a-token-for-those-who-watch"
WATCHER = {"Authorization": f"Bearer {TOKEN}"}
STRANGERS = (
    {},
    {"Authorization": "Bearer another-token"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": TOKEN},
    {"Authorization": "Bearer "},
    {"Authorization": f"Bearer {TOKEN}x"},
)


@pytest.fixture
async def watched(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    environ = {"COUNTERSIGN_METRICS_TOKEN": TOKEN}
    async with playing(tmp_path, clock=clock, environ=environ) as scene:
        yield scene


@pytest.mark.parametrize("headers", STRANGERS, ids=str)
async def test_a_stranger_sees_no_figures(watched: Scene, headers: dict[str, str]) -> None:
    ci = Ci(watched)
    ci.check_problem(await ci.ask("GET", "/metrics", headers), 401)
    assert b"countersign_" not in (await ci.ask("GET", "/metrics", headers)).body


@pytest.mark.parametrize("headers", STRANGERS, ids=str)
async def test_nor_why_it_is_not_ready(watched: Scene, headers: dict[str, str]) -> None:
    ci = Ci(watched)
    heard = await ci.ask("GET", "/readyz", headers)
    assert (heard.status, heard.said) == (200, {"status": "ready"})
    watched.slack.admin.revoke_token()
    await ci.post(ci.message())
    await watched.house.settle()
    heard = await ci.ask("GET", "/readyz", headers)
    assert (heard.status, heard.said) == (503, {"status": "not ready"})


async def test_who_knows_the_token_sees_both(watched: Scene) -> None:
    ci = Ci(watched)
    assert b"countersign_" in (await ci.ask("GET", "/metrics", WATCHER)).body
    watched.slack.admin.revoke_token()
    await ci.post(ci.message())
    await watched.house.settle()
    heard = await ci.ask("GET", "/readyz", WATCHER)
    assert heard.status == 503
    assert "token_revoked" in heard.said["problems"][0]


async def test_without_one_everybody_who_gets_there_does(ci: Ci) -> None:
    assert b"countersign_" in (await ci.ask("GET", "/metrics")).body

"""Where as many wait as may, one more is sent away, and may come again."""

from __future__ import annotations

import pytest

from bot.demo.scene import Scene
from tests.web.ci import Ci

MOST = 10
FLOODED = "acme/payments-flood"


@pytest.fixture
async def crowded(ci: Ci, scene: Scene) -> Ci:
    await scene.stop()
    scene.config = f"limits: {{pending_per_repository: {MOST}}}\n{scene.config}"
    await scene.start()
    for number in range(MOST):
        heard = await ci.announce_by_token(repository=FLOODED, environment=f"stage-{number}")
        assert heard.status == 202
    return ci


@pytest.mark.parametrize("door", ["hook", "api"])
async def test_one_more_hears_why_and_when_to_come_again(crowded: Ci, door: str) -> None:
    facts = {"repository": FLOODED, "environment": "one-more", "key": "one more"}
    heard = (
        await crowded.post(crowded.message(**facts))
        if door == "hook"
        else await crowded.announce_by_token(**facts)
    )
    crowded.check_problem(heard, 429, f"{MOST} changes of {FLOODED} wait for a signature already")
    assert heard.headers["retry-after"] == "600"


async def test_another_repository_is_asked_as_before(crowded: Ci) -> None:
    await crowded.loses_nothing()

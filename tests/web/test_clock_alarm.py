"""/readyz and /metrics say that a clock is wrong: to look at, or because nothing works for it."""

from __future__ import annotations

import pytest

from bot.demo.scene import Scene
from tests.web.ci import Ci, Heard

SLACK = "the clock of Slack is"


async def ready(ci: Ci, scene: Scene, ahead: float) -> Heard:
    """After Slack has answered something, dated so."""
    scene.slack.ahead = ahead
    seen = len(scene.slack.calls)
    assert (await ci.post(ci.message())).status == 202
    await scene.slack.wait_for(lambda: [*scene.slack.calls][seen:])
    await scene.house.settle()
    return await ci.ask("GET", "/readyz")


async def offset(ci: Ci) -> float:
    told = (await ci.ask("GET", "/metrics")).body.decode().splitlines()
    lead = 'countersign_clock_offset_seconds{clock="Slack"} '
    [line] = [line for line in told if line.startswith(lead)]
    return float(line.removeprefix(lead))


async def test_while_they_agree_nothing_is_said(ci: Ci, scene: Scene) -> None:
    heard = await ready(ci, scene, 0)
    assert (heard.status, heard.said) == (200, {"status": "ready"})
    assert await offset(ci) == 0


async def test_what_is_off_by_a_minute_is_a_warning(ci: Ci, scene: Scene) -> None:
    heard = await ready(ci, scene, 60)
    assert (heard.status, heard.said["status"]) == (200, "ready")
    [warning] = heard.said["warnings"]
    assert warning.startswith(SLACK)
    assert await offset(ci) == pytest.approx(60, abs=5)


async def test_what_is_off_by_so_much_that_signatures_are_refused_is_not_ready(
    ci: Ci, scene: Scene
) -> None:
    heard = await ready(ci, scene, -600)
    assert heard.status == 503
    [problem] = heard.said["problems"]
    assert problem.startswith(SLACK)
    assert problem.endswith("what it signs is refused")

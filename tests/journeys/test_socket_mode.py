"""With an app token Slack is heard by a socket we open, and its door in our wall is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.scene import CHANNEL, SENIOR, Scene, playing, reading, staged
from bot.playground.faults import Fault
from bot.playground.things import Message
from tests.clocks import QUICKLY, MovableClock

BY_SOCKET = {"SLACK_APP_TOKEN": "xapp-playground"}


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, clock=clock, patience=QUICKLY, environ=BY_SOCKET) as scene:
        await scene.slack.wait_for(lambda: scene.slack.socket_open)
        yield scene


async def test_a_click_travels_by_the_socket(scene: Scene):
    signoff_id = await scene.send(REFUNDS)

    answer = await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")

    assert answer.ok
    await scene.shown(signoff_id, "was told to go on")
    [run] = scene.pipeline.runs.values()
    assert run.state == "deployed"


async def test_so_does_a_form_with_its_answer(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    await scene.press(SENIOR, await scene.shown(signoff_id), "Reject")

    answer = await scene.slack.submit(SENIOR, {"choice": "other", "reason": " "})
    assert "say why" in answer.errors["reason"]
    await scene.slack.submit(SENIOR, {"choice": "other", "reason": "No test."})

    await scene.shown(signoff_id, "Rejected by Ada Park")


async def test_so_do_commands_and_the_home_tab(scene: Scene):
    await scene.shown(await scene.send(REFUNDS))

    answer = await scene.slack.command(SENIOR, "/signoff", "mine", CHANNEL)
    assert answer.ok
    assert "1 waiting for you" in answer.json["text"]

    await scene.slack.open_home(SENIOR)
    home = await scene.slack.wait_for(lambda: scene.slack.home(SENIOR))
    assert "Retry refunds" in reading(home)


async def test_the_door_by_http_is_gone(scene: Scene):
    status, _ = await scene.post("/slack/events", b"{}", {"Content-Type": "application/json"})

    assert status == 404


async def test_its_twin_without_the_token_is_there(tmp_path: Path):
    async with playing(tmp_path) as scene:
        headers = {"Content-Type": "application/json"}
        async with scene.http.post(
            f"{scene.address}/slack/events", data=b"{}", headers=headers
        ) as answer:
            assert answer.status == 401


async def test_slack_may_ask_us_to_come_back_on_another_socket(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    opened = _opened(scene)

    await scene.slack.refresh_sockets()
    await scene.slack.wait_for(
        lambda: _opened(scene) > opened and scene.slack.socket_open, timeout=20
    )

    assert await _heard(scene, card)
    await scene.shown(signoff_id, "Approved by Ada Park")
    assert await scene.get("/readyz") == (200, {"status": "ready"})


async def _heard(scene: Scene, card: Message) -> bool:
    """The client of Slack's SDK may come twice, and what it was sent in between is lost: one presses again."""
    for _ in range(3):
        if (await scene.press(SENIOR, card, "Approve")).ok:
            return True
    return False


async def test_ready_once_the_socket_is_open(tmp_path: Path):
    async with staged(tmp_path, environ=BY_SOCKET) as scene:
        scene.slack.fail("apps.connections.open", Fault.ERROR("internal_error"), times=None)
        await scene.start()
        status, said = await scene.get("/readyz")
        assert (status, said["problems"]) == (
            503,
            ["Slack cannot reach us: the socket is not connected"],
        )
        assert not scene.slack.socket_open


async def test_its_twin_is_ready(scene: Scene):
    assert await scene.get("/readyz") == (200, {"status": "ready"})


async def test_the_same_click_sent_twice_is_one_review(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    answer = await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")

    again = await scene.slack.resend(answer)

    assert again.ok
    _, said = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert [review["person"] for review in said["reviews"]] == ["ada"]
    assert scene.slack.ephemerals(SENIOR) == []


def _opened(scene: Scene) -> int:
    return sum(method == "apps.connections.open" for method, _ in scene.slack.calls)

"""At night somebody overrides: it goes on, everybody hears of it, it ends, and is reviewed next day."""

from __future__ import annotations

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.scene import AUTHOR, FALLBACK_CHANNEL, PRINCIPAL, SENIOR, TOKEN, Scene, reading
from tests.clocks import MovableClock

RULES = f"\noverride: {{people: [pat], channel: {FALLBACK_CHANNEL}, minutes: 30, review: 2h}}\n"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def night(scene: Scene) -> Scene:
    await scene.stop()
    scene.config += RULES
    await scene.start()
    return scene


async def command(scene: Scene, user: str, text: str) -> str:
    before = len(scene.slack.ephemerals(user))
    await scene.slack.command(user, "/signoff", text, channel=FALLBACK_CHANNEL)
    told = scene.slack.ephemerals(user)[before:]
    return reading(told[-1].blocks) if told else ""


async def test_an_override_from_the_night_to_the_next_day(
    night: Scene, clock: MovableClock
) -> None:
    scene = night
    signoff_id = await scene.send(REFUNDS)
    await scene.shown(signoff_id)
    refused = await command(scene, SENIOR, f"override {signoff_id} INC-4711 refunds are down")
    assert "You are not among those who may do that in an emergency." in refused
    assert next(iter(scene.pipeline.runs.values())).state == "waiting"

    answer = await command(scene, PRINCIPAL, f"override {signoff_id} INC-4711 refunds are down")
    assert answer.startswith("Overridden: it may go on until")
    await scene.shown(signoff_id, "Overridden in an emergency by")
    await scene.shown(signoff_id, "INC-4711", FALLBACK_CHANNEL)
    await scene.shown(signoff_id, "was told to go on")
    [(message_id, body, _)] = scene.pipeline.heard
    assert message_id == f"msg_{signoff_id}_overridden"
    assert (body["data"]["status"], body["data"]["proceed"]) == ("overridden", True)
    [run] = scene.pipeline.runs.values()
    assert run.state == "deployed"

    for place in (
        "C0PAY",
        FALLBACK_CHANNEL,
        scene.slack.workspace.direct(AUTHOR),
        scene.slack.workspace.direct(SENIOR),
    ):
        await _told(scene, place, "Emergency override by")

    _, asked = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert asked["proceed"] is True
    clock.advance(minutes=31)
    _, asked = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert (asked["status"], asked["proceed"]) == ("overridden", False)
    assert asked["override_until"].endswith("Z")

    clock.advance(hours=2)
    second = await scene.send(REFUNDS, environment="staging")
    blocked = await command(scene, PRINCIPAL, f"override {second} INC-4712 again it is down")
    assert f"The override of {signoff_id} should have been reviewed by now" in blocked
    await _told(scene, FALLBACK_CHANNEL, "Nobody has reviewed the override")

    said = await command(scene, SENIOR, f"override review {signoff_id} fine the fix was right")
    assert said.startswith("You reviewed this override: it was fine.")
    await scene.shown(signoff_id, "says that it was fine")
    again = await command(scene, PRINCIPAL, f"override {second} INC-4712 again it is down")
    assert again.startswith("Overridden")
    await scene.shown(second, "was told to go on")
    assert await scene.house.board.broken() is None


async def _told(scene: Scene, channel: str, words: str) -> None:
    said = lambda: [m for m in scene.slack.messages(channel) if words in m.text]  # noqa: E731
    assert await scene.slack.wait_for(said, timeout=10)


async def test_what_was_done_survives_a_restart_in_the_middle(night: Scene) -> None:
    signoff_id = await night.send(REFUNDS)
    await command(night, PRINCIPAL, f"override {signoff_id} INC-4711 refunds are down")
    await night.stop()
    await night.start()
    await night.shown(signoff_id, "was told to go on")
    await _told(night, FALLBACK_CHANNEL, "Emergency override by")
    assert len({message_id for message_id, _, _ in night.pipeline.heard}) == 1

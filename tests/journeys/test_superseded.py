"""A newer revision arrives while the older one waits: only the newer can be approved."""

from __future__ import annotations

from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene


async def test_the_older_one_is_over_and_its_pipeline_is_stopped(scene: Scene):
    older = await scene.send(REFUNDS)
    old_card = await scene.shown(older)

    newer = await scene.send(REFUNDS, revision="b" * 40)

    await scene.shown(older, "Superseded by a newer change")
    await scene.press(SENIOR, old_card, "Approve")
    await scene.told(SENIOR, "already superseded")
    await scene.shown(older, "was told to stop")
    [heard] = scene.pipeline.heard
    assert heard.body["type"] == "signoff.superseded"

    await scene.press(SENIOR, await scene.shown(newer), "Approve")
    await scene.shown(newer, "was told to go on")


async def test_another_environment_supersedes_nothing(scene: Scene):
    first = await scene.send(REFUNDS)
    await scene.send(REFUNDS, environment="staging")

    _, answer = await scene.get(f"/api/v1/signoffs/{first}")
    assert answer["status"] == "pending"

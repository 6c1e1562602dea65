"""Two people decide in the same moment: one wins, the other is told who."""

from __future__ import annotations

import asyncio

from bot.demo.changes import REFUNDS
from bot.demo.scene import OTHER_SENIOR, SENIOR, Scene


async def test_one_decides_and_the_other_is_told_who(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)

    await asyncio.gather(
        scene.press(SENIOR, card, "Approve"), scene.press(OTHER_SENIOR, card, "Approve")
    )

    await scene.shown(signoff_id, "was told to go on")
    [message] = await scene.slack.wait_for(
        lambda: scene.slack.ephemerals(SENIOR) + scene.slack.ephemerals(OTHER_SENIOR)
    )
    assert "already approved. " in message.text
    assert message.text.endswith("decided it.")
    assert len(scene.pipeline.heard) == 1


async def test_approve_against_reject(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    await scene.press(OTHER_SENIOR, card, "Reject")

    await scene.press(SENIOR, card, "Approve")
    answer = await scene.slack.submit(
        OTHER_SENIOR, {"choice": "time", "reason": "Not on a Friday."}
    )

    assert "already approved. Ada Park decided it." in answer.body
    await scene.shown(signoff_id, "was told to go on")
    assert [heard.body["data"]["status"] for heard in scene.pipeline.heard] == ["approved"]


async def test_the_same_click_delivered_fifty_times_is_one_review(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    answer = await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")

    again = await asyncio.gather(*(scene.slack.resend(answer) for _ in range(50)))

    assert all(repeat.ok for repeat in again)
    _, told = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert len(told["reviews"]) == 1
    assert scene.slack.ephemerals(SENIOR) == []
    await scene.shown(signoff_id, "was told to go on")
    assert len(scene.pipeline.heard) == 1

"""A rejection says why, and stops the pipeline."""

from __future__ import annotations

from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene, reading


async def test_a_rejection_needs_a_reason_and_stops_the_pipeline(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)

    await scene.press(SENIOR, card, "Reject")
    answer = await scene.slack.submit(SENIOR, {"choice": "other", "reason": "   "})
    assert "say why" in answer.errors["reason"]
    _, pending = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert pending["status"] == "pending"

    await scene.slack.submit(
        SENIOR, {"choice": "other", "reason": "No test for a lost <!channel> answer."}
    )
    card = await scene.shown(signoff_id, "Rejected by Ada Park")
    assert "No test for a lost <!channel> answer." in reading(card.blocks)
    assert not any(message.mentions for message in scene.slack.cards("C0PAY"))

    await scene.shown(signoff_id, "was told to stop")
    [(message_id, body, _)] = scene.pipeline.heard
    assert message_id == f"msg_{signoff_id}_rejected"
    assert body["data"]["proceed"] is False
    assert body["data"]["reviews"][0]["reason"] == "No test for a lost <!channel> answer."
    [run] = scene.pipeline.runs.values()
    assert run.state == "stopped"

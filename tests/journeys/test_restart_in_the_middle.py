"""The bot is stopped and started between the card and the click: nothing is lost."""

from __future__ import annotations

from bot.demo.changes import REFUNDS
from bot.demo.scene import CHANNEL, SENIOR, Scene
from tests.clocks import MovableClock


async def test_a_click_after_a_restart_counts_on_the_same_card(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    await scene.stop()
    await scene.start()

    await scene.press(SENIOR, card, "Approve")

    await scene.shown(signoff_id, "was told to go on")
    assert len(scene.slack.cards(CHANNEL)) == 1


async def test_a_deadline_that_passes_while_it_is_down_is_kept(scene: Scene, clock: MovableClock):
    signoff_id = await scene.send(REFUNDS)
    await scene.shown(signoff_id)
    await scene.stop()
    clock.advance(minutes=3)
    await scene.start()

    await scene.shown(signoff_id, "nobody decided within")
    await scene.shown(signoff_id, "was told to stop")


async def test_another_policy_after_the_restart_is_what_counts(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    await scene.shown(signoff_id, "1 × senior or above")
    await scene.stop()
    scene.config = scene.config.replace(
        "approvals: 1, level: senior", "approvals: 2, level: senior"
    )
    await scene.start()

    card = await scene.shown(signoff_id, "2 × senior or above")
    await scene.press(SENIOR, card, "Approve")

    await scene.shown(signoff_id, "Ada Park approved")
    _, answer = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert answer["status"] == "pending"

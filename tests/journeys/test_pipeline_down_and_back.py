"""The pipeline is down: it hears the decision when it is back, under the same message id."""

from __future__ import annotations

from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene
from tests.clocks import MovableClock


async def test_it_is_told_again_until_it_accepts(scene: Scene, clock: MovableClock):
    scene.pipeline.down = True
    signoff_id = await scene.send(REFUNDS)
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    await scene.shown(signoff_id, "is being told")
    await scene.slack.wait_for(lambda: scene.pipeline.heard)
    await scene.house.settle()

    clock.advance(minutes=10)
    scene.pipeline.down = False
    await scene.house.heartbeat.beat()

    await scene.shown(signoff_id, "was told to go on")
    assert {heard.id for heard in scene.pipeline.heard} == {f"msg_{signoff_id}_approved"}
    assert [heard.accepted for heard in scene.pipeline.heard].count(True) == 1
    assert len({str(heard.body) for heard in scene.pipeline.heard}) == 1


async def test_gone_means_stop_and_the_card_says_so(scene: Scene):
    scene.pipeline.answers = [410]
    signoff_id = await scene.send(REFUNDS)

    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")

    await scene.shown(signoff_id, "did not accept our answer")
    await scene.house.settle()
    assert len(scene.pipeline.heard) == 1


async def test_a_change_without_a_callback_is_asked_for(scene: Scene):
    signoff_id = await scene.send(REFUNDS, callback_url=None)
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")

    await scene.shown(signoff_id, "asks for the answer itself")
    _, answer = await scene.get(f"/api/v1/signoffs/{signoff_id}?wait=5")
    assert answer["status"] == "approved"
    assert scene.pipeline.heard == []

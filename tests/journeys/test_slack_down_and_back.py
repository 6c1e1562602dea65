"""Slack is down for ten minutes: what happened meanwhile is shown when it is back, once."""

from __future__ import annotations

from bot.demo.changes import REFUNDS
from bot.demo.scene import CHANNEL, SENIOR, Scene, reading
from bot.playground.faults import Fault
from tests.journeys.conftest import MovableClock


async def test_a_change_that_arrives_meanwhile_is_shown_once_it_is_back(
    scene: Scene, clock: MovableClock
):
    scene.slack.down = True
    signoff_id = await scene.send(REFUNDS, environment="staging")
    await scene.house.dispatcher.settle()
    assert scene.slack.cards(CHANNEL) == []

    clock.advance(minutes=10)
    scene.slack.down = False
    await scene.house.heartbeat.beat()

    card = await scene.shown(signoff_id)
    await scene.press(SENIOR, card, "Approve")
    await scene.shown(signoff_id, "told to go on")
    assert len(scene.slack.cards(CHANNEL)) == 1


async def test_the_pipeline_does_not_wait_for_slack(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    await scene.house.dispatcher.settle()
    scene.slack.fail("chat.update", Fault.SERVER_ERROR, times=None)

    await scene.press(SENIOR, card, "Approve")

    await scene.slack.wait_for(lambda: scene.pipeline.heard)
    scene.slack.heal()
    await scene.shown(signoff_id, "told to go on")


async def test_a_rate_limit_is_waited_for(scene: Scene):
    scene.slack.fail("chat.postMessage", Fault.RATE_LIMITED(retry_after=1), times=2)

    signoff_id = await scene.send(REFUNDS)

    await scene.shown(signoff_id)
    assert len(scene.slack.cards(CHANNEL)) == 1


async def test_a_lost_answer_leaves_an_orphan_that_is_adopted_when_it_is_clicked(scene: Scene):
    scene.slack.fail("chat.postMessage", Fault.DROP_AFTER, times=3)  # one for each surface
    signoff_id = await scene.send(REFUNDS)
    await scene.slack.wait_for(lambda: len(scene.slack.cards(CHANNEL)) == 2)
    await scene.house.dispatcher.settle()
    orphan, known = scene.slack.cards(CHANNEL)

    await scene.press(SENIOR, orphan, "Approve")
    await scene.slack.wait_for(lambda: scene.pipeline.heard)
    await scene.house.dispatcher.settle()

    for card in scene.slack.cards(CHANNEL):
        assert card.text.startswith("Approved")
    assert signoff_id in reading(scene.slack.cards(CHANNEL)[0].blocks)
    assert known.ts != orphan.ts

"""Slack is down for ten minutes: what happened meanwhile is shown when it is back, once."""

from __future__ import annotations

from bot.demo.changes import REFUNDS
from bot.demo.scene import CHANNEL, SENIOR, Scene
from bot.playground.faults import Fault
from tests.clocks import MovableClock


async def test_a_change_that_arrives_meanwhile_is_shown_once_it_is_back(
    scene: Scene, clock: MovableClock
):
    scene.slack.down = True
    signoff_id = await scene.send(REFUNDS, environment="staging")
    await scene.house.settle()
    assert scene.slack.cards(CHANNEL) == []

    clock.advance(minutes=10)
    scene.slack.down = False
    await scene.house.heartbeat.beat()

    card = await scene.shown(signoff_id)
    await scene.press(SENIOR, card, "Approve")
    await scene.shown(signoff_id, "was told to go on")
    assert len(scene.slack.cards(CHANNEL)) == 1


async def test_the_pipeline_does_not_wait_for_slack(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    await scene.house.settle()
    scene.slack.fail("chat.update", Fault.SERVER_ERROR, times=None)

    await scene.press(SENIOR, card, "Approve")

    await scene.slack.wait_for(lambda: scene.pipeline.heard)
    scene.slack.heal()
    await scene.shown(signoff_id, "was told to go on")


async def test_a_rate_limit_is_waited_for(scene: Scene):
    scene.slack.fail("chat.postMessage", Fault.RATE_LIMITED(retry_after=1), times=2)

    signoff_id = await scene.send(REFUNDS)

    await scene.shown(signoff_id)
    assert len(scene.slack.cards(CHANNEL)) == 1


async def test_a_lost_answer_makes_no_second_card(scene: Scene):
    scene.slack.fail("chat.postMessage", Fault.DROP_AFTER, times=3)  # one for each surface
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)

    await scene.press(SENIOR, card, "Approve")
    await scene.shown(signoff_id, "was told to go on")

    assert len(scene.slack.cards(CHANNEL)) == 1


async def test_where_we_may_not_look_for_it_the_second_one_ends_when_it_is_pressed(scene: Scene):
    scene.slack.fail("chat.postMessage", Fault.DROP_AFTER, times=3)
    scene.slack.fail("conversations.history", Fault.ERROR("missing_scope"), times=None)
    signoff_id = await scene.send(REFUNDS)
    await scene.slack.wait_for(lambda: len(scene.slack.cards(CHANNEL)) == 2)
    await scene.house.settle()
    orphan, known = scene.slack.cards(CHANNEL)

    await scene.press(SENIOR, orphan, "Approve")
    await scene.shown(signoff_id, "was told to go on")
    await scene.slack.wait_for(lambda: "hung here twice" in _text(scene, orphan.ts))

    assert [card.ts for card in scene.slack.cards(CHANNEL) if "Approved" in card.text] == [known.ts]


def _text(scene: Scene, ts: str) -> str:
    return next(m.text for m in scene.slack.messages(CHANNEL) if m.ts == ts)

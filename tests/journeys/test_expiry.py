"""Nobody answers: it is said again, a wider circle is asked, and then the pipeline is stopped."""

from __future__ import annotations

from bot.demo.changes import REFUNDS
from bot.demo.scene import CHANNEL, OTHER_SENIOR, PLATFORM_CHANNEL, PRINCIPAL, SENIOR, Scene
from tests.clocks import MovableClock


def _reminders(scene: Scene, user: str = OTHER_SENIOR) -> list[str]:
    return [message.text for message in scene.slack.messages_to(user) if "for you" in message.text]


async def _later(scene: Scene, clock: MovableClock, seconds: int) -> None:
    clock.advance(seconds=seconds)
    await scene.house.heartbeat.beat()


async def test_remind_escalate_expire(scene: Scene, clock: MovableClock):
    signoff_id = await scene.send(REFUNDS)
    await scene.shown(signoff_id)
    await scene.slack.wait_for(lambda: scene.slack.messages_to(OTHER_SENIOR))

    await _later(scene, clock, 21)
    await scene.slack.wait_for(lambda: len(_reminders(scene)) == 1)

    await _later(scene, clock, 20)
    wider = await scene.shown(signoff_id, channel=PLATFORM_CHANNEL)
    await scene.slack.wait_for(lambda: scene.slack.messages_to(PRINCIPAL))
    assert len(_reminders(scene)) == 1  # one in five minutes is enough
    assert not [message for message in scene.slack.messages(CHANNEL) if message.thread_ts]

    await _later(scene, clock, 80)
    await scene.shown(signoff_id, "nobody decided within")
    await scene.shown(signoff_id, "was told to stop")
    [(message_id, body, _)] = scene.pipeline.heard
    assert message_id == f"msg_{signoff_id}_expired"
    assert body["data"]["proceed"] is False
    await scene.slack.wait_for(lambda: _reminders(scene) == [])  # they say that nothing waits

    await scene.press(SENIOR, wider, "Approve")
    await scene.told(SENIOR, "expired")


async def test_a_wider_circle_may_sign_once_it_was_asked(scene: Scene, clock: MovableClock):
    signoff_id = await scene.send(REFUNDS)
    await scene.shown(signoff_id)
    await _later(scene, clock, 41)
    wider = await scene.shown(signoff_id, channel=PLATFORM_CHANNEL)

    await scene.press(PRINCIPAL, wider, "Approve")

    await scene.shown(signoff_id, "Approved by Pat Okafor")


async def test_a_click_after_the_deadline_is_late_even_if_no_timer_went_off(
    scene: Scene, clock: MovableClock
):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    clock.advance(minutes=2)  # and nobody beats the heart

    await scene.press(SENIOR, card, "Approve")

    await scene.told(SENIOR, "expired")
    _, answer = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert (answer["status"], answer["reviews"]) == ("expired", [])


async def test_its_twin_a_second_before_is_in_time(scene: Scene, clock: MovableClock):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    clock.advance(seconds=115)

    await scene.press(SENIOR, card, "Approve")

    await scene.shown(signoff_id, "Approved by Ada Park")


async def test_after_an_outage_only_the_newest_reminder_is_spoken(
    scene: Scene, clock: MovableClock
):
    signoff_id = await scene.send(REFUNDS)
    await scene.shown(signoff_id)
    await scene.stop()
    clock.advance(seconds=60)
    await scene.start()

    await scene.shown(signoff_id, channel=PLATFORM_CHANNEL)
    await scene.house.heartbeat.beat()
    await scene.slack.wait_for(lambda: _reminders(scene))
    await scene.house.settle()
    assert len(_reminders(scene)) == 1

"""Somebody decides on the dashboard: Slack and the pipeline hear of it as of any other decision."""

from __future__ import annotations

import asyncio

from bot.demo.changes import REFUNDS
from bot.demo.scene import OTHER_SENIOR, Scene, reading
from bot.domain.proving import BY_SEAT
from bot.domain.signoff import Status
from tests.web.dashboard.pressing import press, stored
from tests.web.dashboard.sitter import seated


async def test_an_approval_there_makes_the_card_true_and_lets_the_pipeline_go_on(
    scene: Scene,
) -> None:
    signoff = await scene.send(REFUNDS)
    await scene.shown(signoff)
    ada = await seated(scene)

    heard = await press(ada, signoff, "approve")

    assert (heard.status, heard.said["status"]) == (200, "approved")
    card = await scene.shown(signoff, "was told to go on")
    assert "Approved by Ada Park" in reading(card.blocks)
    assert [it.body["data"]["status"] for it in scene.pipeline.heard] == ["approved"]
    review = (await stored(scene, signoff)).reviews[-1]
    assert (review.person, review.proved) == ("ada", BY_SEAT)
    status, told = await scene.get(f"/api/v1/signoffs/{signoff}/attestation")
    assert (status, "payload" in told) == (200, True)


async def test_a_rejection_there_is_read_in_slack_with_its_reason(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    await scene.shown(signoff)

    await press(await seated(scene), signoff, "reject", reason="the migration locks")

    card = await scene.shown(signoff, "the migration locks")
    assert "Rejected by Ada Park" in reading(card.blocks)
    await scene.slack.wait_for(lambda: scene.pipeline.heard)
    assert [it.body["data"]["status"] for it in scene.pipeline.heard] == ["rejected"]


async def test_what_is_pressed_in_slack_is_seen_there_and_offers_nothing_more(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    ada = await seated(scene)
    assert 'data-deed="approve"' in await ada.open(f"/signoffs/{signoff}")

    await scene.approve(OTHER_SENIOR, await scene.shown(signoff))

    page = await ada.open(f"/signoffs/{signoff}")
    assert "Approved by Grace Hill" in page
    assert 'data-deed="approve"' not in page


async def test_of_two_who_decide_at_once_here_and_there_one_is_told_who_was_quicker(
    scene: Scene,
) -> None:
    signoff = await scene.send(REFUNDS)
    card, ada = await scene.shown(signoff), await seated(scene)

    heard, _ = await asyncio.gather(
        press(ada, signoff, "approve"), scene.press(OTHER_SENIOR, card, "Approve")
    )

    if heard.status == 200:
        (message,) = await scene.slack.wait_for(lambda: scene.slack.ephemerals(OTHER_SENIOR))
        told = message.text
    else:
        told = heard.said["title"]
    assert "already approved." in told
    assert told.endswith("decided it.")
    await scene.shown(signoff, "was told to go on")
    assert len(scene.pipeline.heard) == 1


async def test_a_press_whose_answer_was_lost_counts_once_also_behind_a_restart(
    scene: Scene,
) -> None:
    signoff = await scene.send(REFUNDS)
    ada = await seated(scene)
    page = await ada.open(f"/signoffs/{signoff}")
    once = page.partition('data-once="')[2].partition('"')[0]
    assert (await press(ada, signoff, "approve", once=once)).status == 200

    await scene.stop()
    await scene.start()

    heard = await press(ada, signoff, "approve", once=once)
    assert (heard.status, heard.said["status"]) == (200, "approved")
    after = await stored(scene, signoff)
    assert (after.status, len(after.reviews)) == (Status.APPROVED, 1)
    await scene.shown(signoff, "was told to go on")
    assert len(scene.pipeline.heard) == 1


async def test_who_is_asked_hears_what_the_page_passed_on(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    await scene.shown(signoff)
    ada = await seated(scene)
    heard = await press(ada, signoff, "delegate", to="grace", reason="knows refunds")
    assert heard.said["sentence"].startswith("Grace Hill is asked now.")
    await scene.shown(signoff, "Ada Park passed it on to Grace Hill")
    grace = await (await seated(scene, OTHER_SENIOR)).open("/queue")
    assert "1 of it for yours" in grace

"""Where policy wants two seniors, one is not enough, and nobody counts twice."""

from __future__ import annotations

from dataclasses import replace

from bot.demo.changes import LEDGER
from bot.demo.scene import OTHER_SENIOR, SENIOR, Scene


async def test_the_second_senior_decides(scene: Scene):
    signoff_id = await scene.send(LEDGER)
    card = await scene.shown(signoff_id, "2 × senior or above")

    await scene.approve(SENIOR, card)
    card = await scene.shown(signoff_id, "Ada Park approved")
    await scene.approve(SENIOR, card)
    assert await scene.told(SENIOR, "already chosen to approve this. 1 more approval needed")
    assert scene.slack.modal(SENIOR) is None
    _, answer = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert answer["status"] == "pending"
    assert scene.pipeline.heard == []

    await scene.approve(OTHER_SENIOR, card)
    await scene.shown(signoff_id, "Approved by Grace Hill")
    _, answer = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert answer["status"] == "approved"
    assert [review["person"] for review in answer["reviews"]] == ["ada", "grace"]


async def test_whoever_left_the_workspace_meanwhile_no_longer_counts(scene: Scene):
    signoff_id = await scene.send(LEDGER)
    await scene.approve(SENIOR, await scene.shown(signoff_id))
    card = await scene.shown(signoff_id, "Ada Park approved")
    scene.slack.change_member(replace(scene.slack.workspace.people[SENIOR], deleted=True))

    await scene.approve(OTHER_SENIOR, card)

    await scene.shown(signoff_id, "Grace Hill approved")
    _, answer = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert answer["status"] == "pending"
    assert scene.pipeline.heard == []

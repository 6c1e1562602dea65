"""A signed notification comes in; a senior's click lets the pipeline deploy."""

from __future__ import annotations

import json

from bot.demo.changes import REFUNDS
from bot.demo.scene import AUTHOR, CHANNEL, GUEST, OTHER_SENIOR, SENIOR, Scene, reading
from bot.domain.lifecycle import replay
from bot.signing import verify


async def test_one_ai_assisted_change_travels_the_whole_way(scene: Scene):
    signoff_id = await scene.send(REFUNDS)

    card = await scene.shown(signoff_id, "Sign-off needed")
    said = reading(card.blocks)
    for fact in ("Retry refunds", "Jun Ito", "Claude Code", "refunds/retry.py", "contract tests"):
        assert fact in said
    await scene.slack.wait_for(lambda: scene.slack.messages_to(OTHER_SENIOR))
    await scene.slack.wait_for(lambda: scene.slack.messages_to(SENIOR))
    assert not scene.slack.messages_to(AUTHOR)
    assert not scene.slack.messages_to(GUEST)

    answer = await scene.press(SENIOR, card, "Approve")
    assert answer.ok

    await scene.shown(signoff_id, "Approved by Ada Park")
    await scene.shown(signoff_id, "was told to go on")
    [(message_id, body, accepted)] = scene.pipeline.heard
    assert (message_id, accepted) == (f"msg_{signoff_id}_approved", True)
    assert body["type"] == "signoff.approved"
    assert body["data"]["proceed"] is True
    assert [review["person"] for review in body["data"]["reviews"]] == ["ada"]
    [run] = scene.pipeline.runs.values()
    assert run.state == "deployed"


async def test_every_surface_is_updated_and_loses_its_buttons(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    await scene.slack.wait_for(lambda: scene.slack.messages_to(OTHER_SENIOR))

    await scene.press(SENIOR, card, "Approve")
    await scene.shown(signoff_id, "was told to go on")

    def all_true() -> bool:
        surfaces = [
            *scene.slack.cards(CHANNEL),
            *scene.slack.messages_to(SENIOR),
            *scene.slack.messages_to(OTHER_SENIOR),
        ]
        return len(surfaces) == 3 and all(
            "was told to go on" in reading(s.blocks) and "Approve" not in json.dumps(s.blocks[-1])
            for s in surfaces
        )

    await scene.slack.wait_for(all_true)


async def test_a_job_that_asks_gets_the_same_answer_and_the_evidence(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    status, before = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert (status, before["status"], before["proceed"]) == (200, "pending", False)

    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    status, after = await scene.get(f"/api/v1/signoffs/{signoff_id}?wait=10")
    assert (after["status"], after["proceed"]) == ("approved", True)
    await scene.shown(signoff_id, "was told to go on")
    assert after == scene.pipeline.heard[0].body["data"]

    await scene.house.settle()
    status, envelope = await scene.get(f"/api/v1/signoffs/{signoff_id}/attestation")
    assert status == 200
    statement = verify(json.dumps(envelope), scene.public_key())
    assert statement["predicate"]["status"] == "approved"
    assert statement["subject"][0]["digest"]["gitCommit"] == after["revision"]


async def test_the_trail_tells_the_whole_story(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    await scene.shown(signoff_id, "was told to go on")

    opened, *later = await scene.house.board.trail(signoff_id)
    assert replay(opened, later) == await scene.house.board.signoff(signoff_id)
    assert await scene.house.board.broken() is None

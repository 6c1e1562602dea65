"""CI repeats itself: one signoff, one card. The same key for something else is refused."""

from __future__ import annotations

import asyncio

from bot.demo.changes import REFUNDS, change
from bot.demo.scene import CHANNEL, Scene


async def test_told_ten_times_at_once_it_is_one_signoff(scene: Scene):
    data = change(REFUNDS, 100, scene.pipeline.callback_url("k"))

    answers = await asyncio.gather(*(scene.announce(data, "evt_1") for _ in range(10)))

    assert sorted(status for status, _ in answers) == [200] * 9 + [202]
    [signoff_id] = {answer["id"] for _, answer in answers}
    await scene.shown(signoff_id)
    await scene.house.settle()
    assert len(scene.slack.cards(CHANNEL)) == 1


async def test_the_same_key_with_another_body_is_a_conflict(scene: Scene):
    data = change(REFUNDS, 100, scene.pipeline.callback_url("k"))
    await scene.announce(data)

    status, problem = await scene.announce({**data, "title": "Something else"})

    assert status == 409
    assert "used before" in problem["title"]


async def test_after_the_decision_it_is_still_the_same_signoff(scene: Scene):
    data = change(REFUNDS, 100, scene.pipeline.callback_url("k"))
    _, first = await scene.announce(data)
    await scene.send(REFUNDS)  # supersedes it

    status, again = await scene.announce(data)

    assert (status, again["id"], again["status"]) == (200, first["id"], "superseded")

"""What does somebody who presses a button hear when nothing can be stored?"""

from __future__ import annotations

from pathlib import Path

from bot.demo.scene import SENIOR, playing
from tests.faults.test_graceful import pragma
from tests.web.ci import Ci
from tests.web.test_pressure import crowded


async def test_a_click_says_why_nothing_was_recorded_and_counts_later(tmp_path: Path):
    async with playing(tmp_path) as scene:
        ci = Ci(scene)
        signoff_id = (await ci.post(ci.message())).said["id"]
        card = await scene.shown(signoff_id)
        async with crowded(scene, 400):
            await scene.press(SENIOR, card, "Approve")
            assert "nothing was recorded" in await scene.told(SENIOR, "too much at once")
        await pragma(scene, "query_only = ON")
        await scene.press(SENIOR, card, "Approve")
        assert "othing was recorded" in await scene.told(SENIOR, "read-only")
        await pragma(scene, "query_only = OFF")
        await scene.press(SENIOR, card, "Approve")
        await scene.shown(signoff_id, "Approved")


async def test_a_form_that_could_not_be_stored_stays_open_with_its_words(tmp_path: Path):
    async with playing(tmp_path) as scene:
        ci = Ci(scene)
        signoff_id = (await ci.post(ci.message())).said["id"]
        card = await scene.shown(signoff_id)
        await scene.press(SENIOR, card, "Reject")
        reason = {"choice": "other", "reason": "The retry has no limit."}
        await pragma(scene, "query_only = ON")
        answer = await scene.slack.submit(SENIOR, reason)
        assert "Nothing was recorded, because the database is read-only" in str(answer.errors)
        assert scene.slack.modal(SENIOR) is not None
        await pragma(scene, "query_only = OFF")
        await scene.slack.submit(SENIOR, reason)
        await scene.shown(signoff_id, "The retry has no limit.")

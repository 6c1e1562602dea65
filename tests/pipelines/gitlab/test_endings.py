"""A merge request that is closed waits no more, opened again it does; merged around us, it is told."""

from __future__ import annotations

import pytest

from bot.ports import Abandoned, Merged, Sighting, TakenUp, Undelivered
from tests.pipelines.gitlab.meeting import SHA, Meeting, meeting

OPEN = {"state": "opened", "merged_at": None}
CLOSED = {"state": "closed", "merged_at": None}


async def told(here: Meeting, action: str, **said: object) -> object:
    return await here.pipeline.read(here.gitlab.request_delivery(action=action, **said))


async def test_what_is_closed_is_given_up_whole() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **OPEN)
        waiting = await here.pipeline.read(here.gitlab.check_delivery())
        here.gitlab.say(**CLOSED)
        found = await told(here, "close", state="closed")
    assert isinstance(found, Abandoned)
    assert found.work.revision == ""
    assert isinstance(waiting, TakenUp)
    assert found.work.names(waiting.change)


async def test_a_delivery_that_says_closed_is_not_believed() -> None:
    """It is open: what was withdrawn is asked about anew, and whoever closed it pushed nothing."""
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **OPEN)
        found = await told(here, "close")
        asked = await here.pipeline.read(here.gitlab.check_delivery())
    assert isinstance(found, TakenUp)
    assert isinstance(asked, TakenUp)
    assert not found.first
    assert found.change.triggered_by is None
    assert (found.change.key, found.change.reply_to) == (asked.change.key, asked.change.reply_to)


async def test_opened_again_it_is_asked_about_where_our_check_is_known() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **OPEN)
        found = await told(here, "reopen")
        assert isinstance(found, TakenUp)
        assert (found.first, found.change.reply_to["check"]) == (True, "3")
        here.gitlab.status_checks = here.gitlab.status_checks[:1]
        assert isinstance(await told(here, "reopen"), Sighting)
        assert await told(here, "close") is None


@pytest.mark.parametrize("status", [403, 404])
async def test_without_status_checks_nobody_waits_for_us(status: int) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **OPEN)
        here.gitlab.fail("/status_checks", status)
        assert isinstance(await told(here, "reopen"), Sighting)


async def test_where_gitlab_is_down_it_is_asked_again() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **OPEN)
        here.gitlab.fail("/status_checks", 503)
        with pytest.raises(Undelivered):
            await told(here, "reopen")


async def test_of_what_was_merged_its_head_and_what_it_became_are_told() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, squash_commit_sha="e" * 40)
        found = await told(here, "merge", state="merged")
    assert isinstance(found, Merged)
    assert (found.revisions, found.branch, found.by) == ((SHA, "e" * 40), "main", "eve")


@pytest.mark.parametrize("action", ["close", "merge"])
async def test_where_no_status_check_is_ours_nobody_asks(action: str) -> None:
    async with meeting(gate=("manual-job",)) as here:
        here.gitlab.add_request(12, head=SHA)
        assert await told(here, action) is None
        assert here.gitlab.calls == []

"""What is not to be merged any more is withdrawn, and what is opened again is asked about."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.signoff import Status
from bot.ports import Abandoned, Invalid, Merged, Sighting, TakenUp, Undelivered
from tests.pipelines.asked import asked
from tests.pipelines.github.fake_github import BASE
from tests.pipelines.github.test_checks import ADDRESS, NAME
from tests.pipelines.meeting import SHA, Meeting, meeting
from tests.pipelines.signoffs import a_signoff

GROUP = "d" * 40
THEN = "2026-11-21T10:00:05Z"


async def ended(here: Meeting, action: str = "closed", **said: Any) -> Abandoned:
    found = await here.pipeline.read(here.github.pull_delivery(action=action, **said))
    assert isinstance(found, Abandoned)
    return found


async def test_a_pull_request_that_is_closed_is_given_up_whole() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        change = asked(await here.pipeline.read(here.github.pull_delivery()))
        here.github.say(state="closed")
        given_up = await ended(here)
    assert given_up.work.revision == ""
    assert given_up.work.names(change)
    assert given_up.why == "The pull request was closed"


async def test_so_is_one_that_is_a_draft_again() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, draft=True)
        assert (await ended(here, "converted_to_draft")).why == "The pull request was made a draft"


async def test_of_one_that_was_merged_its_head_and_what_it_became_are_told() -> None:
    async with meeting(check=NAME) as here:
        root = {"login": "root", "id": 1, "type": "User"}
        here.github.add_pull(
            head=SHA, merged_at=THEN, merge_commit_sha="e" * 40, merged_by=root, state="closed"
        )
        found = await here.pipeline.read(here.github.pull_delivery(action="closed"))
    assert isinstance(found, Merged)
    assert (found.revisions, found.branch, found.by) == ((SHA, "e" * 40), "main", "root")
    assert (found.work.lineage, found.work.environment) == ("pull/12", "merge")
    assert found.what == f"{SHA} of acme/payments-api, pull/12"


async def test_a_delivery_that_says_closed_is_not_believed() -> None:
    """It is open, says GitHub: it was opened again since, or somebody lies."""
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, updated_at=THEN)
        lie = {**here.github._pulls[12]["json"], "state": "closed"}
        found = await here.pipeline.read(
            here.github.pull_delivery(action="closed", pull_request=lie)
        )
    assert isinstance(found, TakenUp)
    assert (found.first, found.change.key) == (False, f"7/merge/12/main/{SHA}")


async def test_another_repository_is_asked_with_a_token_of_its_own() -> None:
    """Whoever could forge a delivery cannot close what GitHub does not say is closed."""
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, state="closed")
        other = {"id": 8, "full_name": "acme/other"}
        given = here.github.pull_delivery(action="closed", repository=other)
        with pytest.raises(Undelivered):
            await here.pipeline.read(given)
        assert here.asked("/repos/acme/payments-api/pulls") == []


async def test_nobody_reads_of_endings_without_a_check() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA, state="closed")
        assert await here.pipeline.read(here.github.pull_delivery(action="closed")) is None
        given = here.github.group_destroyed(head=GROUP, reason="dequeued")
        assert await here.pipeline.read(given) is None


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review"])
async def test_what_is_wanted_is_told_of_as_it_is(action: str) -> None:
    """Under the name it has always had: whether that was given up, the engine knows."""
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, updated_at=THEN)
        given = here.github.pull_delivery(action=action)
        found, repeated = await here.pipeline.read(given), await here.pipeline.read(given)
    assert isinstance(found, TakenUp)
    assert found == repeated
    assert found.first
    assert found.change.key == f"7/merge/12/main/{SHA}"


async def test_what_is_opened_again_and_closed_since_is_only_looked_at() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        given = here.github.pull_delivery(action="reopened")
        here.github.say(state="closed")
        assert isinstance(await here.pipeline.read(given), Sighting)


@pytest.mark.parametrize("reason", ["dequeued", "invalidated", ""])
async def test_a_group_that_is_no_more_is_given_up_and_the_pull_request_is_not(
    reason: str,
) -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        here.github.queue(GROUP)
        group = asked(await here.pipeline.read(here.github.group_delivery(head=GROUP)))
        pull = asked(await here.pipeline.read(here.github.pull_delivery()))
        found = await here.pipeline.read(here.github.group_destroyed(head=GROUP, reason=reason))
    assert isinstance(found, Abandoned)
    assert found.work.names(group)
    assert not found.work.names(pull)


async def test_of_a_group_that_was_merged_its_own_commit_is_told() -> None:
    """A yes to the pull request is none to what the queue made of it."""
    async with meeting(check=NAME) as here:
        given = here.github.group_destroyed(head=GROUP, reason="merged")
        found = await here.pipeline.read(given)
    assert isinstance(found, Merged)
    assert (found.revisions, found.branch) == ((GROUP,), "main")


async def test_a_group_of_another_name_is_none() -> None:
    async with meeting(check=NAME) as here:
        given = here.github.group_destroyed(
            head=GROUP, reason="dequeued", head_ref=f"refs/heads/pr-12-{BASE}"
        )
        with pytest.raises(Invalid, match="head_ref"):
            await here.pipeline.read(given)


async def test_nobody_is_called_to_a_commit_that_is_gone() -> None:
    async with meeting(check=NAME) as here:
        here.github.fail("check-runs", 422, body=b'{"message": "No commit found"}', times=2)
        await here.pipeline.report(a_signoff(Status.WITHDRAWN, reply_to=ADDRESS, ended_by=""))
        with pytest.raises(Undelivered):
            await here.pipeline.report(
                a_signoff(Status.WITHDRAWN, reply_to=ADDRESS, ended_by="jun")
            )


async def test_a_check_that_was_given_up_names_no_person() -> None:
    async with meeting(check=NAME) as here:
        gone = a_signoff(Status.WITHDRAWN, reply_to=ADDRESS, ended_by="", ended_why="It was closed")
        await here.pipeline.report(gone)
        [check] = here.github.checks
    assert check["conclusion"] == "cancelled"
    assert "**Withdrawn**: `It was closed`" in check["output"]["summary"]

"""A pull request of Bitbucket Data Center's that ends is given up, unless it was merged around us."""

from __future__ import annotations

import pytest

from bot.domain.change import Change
from bot.ports import Abandoned, Merged, Response, TakenUp, Undelivered
from tests.pipelines.asked import asked
from tests.pipelines.bitbucket_server.test_pipeline import (
    HEAD,
    PULL_URL,
    Forge,
    a_delivery,
    a_pipeline,
)


async def waiting() -> Change:
    return asked(await a_pipeline(Forge()).read(a_delivery()))


@pytest.mark.parametrize("event", ["pr:declined", "pr:opened", "pr:from_ref_updated"])
async def test_what_is_declined_is_given_up_whole(event: str) -> None:
    found = await a_pipeline(Forge(state="DECLINED")).read(a_delivery(event))
    assert isinstance(found, Abandoned)
    assert found.work.revision == ""
    assert found.work.names(await waiting())


async def test_what_is_deleted_is_given_up() -> None:
    forge = Forge()
    forge.answers[PULL_URL] = [Response(status=404, body=b"{}")]
    found = await a_pipeline(forge).read(a_delivery("pr:deleted"))
    assert isinstance(found, Abandoned)
    assert found.work.names(await waiting())


@pytest.mark.parametrize("event", ["pr:opened", "pr:declined", "pr:merged"])
async def test_what_cannot_be_found_is_not_taken_for_deleted(event: str) -> None:
    forge = Forge()
    forge.answers[PULL_URL] = [Response(status=404, body=b"{}")]
    with pytest.raises(Undelivered):
        await a_pipeline(forge).read(a_delivery(event))


@pytest.mark.parametrize(
    ("event", "first"), [("pr:reopened", True), ("pr:declined", False), ("pr:deleted", False)]
)
async def test_what_is_open_by_now_is_taken_up(event: str, first: bool) -> None:
    """A delivery that says declined is not believed, and opens nothing that nobody told of."""
    found = await a_pipeline(Forge()).read(a_delivery(event))
    assert isinstance(found, TakenUp)
    assert found.first is first
    assert bool(found.change.pushers) is first


async def test_what_was_merged_is_told() -> None:
    found = await a_pipeline(Forge(state="MERGED")).read(a_delivery("pr:merged"))
    assert isinstance(found, Merged)
    assert (found.revisions, found.branch) == ((HEAD,), "main")
    assert found.work.names(await waiting())

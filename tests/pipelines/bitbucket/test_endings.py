"""A pull request of Bitbucket's that is declined is given up: it cannot be opened again."""

from __future__ import annotations

import pytest

from bot.ports import Abandoned, Merged
from tests.pipelines.asked import asked
from tests.pipelines.bitbucket.test_pipeline import HEAD, Forge, a_delivery, a_pipeline


@pytest.mark.parametrize("state", ["DECLINED", "SUPERSEDED"])
async def test_what_is_declined_is_given_up_whole(state: str) -> None:
    waiting = asked(await a_pipeline(Forge()).read(a_delivery()))
    found = await a_pipeline(Forge(state=state)).read(a_delivery(event="pullrequest:rejected"))
    assert isinstance(found, Abandoned)
    assert found.work.revision == ""
    assert found.work.names(waiting)


async def test_a_delivery_that_says_declined_is_not_believed() -> None:
    assert await a_pipeline(Forge()).read(a_delivery(event="pullrequest:rejected")) is None


async def test_what_was_merged_is_told_with_who_did_it() -> None:
    forge = Forge(state="MERGED", closed_by={"display_name": "Root", "uuid": "{9}"})
    found = await a_pipeline(forge).read(a_delivery(event="pullrequest:fulfilled"))
    assert isinstance(found, Merged)
    assert (found.revisions, found.branch, found.by) == ((HEAD,), "main", "Root")


async def test_where_nobody_waits_for_us_anybody_may_merge() -> None:
    forge = Forge(state="MERGED")
    pipeline = a_pipeline(forge, branches=("release/*",))
    assert await pipeline.read(a_delivery(event="pullrequest:fulfilled")) is None

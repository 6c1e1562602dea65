"""A pull request of Gitea's that is closed is given up, and one that is opened again is asked about."""

from __future__ import annotations

import pytest

from bot.ports import Abandoned, Merged, TakenUp
from tests.pipelines.gitea.test_pipeline import Forge, a_change, a_delivery, a_pipeline

CLOSED = {"state": "closed", "merged": False}


@pytest.mark.parametrize("action", ["closed", "opened", "synchronized"])
async def test_what_is_closed_by_now_is_given_up_whole(action: str) -> None:
    found = await a_pipeline(Forge(**CLOSED)).read(a_delivery(action))
    assert isinstance(found, Abandoned)
    assert found.work.revision == ""
    assert found.work.names(await a_change())


async def test_what_may_have_been_merged_is_not() -> None:
    forge = Forge(state="closed", merged=None)
    assert await a_pipeline(forge).read(a_delivery("closed")) is None


async def test_what_was_merged_is_told_with_who_did_it() -> None:
    forge = Forge(state="closed", merged=True, merged_by={"login": "root"})
    found, waited = await a_pipeline(forge).read(a_delivery("closed")), await a_change()
    assert isinstance(found, Merged)
    assert found.work.names(waited)
    assert (found.revisions, found.branch, found.by) == ((waited.revision,), "main", "root")


@pytest.mark.parametrize(("action", "first"), [("reopened", True), ("closed", False)])
async def test_what_is_open_again_is_taken_up(action: str, first: bool) -> None:
    """A delivery that says closed is not believed, and opens nothing that nobody told of."""
    given = a_delivery(action)
    found, repeated = await a_pipeline(Forge()).read(given), await a_pipeline(Forge()).read(given)
    assert isinstance(found, TakenUp)
    assert found == repeated
    assert (found.first, found.change.key) == (first, (await a_change()).key)


async def test_whoever_closes_it_had_no_part_in_it() -> None:
    found = await a_pipeline(Forge()).read(a_delivery("closed"))
    assert isinstance(found, TakenUp)
    assert found.change.pushers == ()

"""A pull request of Bitbucket's that is declined is given up: it cannot be opened again."""

from __future__ import annotations

import pytest

from bot.domain.change import Change
from bot.ports import Abandoned
from tests.pipelines.bitbucket.test_pipeline import Forge, a_delivery, a_pipeline


@pytest.mark.parametrize("state", ["DECLINED", "SUPERSEDED"])
async def test_what_is_declined_is_given_up_whole(state: str) -> None:
    waiting = await a_pipeline(Forge()).read(a_delivery())
    found = await a_pipeline(Forge(state=state)).read(a_delivery(event="pullrequest:rejected"))
    assert isinstance(waiting, Change)
    assert isinstance(found, Abandoned)
    assert found.whole
    assert found.names(waiting)


async def test_a_delivery_that_says_declined_is_not_believed() -> None:
    assert await a_pipeline(Forge()).read(a_delivery(event="pullrequest:rejected")) is None

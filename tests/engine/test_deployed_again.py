"""An approval that was used, and is used once more after something newer went on, is told of."""

from __future__ import annotations

import logging

import pytest

from bot.domain.change import Change
from bot.domain.house_events import Unasked
from bot.domain.signoff import Signoff
from bot.ports import Landing
from storage import audit
from tests.builders import a_change, sha
from tests.engine.house import House

AGAIN = "which was deployed before and is older than"


def landed(change: Change, *, succeeded: bool = True, detail: str = "") -> Landing:
    return Landing(connection=change.connection, key=change.key, succeeded=succeeded, detail=detail)


async def approved(house: House, key: str, revision: str) -> Signoff:
    signoff = (await house.signoffs.open(a_change(key=key, revision=revision))).signoff
    await house.review(signoff, "ada")
    return signoff


async def unasked(house: House) -> list[str]:
    """What the trail says was deployed, and nobody had been asked."""
    found = await house.store.read(lambda session: audit.of_house(session))
    return [it.what for it in found if isinstance(it, Unasked)]


async def test_an_old_approval_that_brings_an_old_version_back_is_told_of(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    old = await approved(house, "1", sha("a"))
    await house.signoffs.shipped(landed(old.change))
    new = await approved(house, "2", sha("b"))
    await house.signoffs.shipped(landed(new.change))
    with caplog.at_level(logging.WARNING):
        await house.signoffs.shipped(landed(old.change))
    assert AGAIN in caplog.text
    [what] = await unasked(house)
    assert what.startswith(f"{sha('a')} of {old.change.repository} again")
    assert what.endswith(f"{old.id}, {AGAIN} {sha('b')}, let it go on")


async def test_and_once_for_each_newer_one(house: House) -> None:
    old = await approved(house, "1", sha("a"))
    await house.signoffs.shipped(landed(old.change))
    for key, revision in (("2", sha("b")), ("3", sha("c"))):
        await approved(house, key, revision)
        for _ in range(3):
            await house.signoffs.shipped(landed(old.change))
    assert len(await unasked(house)) == 2


async def test_each_time_stands_in_its_own_trail(house: House) -> None:
    old = await approved(house, "1", sha("a"))
    await house.signoffs.shipped(landed(old.change))
    await approved(house, "2", sha("b"))
    before = (await house.now(old)).version
    await house.signoffs.shipped(landed(old.change))
    assert (await house.now(old)).version == before + 1


@pytest.mark.parametrize(
    "case", ["the newest", "the first time", "after a failure", "a failure", "the same revision"]
)
async def test_what_an_approval_is_for_is_not(house: House, case: str) -> None:
    old = await approved(house, "1", sha("a"))
    if case == "after a failure":
        await house.signoffs.shipped(landed(old.change, succeeded=False))
    elif case != "the first time":
        await house.signoffs.shipped(landed(old.change))
    if case == "the same revision":
        await approved(house, "2", sha("a"))
    elif case != "the newest":
        await approved(house, "2", sha("b"))
    await house.signoffs.shipped(landed(old.change, succeeded=case != "a failure"))
    assert await unasked(house) == []

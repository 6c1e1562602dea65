"""Does the trail say what was deployed or merged though nobody had been asked, once, and when it was noticed?"""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.domain.change import Work
from bot.domain.house_events import Unasked
from bot.domain.signoff import Status
from bot.ports import Landing, Merged
from storage import audit, inbox
from tests.builders import NOW, hours, sha
from tests.engine.house import House

BY_HAND = "abc1234 of acme/payments-api to production"


def landing(**facts: Any) -> Landing:
    known = {"connection": "payments-ci", "key": "", "succeeded": True, "what": BY_HAND}
    return Landing(**{**known, "environment": "production", **facts})


def merged(*revisions: str, **facts: Any) -> Merged:
    work = Work(
        connection="payments-ci",
        repository="acme/payments-api",
        environment="merge",
        lineage="pull/7",
    )
    known: dict[str, Any] = {"branch": "main", "what": "acme/payments-api#7 into main"}
    return Merged(work=work, revisions=revisions or (sha("c"),), **{**known, **facts})


async def unasked(house: House) -> list[Unasked]:
    found = await house.store.read(audit.of_house)
    return [it for it in found if isinstance(it, Unasked)]


async def test_what_nobody_was_asked_about_stands_in_the_trail(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.signoffs.shipped(landing())
    assert await unasked(house) == [
        Unasked(
            connection="payments-ci",
            key="",
            what=BY_HAND,
            environment="production",
            deed="deployed",
            named=True,
            at=NOW,
        )
    ]
    assert "nobody was asked: is its gate switched on there?" in caplog.text
    assert await house.store.read(audit.verify) is None


async def test_what_was_asked_about_does_not(house: House) -> None:
    signoff = await house.review(await house.open())
    assert signoff.status is Status.APPROVED
    await house.signoffs.shipped(landing(key=signoff.change.key))
    assert await unasked(house) == []


async def test_what_failed_does_not(house: House) -> None:
    await house.signoffs.shipped(landing(succeeded=False))
    assert await unasked(house) == []


async def test_a_place_that_no_rule_names_is_said_to_be_one(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    await house.signoffs.shipped(landing(environment="staging"))
    (found,) = await unasked(house)
    assert found.named is False
    assert [it.levelname for it in caplog.records if "nobody was asked" in it.message] == [
        "WARNING"
    ]


async def test_what_is_told_twice_is_one_if_it_has_a_name(house: House) -> None:
    for key in ("run/1", "run/1", "run/2"):
        await house.signoffs.shipped(landing(key=key))
    assert [it.key for it in await unasked(house)] == ["run/1", "run/2"]


async def test_without_a_name_each_is_another(house: House) -> None:
    for _ in range(2):
        await house.signoffs.shipped(landing())
    assert len(await unasked(house)) == 2


async def test_what_nobody_names_is_kept_by_its_key(house: House) -> None:
    await house.signoffs.shipped(landing(key="run/1", what="", environment=""))
    (found,) = await unasked(house)
    assert (found.key, found.what, found.environment) == ("run/1", "", "")
    await house.signoffs.shipped(landing(key="", what=""))
    assert len(await unasked(house)) == 1


async def test_what_is_told_again_long_after_is_told_again(house: House) -> None:
    """What was let in is forgotten after thirty days; the export takes both for one."""
    await house.signoffs.shipped(landing(key="run/1"))
    house.clock.now = NOW + hours(24 * 31)
    await house.store.write(lambda session: inbox.forget_before(session, NOW + hours(24 * 30)))
    await house.signoffs.shipped(landing(key="run/1"))
    assert len(await unasked(house)) == 2


async def test_what_was_merged_around_us_stands_in_the_trail_once(house: House) -> None:
    for _ in range(2):
        await house.signoffs.merged(merged())
    await house.signoffs.merged(merged(sha("d")))
    first, second = await unasked(house)
    assert (first.deed, first.key, first.what) == (
        "merged",
        "pull/7",
        "acme/payments-api#7 into main",
    )
    assert second.at == NOW


async def test_what_cannot_be_kept_whole_is_not_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noticed again: its name was not let in either."""

    def breaks(*_: object) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as patched:
        patched.setattr(audit, "append_house", breaks)
        with pytest.raises(RuntimeError):
            await house.signoffs.shipped(landing(key="run/1"))
    await house.signoffs.shipped(landing(key="run/1"))
    assert len(await unasked(house)) == 1

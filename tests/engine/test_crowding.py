"""A source that announces without end fills its own repository and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.change import Change
from bot.domain.errors import TooManyWait
from bot.domain.signoff import Status, Verdict
from bot.engine.intake import UNTIL_THERE_IS_ROOM
from bot.ports import Delivery
from tests.builders import a_change, a_click, sha
from tests.engine.house import FakePipeline, House, a_house

MOST, FLOOD = 50, 2_000
FLOODED = "acme/payments-flood"


@pytest.fixture
async def crowded(house: House) -> House:
    """As many wait as may."""
    house.signoffs.pending_per_repository = MOST
    for number in range(MOST):
        await house.signoffs.open(one_more(number))
    return house


def one_more(number: int, **facts: object) -> Change:
    """Each for another environment, so that none gives way to a newer one."""
    named = {"key": f"flood/{number}", "environment": f"stage-{number}", "repository": FLOODED}
    return a_change(**{**named, **facts})


async def pending(house: House) -> Counter[str]:
    return Counter(it.change.repository for it in await house.board.pending())


async def test_a_flood_of_thousands_buries_nobody(house: House) -> None:
    house.signoffs.pending_per_repository = MOST
    refused = 0
    for number in range(FLOOD):
        try:
            await house.signoffs.open(one_more(number))
        except TooManyWait:
            refused += 1
    real = await house.open(key="real", repository="acme/payments-api")
    assert await pending(house) == {FLOODED: MOST, "acme/payments-api": 1}
    assert refused == FLOOD - MOST
    await house.settle()
    assert len(house.chat.on("C0PAY")) == MOST + 1
    assert (await house.now(real)).status is Status.PENDING


async def test_what_is_refused_leaves_nothing_behind(crowded: House) -> None:
    with pytest.raises(TooManyWait, match=f"{MOST} changes of {FLOODED} wait"):
        await crowded.signoffs.open(one_more(MOST))
    assert await crowded.board.named(f"flood/{MOST}") == []
    assert await pending(crowded) == {FLOODED: MOST}


async def test_those_that_wait_are_decided_as_before_and_make_room(crowded: House) -> None:
    [first] = await crowded.board.named("flood/0")
    await crowded.signoffs.review(a_click(first), Verdict.APPROVE)
    assert (await crowded.now(first)).status is Status.APPROVED
    assert (await crowded.signoffs.open(one_more(MOST))).new


async def test_a_newer_revision_takes_the_place_of_the_older_one(crowded: House) -> None:
    newer = one_more(0, key="flood/newer", revision=sha("b"))
    opening = await crowded.signoffs.open(newer)
    assert opening.new
    assert len(opening.superseded) == 1
    assert await pending(crowded) == {FLOODED: MOST}


async def test_what_is_told_again_is_the_one_that_waits(crowded: House) -> None:
    assert not (await crowded.signoffs.open(one_more(0))).new


async def test_what_fills_it_with_invented_places_does_not_keep_the_fix_waiting(
    crowded: House,
) -> None:
    """However it is written: a rule spells "production", and none of the places it is full of."""
    fix = one_more(MOST, environment="production", revision=sha("b"))
    assert (await crowded.signoffs.open(fix)).new
    with pytest.raises(TooManyWait):
        await crowded.signoffs.open(one_more(MOST + 1))
    assert await pending(crowded) == {FLOODED: MOST + 1}


async def test_half_as_many_places_are_held_and_no_more(crowded: House) -> None:
    async def merge(number: int, **facts: object) -> bool:
        place = "Production" if number % 2 else "production"
        named = {"environment": place, "lineage": f"pull/{number}", "key": f"merge/{number}"}
        facts = {**named, "revision": f"{number:040x}", "by_lineage": True, **facts}
        return (await crowded.signoffs.open(one_more(number, **facts))).new

    for number in range(MOST // 2):
        assert await merge(number)
    with pytest.raises(TooManyWait):
        await merge(MOST)
    assert await merge(MOST + 1, by_lineage=False)  # a run: merges have no part in its places


async def test_so_has_what_something_went_on_to(crowded: House) -> None:
    """No rule spells it; somebody signed for it once."""
    [first] = await crowded.board.named("flood/7")
    await crowded.signoffs.review(a_click(first), Verdict.APPROVE)
    assert (await crowded.signoffs.open(one_more(MOST))).new  # its place is taken at once
    again = one_more(MOST + 1, environment="stage-7", revision=sha("c"))
    assert (await crowded.signoffs.open(again)).new
    with pytest.raises(TooManyWait):
        await crowded.signoffs.open(one_more(MOST + 2))


async def test_another_connection_has_room_of_its_own(crowded: House) -> None:
    assert (await crowded.signoffs.open(one_more(0, connection="other-ci"))).new


@pytest.fixture
async def fetching(tmp_path: Path) -> AsyncIterator[House]:
    """Whose platform does not send a delivery again."""
    pipelines = {"github": FakePipeline(fetches=True)}
    async with a_house(tmp_path / "fetching", pipelines=pipelines) as house:
        house.signoffs.pending_per_repository = 1
        yield house


async def test_what_a_platform_tells_once_waits_unread_until_there_is_room(
    fetching: House,
) -> None:
    github = fetching.pipelines["github"]
    github.says[b"one"] = one_more(1, connection="github")
    github.says[b"two"] = (
        one_more(2, connection="github"),
        one_more(3, connection="github", repository="acme/payments-other"),
    )
    for body in (b"one", b"two"):
        said = Delivery(headers={"id": body.decode(), "signature": "good"}, body=body)
        await fetching.intake.receive("github", said)
        await fetching.intake.read_waiting()
    assert await pending(fetching) == {FLOODED: 1, "acme/payments-other": 1}
    [first] = await fetching.board.named("flood/1")
    await fetching.signoffs.review(a_click(first), Verdict.APPROVE)
    fetching.clock.go_on(UNTIL_THERE_IS_ROOM)
    await fetching.intake.read_waiting()
    assert len(await fetching.board.named("flood/2")) == 1

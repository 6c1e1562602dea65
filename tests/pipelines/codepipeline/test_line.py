"""A line in which what was asked for most often goes first."""

from __future__ import annotations

import asyncio

import pytest

from bot.pipelines.codepipeline.line import Full, Line


def a_line(*, at_once: int = 1, longest: int = 2, seconds: float = 5, remembered: int = 4) -> Line:
    return Line(at_once=at_once, longest=longest, seconds=seconds, remembered=remembered)


class Street:
    """Who went, in which order, and who is still inside."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.went: list[str] = []
        self.goes_on = asyncio.Event()

    async def go(self, name: str) -> None:
        async with self.line.turn(name):
            self.went.append(name)
            await self.goes_on.wait()

    async def come(self, name: str, times: int = 1) -> asyncio.Task[None]:
        for _ in range(times):
            self.line.ask(name)
        task = asyncio.create_task(self.go(name))
        await asyncio.sleep(0)
        return task


async def test_who_was_asked_for_most_goes_first() -> None:
    street = Street(a_line())
    tasks = [await street.come("a"), await street.come("b"), await street.come("c", 2)]
    assert street.went == ["a"]
    street.goes_on.set()
    await asyncio.gather(*tasks)
    assert street.went == ["a", "c", "b"]


async def test_who_was_asked_for_more_takes_the_place_of_the_least() -> None:
    street = Street(a_line())
    inside, least = await street.come("a"), await street.come("b")
    waits = await street.come("c", 2)
    with pytest.raises(Full):
        await (await street.come("d"))
    more = await street.come("e", 2)
    with pytest.raises(Full):
        await least
    street.goes_on.set()
    await asyncio.gather(inside, waits, more)
    assert street.went == ["a", "c", "e"]


async def test_nobody_waits_too_long() -> None:
    street = Street(a_line(seconds=0.01))
    inside = await street.come("a")
    with pytest.raises(Full):
        await (await street.come("b"))
    street.goes_on.set()
    await inside
    await (await street.come("b"))
    assert street.went == ["a", "b"]


async def test_a_place_is_not_lost_with_who_goes_away() -> None:
    street = Street(a_line())
    inside, waits = await street.come("a"), await street.come("b")
    gone = await street.come("c")
    gone.cancel()
    inside.cancel()  # the place is b's in this moment
    await asyncio.gather(inside, gone, return_exceptions=True)
    waits.cancel()
    await asyncio.gather(waits, return_exceptions=True)
    street.goes_on.set()
    await (await street.come("d"))
    assert street.went[-1] == "d"
    assert street.line._inside == 0
    assert street.line._waiting == {}


async def test_who_goes_away_when_it_is_their_turn_leaves_it_to_the_next() -> None:
    line = a_line()
    street = Street(line)
    inside, first = await street.come("a"), await street.come("b", 2)
    second = await street.come("c")
    inside.cancel()
    await asyncio.sleep(0)  # a left, b has its place and does not know yet
    first.cancel()
    street.goes_on.set()
    await asyncio.gather(inside, first, return_exceptions=True)
    await second
    assert street.went == ["a", "c"]
    assert line._inside == 0


def test_what_is_remembered_has_an_end_and_keeps_what_is_asked_for_most() -> None:
    line = a_line(remembered=4)
    for name in ("a", "b", "b", "c", "d", "e", "f", "g"):
        line.ask(name)
    assert set(line._asked) == {"b", "e", "f", "g"}
    line.forget("b")
    line.forget("b")
    assert "b" not in line._asked

"""Do we wake up in time? With the real scheduler, and deadlines a moment away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.clock import system_clock
from bot.engine.heartbeat import Heartbeat

PATIENCE = 4.0
"""Seconds: shorter than the sweep, so that only a wake-up can have done it."""


class Beats:
    """Counts what it is asked to do, and lets others wait for it."""

    def __init__(self) -> None:
        self.times: list[datetime] = []
        self._changed = asyncio.Condition()

    async def __call__(self) -> None:
        async with self._changed:
            self.times.append(system_clock())
            self._changed.notify_all()

    async def reach(self, number: int) -> datetime:
        """Wait for that beat; when it was."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.times) >= number)
        return self.times[number - 1]


@asynccontextmanager
async def beating(
    *duties: Callable[[], Awaitable[object]],
    next_due: Callable[[datetime], Awaitable[datetime | None]],
) -> AsyncIterator[Heartbeat]:
    heart = Heartbeat(duties=duties, next_due=next_due, clock=system_clock)
    heart.start()
    try:
        yield heart
    finally:
        await heart.stop()


async def never(_: datetime) -> None:
    return None


async def by_now(_: datetime) -> datetime:
    return soon(-1)


def soon(milliseconds: int) -> datetime:
    return system_clock() + timedelta(milliseconds=milliseconds)


async def test_it_beats_at_once_when_it_starts() -> None:
    beats = Beats()
    async with beating(beats, next_due=never):
        await beats.reach(1)


async def test_it_wakes_at_the_next_due_moment_and_not_before() -> None:
    beats = Beats()
    moments: list[datetime] = []

    async def next_due(_: datetime) -> datetime | None:
        moments.append(soon(150))
        return moments[-1]

    async with beating(beats, next_due=next_due):
        assert await beats.reach(2) >= moments[0]
        assert await beats.reach(3) >= moments[1]


async def test_what_comes_due_during_a_beat_is_done_soon() -> None:
    beats = Beats()
    asked: list[datetime] = []

    async def next_due(_: datetime) -> datetime | None:
        asked.append(soon(0))
        return asked[0] if len(asked) == 1 else None

    async with beating(beats, next_due=next_due):
        await beats.reach(2)


async def test_what_was_due_before_the_beat_is_under_way_and_no_reason_to_race() -> None:
    beats = Beats()
    asked: list[datetime] = []

    async def next_due(_: datetime) -> datetime | None:
        asked.append(soon(-60_000) if len(asked) < 3 else soon(100))
        return asked[-1]

    async with beating(beats, next_due=next_due) as heart:
        await beats.reach(1)
        for _ in range(3):
            await heart.beat()
        assert await beats.reach(5) >= asked[3]
    assert len(asked) == 5


async def test_a_nudge_finds_a_deadline_that_came_up_meanwhile() -> None:
    beats = Beats()
    due: list[datetime] = []

    async def next_due(_: datetime) -> datetime | None:
        return due[0] if due else None

    async with beating(beats, next_due=next_due) as heart:
        await beats.reach(1)
        due.append(soon(150))
        heart.nudge()
        assert await beats.reach(2) >= due[0]


async def test_a_nudge_brings_forward_an_alarm_that_is_far_away() -> None:
    beats = Beats()
    due = [soon(4_900)]

    async def next_due(_: datetime) -> datetime | None:
        return due[-1]

    async with beating(beats, next_due=next_due) as heart:
        await beats.reach(1)
        due.append(soon(0))
        heart.nudge()
        await beats.reach(2)


async def test_a_nudge_that_finds_nothing_due_asks_no_duty() -> None:
    beats, looked = Beats(), asyncio.Semaphore(0)

    async def next_due(_: datetime) -> datetime | None:
        looked.release()
        return soon(4_900)

    async with beating(beats, next_due=next_due) as heart:
        await looked.acquire()  # at the end of the first beat
        heart.nudge()
        async with asyncio.timeout(PATIENCE):
            await looked.acquire()
    assert len(beats.times) == 1


async def test_a_nudge_while_it_looks_what_is_due_is_not_lost() -> None:
    beats, asked = Beats(), list[int]()
    hearts: list[Heartbeat] = []

    async def next_due(_: datetime) -> datetime | None:
        """Something is committed just after we looked: the answer is already old."""
        asked.append(len(asked))
        if len(asked) == 1:
            hearts[0].nudge()
        return soon(4_900 if len(asked) == 1 else -1)

    async with beating(beats, next_due=next_due) as heart:
        hearts.append(heart)
        await beats.reach(2)


async def test_many_nudges_are_few_beats() -> None:
    beats = Beats()
    async with beating(beats, next_due=by_now) as heart:
        await beats.reach(1)
        for _ in range(100):
            heart.nudge()
        await beats.reach(2)
        assert len(beats.times) == 2


async def test_a_duty_that_fails_stops_neither_the_others_nor_the_next_beat() -> None:
    beats = Beats()

    async def fails() -> None:
        raise LookupError("a duty of the test fails, as it should")

    async with beating(fails, beats, next_due=by_now) as heart:
        await beats.reach(1)
        heart.nudge()
        await beats.reach(2)


async def test_beats_never_overlap() -> None:
    beats, inside = Beats(), [0]
    begun = asyncio.Event()
    gate = asyncio.Event()

    async def slow() -> None:
        inside[0] += 1
        assert inside[0] == 1
        begun.set()
        await gate.wait()
        inside[0] -= 1
        await beats()

    async with beating(slow, next_due=by_now) as heart:
        await begun.wait()
        other = asyncio.create_task(heart.beat())
        heart.nudge()
        gate.set()
        await other
        await beats.reach(3)


async def test_stopping_waits_for_the_beat_that_is_under_way() -> None:
    begun, gate, done = asyncio.Event(), asyncio.Event(), list[str]()

    async def slow() -> None:
        begun.set()
        await gate.wait()
        done.append("all of it")

    async with beating(slow, next_due=never) as heart:
        await begun.wait()
        stopping = asyncio.create_task(heart.stop())
        await asyncio.sleep(0)  # not a wait: the task takes its first step
        assert not stopping.done()
        gate.set()
        await stopping
        assert done == ["all of it"]


async def test_once_stopped_it_beats_no_more_and_a_nudge_does_nothing() -> None:
    beats = Beats()
    async with beating(beats, next_due=never) as heart:
        await beats.reach(1)
        await heart.stop()
        await heart.stop()
        heart.nudge()
    assert len(beats.times) == 1


async def test_what_stays_due_does_not_hide_what_comes() -> None:
    """As where a signoff cannot be read: its deadline has passed, and nobody can do anything."""
    beats = Beats()
    waits = [soon(-60_000), soon(200)]

    async def next_due(after: datetime) -> datetime | None:
        return min((moment for moment in waits if moment > after), default=None)

    async with beating(beats, next_due=next_due):
        await beats.reach(1)
        assert await beats.reach(2) >= waits[1]

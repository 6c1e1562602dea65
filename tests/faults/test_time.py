"""A clock jumps by two hours, or never was right: is anything decided early, late, or not at all?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import psycopg
import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock, system_clock
from bot.demo.changes import CANARY, REFUNDS
from bot.demo.company import AS_FAST_AS_YOU_PRESS
from bot.demo.scene import AT_ONCE, SENIOR, Scene, playing
from bot.engine.heartbeat import SWEEP_EVERY, Heartbeat
from bot.engine.pacing import Pacing
from bot.ports import Limit, Pace
from storage.store import Store
from tests.builders import NOW
from tests.clocks import QUICKLY, MovableClock
from tests.engine.house import furnish
from tests.faults.judge import judge
from tests.faults.surroundings import surrounded
from tests.postgres import Server

JUMP = timedelta(hours=2)
BOTH_WAYS = pytest.mark.parametrize("jump", [JUMP, -JUMP], ids=["forward", "back"])

SOON = AT_ONCE.replace(
    "instant: {remind: [1s], escalate: 2s, expire: 3s, escalate_to: [platform]}",
    "instant: {remind: [], escalate: never, expire: 2s}",
)
A_MOMENT, SWEEP = timedelta(seconds=30), SWEEP_EVERY + timedelta(seconds=5)
"""What a slow machine may take for anything, and within which a deadline is passed."""


# The machine's clock, where there is no other: on SQLite.


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    how = {"clock": clock, "patience": QUICKLY, "pace": AS_FAST_AS_YOU_PRESS}
    async with playing(tmp_path, **how) as scene:
        yield scene


async def _is_let_go_on(scene: Scene) -> None:
    signoff_id = await scene.send(REFUNDS)
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    await scene.shown(signoff_id, "was told to go on")


async def test_after_a_jump_forward_what_is_due_is_done_and_life_goes_on(
    scene: Scene, clock: MovableClock
) -> None:
    """Nobody beats the heart: it has to see it by itself. And then the clock is set right again."""
    signoff_id = await scene.send(REFUNDS)
    await scene.shown(signoff_id)
    clock.ahead += JUMP
    await scene.shown(signoff_id, "was told to stop")
    await _is_let_go_on(scene)
    clock.ahead -= JUMP
    await _is_let_go_on(scene)
    assert [heard.body["data"]["status"] for heard in scene.pipeline.heard] == [
        "expired",
        "approved",
        "approved",
    ]
    assert await scene.house.board.broken() is None


async def test_after_a_jump_back_a_click_counts_and_life_goes_on(
    scene: Scene, clock: MovableClock
) -> None:
    signoff_id = await scene.send(REFUNDS)
    card = await scene.shown(signoff_id)
    clock.ahead -= JUMP
    await scene.press(SENIOR, card, "Approve")
    await scene.shown(signoff_id, "was told to go on")
    await _is_let_go_on(scene)
    clock.ahead += JUMP
    await _is_let_go_on(scene)
    assert {heard.body["data"]["status"] for heard in scene.pipeline.heard} == {"approved"}
    assert await scene.house.board.broken() is None


# Ours is wrong and the database's is right: on PostgreSQL.


@pytest.fixture
def skewed(request: pytest.FixtureRequest, postgres: Server) -> Iterator[str]:
    """A database whose clock is that far from ours. Who says which of them is wrong?"""
    ahead: timedelta = request.getfixturevalue("jump")
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            f" AS 'SELECT pg_catalog.clock_timestamp() + interval ''{ahead.total_seconds()} s'''"
        )
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog')
    yield url
    postgres.drop(url)


@BOTH_WAYS
async def test_deadlines_and_signatures_are_judged_by_the_database_s_clock(
    skewed: str, tmp_path: Path, jump: timedelta
) -> None:
    """CI and everybody else go by the same time as the database."""
    right = MovableClock(ahead=jump)
    async with surrounded(tmp_path, skewed, clock=right, config=SOON) as around:
        expires = await around.announce(CANARY)
        stays = await around.announce()
        opened = await around.signoff(expires)
        assert opened.expires_at == opened.opened_at + timedelta(seconds=2)
        assert abs(opened.opened_at - right()) < A_MOMENT
        await around.approve(stays)
        await around.ends_well(expires, words="was told to stop")
        await around.ends_well(stays)
        evidence = await around.evidence(sweep=SWEEP)
        assert judge(evidence) == []
        assert all(abs(entry.event.at - right()) < A_MOMENT for entry in evidence.entries)


@BOTH_WAYS
async def test_the_time_is_known_before_anything_is_written(skewed: str, jump: timedelta) -> None:
    store = Store(skewed)
    try:
        assert abs(store.clock() - system_clock() - jump) < A_MOMENT
        assert store.ahead == pytest.approx(jump.total_seconds(), abs=A_MOMENT.total_seconds())
    finally:
        await store.close()


async def test_a_database_whose_clock_is_ours_is_not_ahead(postgres: Server) -> None:
    """However long it took to answer, or we to read it."""
    store = Store(postgres.new_database())
    try:
        await store.write(lambda session: None)
        assert store.ahead == pytest.approx(0, abs=0.5)
    finally:
        await store.close()


@BOTH_WAYS
async def test_however_wrong_our_clock_is_what_is_opened_has_its_time(
    postgres: Server, jump: timedelta
) -> None:
    """Nobody has corrected it yet: what counts is when it is written."""
    store = Store(postgres.new_database())
    try:
        house = furnish(store, MovableClock(ahead=jump))  # type: ignore[arg-type]
        signoff = await house.open()
        assert abs(signoff.opened_at - system_clock()) < A_MOMENT
        assert signoff.expires_at == signoff.opened_at + timedelta(hours=8)
    finally:
        await store.close()


# What wakes us.


@dataclass
class Wall(tzinfo):
    """A clock on the wall that somebody can set, as APScheduler sees it: it asks its zone."""

    ahead: timedelta = field(default_factory=timedelta)

    def fromutc(self, at: datetime) -> datetime:
        return at + self.ahead

    def utcoffset(self, _: datetime | None) -> timedelta:
        return timedelta()

    def dst(self, _: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, _: datetime | None) -> str:
        return "UTC"


@dataclass
class Beats:
    """When they were, by the loop's clock."""

    times: list[float] = field(default_factory=list)
    _one_more: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self._one_more.set()

    async def another(self, within: timedelta) -> float:
        """Its time, once there is one after this."""
        self._one_more.clear()
        async with asyncio.timeout(within.total_seconds()):
            await self._one_more.wait()
        return self.times[-1]


@asynccontextmanager
async def beating(
    beats: Beats, due: list[datetime], clock: Clock, wall: tzinfo = UTC
) -> AsyncIterator[Heartbeat]:
    """`due` is what is due next, the first of it next time."""

    async def next_due(_: datetime) -> datetime | None:
        return due.pop(0) if due else None

    defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 4}
    heart = Heartbeat(
        duties=(beats,),
        next_due=next_due,
        clock=clock,
        _scheduler=AsyncIOScheduler(timezone=wall, job_defaults=defaults),
    )
    heart.start()
    try:
        yield heart
    finally:
        await heart.stop()


@BOTH_WAYS
async def test_the_alarm_rings_by_the_clock_that_deadlines_are_written_by(jump: timedelta) -> None:
    """As where the database's clock is not ours: neither at once nor two hours later."""
    beats, clock = Beats(), MovableClock(ahead=jump)
    soon = timedelta(milliseconds=300)
    began = asyncio.get_running_loop().time()
    async with beating(beats, [clock() + soon], clock):
        await beats.another(SWEEP_EVERY)
        assert await beats.another(SWEEP_EVERY - soon) >= began + 0.25


async def test_the_sweep_goes_on_whatever_the_wall_says() -> None:
    """After a jump back a job of the scheduler's own is two hours away."""

    async def jumps(jump: timedelta) -> None:
        beats, wall = Beats(), Wall()
        async with beating(beats, [], system_clock, wall):
            await beats.another(SWEEP_EVERY)
            wall.ahead += jump
            await beats.another(SWEEP)

    await asyncio.gather(jumps(JUMP), jumps(-JUMP))


@BOTH_WAYS
def test_the_pace_is_kept_after_a_jump_and_nothing_is_closed_for_hours(jump: timedelta) -> None:
    one = Limit(1, timedelta(seconds=5))
    pacing = Pacing(Pace(post=one, change=one, home=one))
    assert pacing.take("C0PAY", NOW, urgent=True)
    pacing.rest("C0PLAT", NOW)
    assert pacing.closed(NOW) == {"C0PAY", "C0PLAT"}
    later = NOW + jump
    assert pacing.closed(later) == set()
    assert pacing.take("C0PAY", later, urgent=True)
    assert not pacing.take("C0PAY", later, urgent=True)

"""What if too much comes at once? Changes are sent away in time, and who waits keeps nobody out."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.demo.scene import Scene
from bot.web.bodies import Budget, read_body
from bot.web.pressure import (
    CHANGES_AT_ONCE,
    UNITS,
    UNITS_OF_A_PLATFORM,
    WAITING_AT_ONCE,
    Pressure,
)
from bot.web.problems import speak_problems
from tests.web.ci import BEARER, HOOK, SIGNOFFS, Ci, request


@asynccontextmanager
async def crowded(scene: Scene, units: int) -> AsyncIterator[None]:
    """So many units wait, because one before them takes its time."""
    gate, store = threading.Event(), scene.house.store
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_: object) -> None:
        loop.call_soon_threadsafe(begun.set)
        gate.wait()

    first = asyncio.create_task(store.write(slow))
    await begun.wait()
    others = [asyncio.create_task(store.write(lambda _: None)) for _ in range(units)]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        gate.set()
        await asyncio.gather(first, *others)


async def test_a_change_is_sent_away_before_its_body_is_read(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    async with crowded(scene, UNITS):
        halves = [("Content-Length", "1000")]
        for path, more in ((HOOK, []), (SIGNOFFS, list(BEARER.items()))):
            heard = await ci.wire(request("POST", path, [*halves, *more], b"{"))
            ci.check_problem(heard, 429, "Too much is sent at once")
            assert heard is not None
            assert heard.headers["retry-after"] == "3"
        assert (await ci.get(f"{SIGNOFFS}/{signoff_id}")).status == 200
    await ci.loses_nothing()


async def test_as_long_as_there_is_room_nobody_is_sent_away(ci: Ci, scene: Scene):
    async with crowded(scene, UNITS - 50):
        waiting = asyncio.create_task(ci.post(ci.message()))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    assert (await waiting).status == 202


def test_only_so_many_changes_are_judged_at_once():
    pressure = Pressure()
    with ExitStack() as stack:
        for _ in range(CHANGES_AT_ONCE):
            stack.enter_context(pressure.change(0))
        with pytest.raises(web.HTTPTooManyRequests):
            pressure.check(0)
    pressure.check(0)


def test_what_a_platform_would_not_send_again_is_sent_away_much_later():
    Pressure().check(UNITS_OF_A_PLATFORM - 1, UNITS_OF_A_PLATFORM)
    with pytest.raises(web.HTTPTooManyRequests):
        Pressure().check(UNITS_OF_A_PLATFORM, UNITS_OF_A_PLATFORM)


def test_of_one_connection_only_so_many_wait_for_a_decision():
    pressure = Pressure()
    with ExitStack() as stack:
        for _ in range(WAITING_AT_ONCE):
            stack.enter_context(pressure.wait("payments-ci"))
        with pressure.wait("mobile-ci"):
            pass
        with pytest.raises(web.HTTPTooManyRequests) as sent_away, pressure.wait("payments-ci"):
            pass
    assert sent_away.value.headers["Retry-After"] == "3"
    with pressure.wait("payments-ci"):
        pass


# Bodies under way.


@asynccontextmanager
async def _door(budget: Budget) -> AsyncIterator[TestClient]:
    async def read(asked: web.Request) -> web.Response:
        return web.json_response(len(await read_body(asked, 1000, budget=budget)))

    app = web.Application(middlewares=[speak_problems])
    app.router.add_post("/", read)
    async with TestClient(TestServer(app)) as client:
        yield client


async def _held(budget: Budget, wanted: int) -> None:
    async with asyncio.timeout(5):
        while budget.left != wanted:  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0)


async def test_who_only_holds_on_to_half_a_body_keeps_nobody_out():
    budget, more = Budget(900), asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b"x" * 500
        await more.wait()
        yield b"x" * 100

    async with _door(budget) as client:
        slow = asyncio.create_task(client.post("/", data=half()))
        await _held(budget, 400)
        whole = await client.post("/", data=b"x" * 600)
        assert (whole.status, await whole.json()) == (200, 600)
        more.set()
        broken_off = await slow
        assert broken_off.status == 408
        assert "did not arrive in time" in json.loads(await broken_off.read())["title"]
    assert budget.left == 900


async def test_bodies_for_which_there_is_room_do_not_disturb_each_other():
    budget, more = Budget(1200), asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b"x" * 500
        await more.wait()
        yield b"x" * 100

    async with _door(budget) as client:
        slow = asyncio.create_task(client.post("/", data=half()))
        await _held(budget, 700)
        whole = await client.post("/", data=b"x" * 600)
        assert (whole.status, await whole.json()) == (200, 600)
        more.set()
        assert await (await slow).json() == 600


async def test_a_body_larger_than_all_there_is_asks_to_come_again():
    async with _door(Budget(100)) as client:
        answer = await client.post("/", data=b"x" * 600)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")

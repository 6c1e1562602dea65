"""Does a storm find what is planted? A server that breaks, hangs, hoards or gives up is told so."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from bot.house import _listening
from tests.hostile.runner import Door, attacks, storm, withstood

Handler = Callable[[bytes], Awaitable[int]]
hoard: list[bytes] = []


async def sound(body: bytes) -> int:
    return 200 if body.startswith(b'{"a"') else 400


async def breaks(body: bytes) -> int:
    return 500 if b"\x00" in body else await sound(body)


async def dawdles(body: bytes) -> int:
    if b"\xff" in body:
        began = time.process_time()
        while time.process_time() - began < 1.2:
            """As a bad pattern does."""
    return await sound(body)


async def hoards(body: bytes) -> int:
    hoard.append(b"x" * 400_000)
    return await sound(body)


async def gives_up(body: bytes) -> int:
    hoard.append(b"")
    return 200 if len(hoard) < 100 else 400


async def stormed(handler: Handler, count: int = 300) -> None:
    async def receive(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(1):
                return web.Response(status=await handler(await request.read()))
        except (web.RequestPayloadError, ConnectionError, TimeoutError):
            return web.Response(status=400)

    hoard.clear()
    app = web.Application()
    app.router.add_post("/", receive)
    async with _listening(app, "127.0.0.1", 0) as address:
        good = json.dumps({"a": 1, "b": ["x"]}).encode()
        door = Door(name="x", address=address, path="/", good=lambda: good, sealed=lambda _: {})
        async with withstood(door, count):
            pass


async def test_what_is_sound_withstands_it() -> None:
    await stormed(sound)


@pytest.mark.parametrize(
    ("handler", "words"), [(breaks, "500 for"), (dawdles, r"\(1\.\d+, "), (hoards, "MiB more"), (gives_up, "x")]
)  # fmt: skip
async def test_what_is_not_does_not(handler: Handler, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        await stormed(handler, 60 if handler is dawdles else 300)
    hoard.clear()


async def test_the_same_number_is_the_same_storm_and_another_another() -> None:
    door = Door(
        name="x", address="", path="/", good=lambda: b'{"a": 1}', sealed=lambda _: {"s": "1"}
    )
    first, again, other = ([it.raw for it in attacks(door, 50, seed)] for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert storm

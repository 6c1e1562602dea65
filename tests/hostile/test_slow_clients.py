"""What if hundreds open a line and then take their time? Nobody else waits, and none of them is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from urllib.parse import urlsplit

import pytest

from bot import house
from bot.demo.scene import Scene
from tests.web.ci import HOOK, SIGNOFFS, Ci

LINES, KEPT = 500, 2
"""So many hold on; so many seconds a line is kept on which nothing comes."""

HEAD = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
BEGINNINGS = (b"", b"POST /ho", b"GET / HTTP/1.1\r\nHost:", HEAD.encode(), f"{HEAD}\r\n{{".encode())
"""Nothing, half a line, half a header, headers without an end, half a body."""

pytestmark = pytest.mark.timeout(120)


@contextmanager
def kept_for(seconds: int) -> Iterator[None]:
    """As the house keeps them, but shorter; the time for a body as well."""
    from bot.web import bodies  # noqa: PLC0415

    before = house.IDLE_SECONDS, bodies.read_body.__defaults__
    house.IDLE_SECONDS = seconds
    bodies.read_body.__defaults__ = (float(seconds), None)
    try:
        yield
    finally:
        house.IDLE_SECONDS, bodies.read_body.__defaults__ = before


@pytest.fixture
async def hasty(scene: Scene) -> AsyncIterator[Scene]:
    await scene.stop()
    with kept_for(KEPT):
        await scene.start()
        yield scene


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(scene: Scene, beginning: bytes) -> Line:
    where = urlsplit(scene.address)
    line = await asyncio.open_connection(where.hostname, where.port)
    line[1].write(beginning)
    return line


async def ended(line: Line) -> None:
    """Once the house has hung up."""
    with suppress(ConnectionError):
        while await line[0].read(1_000):
            """Whatever it says before."""
    line[1].close()


async def drips(line: Line) -> None:
    """A byte now and then, for as long as somebody takes them."""
    with suppress(ConnectionError):
        while not line[1].is_closing():
            line[1].write(b" ")
            await line[1].drain()
            await asyncio.sleep(KEPT / 4)


async def test_whoever_holds_on_keeps_nobody_waiting_and_is_hung_up_on(
    ci: Ci, hasty: Scene
) -> None:
    loop = asyncio.get_running_loop()
    lines = [await opened(hasty, it) for it in islice(cycle(BEGINNINGS), LINES)]
    dripping = [await opened(hasty, BEGINNINGS[-1]) for _ in range(20)]
    drops = [asyncio.create_task(drips(it)) for it in dripping]
    for _ in range(5):
        began = loop.time()
        assert (await ci.ask("GET", "/healthz")).status == 200
        assert (await ci.get(f"{SIGNOFFS}/sgn_unknown")).status == 404
        assert loop.time() - began < 2
    await ci.loses_nothing()
    async with asyncio.timeout(30 * KEPT):
        await asyncio.gather(*map(ended, [*lines, *dripping]))
    for drop in drops:
        drop.cancel()


async def test_who_is_done_in_time_is_not(ci: Ci, hasty: Scene) -> None:
    """The twin: the same line, and the rest of the request."""
    body = ci.message()
    headers = {**ci.signed(body), "Content-Length": str(len(body))}
    said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line = await opened(hasty, f"POST {HOOK} HTTP/1.1\r\nHost: x\r\n".encode())
    for piece in (f"{said}\r\n".encode(), body[:20], body[20:]):
        await asyncio.sleep(KEPT / 4)
        line[1].write(piece)
    assert b" 202 " in await line[0].readline()
    line[1].close()

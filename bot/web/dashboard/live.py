"""How does an open page hear that something has changed? That it has, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from bot.engine.bell import Bell
from bot.engine.stepping_up import SteppingUp
from bot.web.dashboard.seat import Seat
from bot.web.pages.rendering import Pages

BEGUN, CHANGED, STILL_HERE = b"retry: 5000\n\n", b"event: changed\ndata:\n\n", b":\n\n"
FULL = "Too many pages are open; this one looks again every minute."


@dataclass(slots=True, eq=False)
class Stream:
    """A page that listens."""

    seat: Seat
    transport: asyncio.BaseTransport | None
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def gone(self) -> bool:
        """The page was closed; nobody has told us but its connection."""
        return self.transport is None or self.transport.is_closing()

    def end(self) -> None:
        self.over.set()
        self.heard.set()


@dataclass(slots=True, kw_only=True)
class Live:
    """`pause`, `beat` and `longest` are seconds: between two words, until one is said to keep the
    connection, and until the page has to ask anew. `most` pages are told by one process, `each` of
    one person, whose browser has six connections for all of them.
    """

    pages: Pages
    bell: Bell
    stepping_up: SteppingUp
    pause: float = 1.0
    beat: float = 15.0
    longest: float = 600.0
    most: int = 500
    each: int = 5
    _streams: set[Stream] = field(default_factory=set)
    _closed: bool = False

    def __post_init__(self) -> None:
        self.bell.listen(self._rung)

    @property
    def open(self) -> int:
        """How many pages listen."""
        return len(self._streams)

    async def stream(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /live"""
        if self._closed or not self._has_room(seat):
            raise web.HTTPServiceUnavailable(reason=FULL, headers={"Retry-After": "60"})
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        self.pages.dressed(response, "no-store")
        stream = Stream(seat, request.transport)
        self._streams.add(stream)
        try:
            with suppress(ConnectionError):  # the page was closed
                await response.prepare(request)
                await self._tell(stream, response)
        finally:
            self._streams.discard(stream)
        return response

    def end(self, visit: str) -> None:
        """Whoever signs out hears nothing more."""
        for stream in self._streams:
            if stream.seat.visit.id == visit:
                stream.end()

    async def close(self, _: web.Application | None = None) -> None:
        """The server stops: nobody waits for these."""
        self._closed = True
        for stream in self._streams:
            stream.end()

    async def _tell(self, stream: Stream, response: web.StreamResponse) -> None:
        loop = asyncio.get_running_loop()
        until, look = loop.time() + self.longest, loop.time() + self.beat
        await response.write(BEGUN)
        while not stream.over.is_set() and loop.time() < until:
            changed = await _within(self.beat, stream.heard)
            if not changed or loop.time() >= look:
                if not await self._sits(stream):
                    return
                look = loop.time() + self.beat
            if stream.over.is_set():
                return
            stream.heard.clear()
            await response.write(CHANGED if changed else STILL_HERE)
            if changed:
                await _within(self.pause, stream.over)

    async def _sits(self, stream: Stream) -> bool:
        return await self.stepping_up.here(stream.seat.visit.id) is not None

    def _has_room(self, seat: Seat) -> bool:
        there = [it for it in self._streams if not it.gone]
        theirs = [it for it in there if it.seat.person.id == seat.person.id]
        return len(there) < self.most and len(theirs) < self.each

    def _rung(self) -> None:
        for stream in self._streams:
            stream.heard.set()


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()

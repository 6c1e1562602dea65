"""What can a network do to a connection? All of it, at the moment that a test names."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

Way = Literal["request", "answer"]
End = Literal["reset", "close", "silence"]
Ends = dict[Way, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a connection ends, once. After a request is: it was answered, which nobody hears."""

    at: bytes
    way: Way = "request"
    when: Literal["before", "after"] = "before"
    how: End = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Seconds of latency, bytes a second, bytes of answers until the end."""

    latency: float = 0
    pace: int = 0
    silent: bool = False
    refused: bool = False
    closed_after: int | None = None
    cut: Cut | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Link:
    """One connection through the proxy: what each way leads to, and the last that went there."""

    ends: Ends
    tails: dict[Way, bytes] = field(default_factory=lambda: {"request": b"", "answer": b""})
    doomed: Cut | None = None
    frozen: bool = False

    def meets(self, cut: Cut | None, way: Way, data: bytes) -> Cut | None:
        """Also where the pattern comes in pieces."""
        if cut is None or cut.way != way:
            return None
        self.tails[way] = self.tails[way][1 - len(cut.at) :] + data
        return cut if cut.at in self.tails[way] else None

    def end(self, how: End) -> None:
        self.frozen = how == "silence"
        for writer in self.ends.values() if how != "silence" else ():
            if how == "reset":
                with suppress(OSError):  # To linger for no time is to send RST.
                    at_once = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(*at_once)
                writer.transport.abort()
            writer.close()


@dataclass(slots=True, kw_only=True)
class Proxy:
    """In a thread of its own, for tests with and without a loop."""

    target: str
    port: int
    was_cut: threading.Event = field(default_factory=threading.Event)
    """Whether the `cut` of these faults has been. Wait for it in a thread if there is a loop."""
    faults: Faults = field(default_factory=Faults)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _links: dict[asyncio.Task[None], Link] = field(default_factory=dict)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """What it stands before, through it."""
        parts = urlsplit(self.target)
        user, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user}{at}127.0.0.1:{self.port}").geturl()

    def suffer(self, faults: Faults) -> None:
        """From now on; connections that are open suffer it too. `Faults()` heals: what was held
        back goes on."""
        self.call(self._set(faults))

    def end(self, how: End = "reset") -> None:
        """All connections, now. New ones are taken."""
        self.call(self._end(how))

    def call(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=30)

    async def close(self) -> None:
        """Nothing is left, not even of a connection that was just being taken."""
        await self._set(Faults(refused=True))
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await self._end("reset")
            for task in self._links:
                task.cancel()
            await asyncio.wait(others)

    async def _set(self, faults: Faults) -> None:
        self.faults = faults
        self.was_cut.clear()
        (self._heard.clear if faults.silent else self._heard.set)()
        if faults.refused and self._server is not None:
            server, self._server = self._server, None
            # A server that closes in the moment of an accept loses it (an assertion of asyncio).
            self.loop.remove_reader(server.sockets[0].fileno())
            await asyncio.sleep(0)
            server.close()
        elif not faults.refused and self._server is None:
            self._server = await asyncio.start_server(
                self._accept, "127.0.0.1", self.port, reuse_port=True
            )

    async def _end(self, how: End) -> None:
        for link in self._links.values():
            link.end(how)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(ends={"answer": writer})
        task = self.loop.create_task(self._serve(link, reader))
        self._links[task] = link
        task.add_done_callback(self._links.pop)

    async def _serve(self, link: Link, requests: asyncio.StreamReader) -> None:
        try:
            await self._hold(link)
            to = urlsplit(self.target)
            answers, link.ends["request"] = await asyncio.open_connection(to.hostname, to.port)
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(link, "request", requests))
                pumps.create_task(self._pump(link, "answer", answers))
        except* OSError:
            link.end("reset")
        finally:
            link.end("close")
            await asyncio.gather(
                *(it.wait_closed() for it in link.ends.values()), return_exceptions=True
            )

    async def _pump(self, link: Link, way: Way, source: asyncio.StreamReader) -> None:
        while data := await source.read(65_536):
            await asyncio.sleep(self.faults.latency)
            await self._hold(link)
            await self._pass(link, way, data)
        await self._hold(link)
        link.ends[way].write_eof()

    async def _hold(self, link: Link) -> None:
        """As long as nothing is heard, and for ever where this link fell silent."""
        await self._heard.wait()
        if link.frozen:
            await self.loop.create_future()

    async def _pass(self, link: Link, way: Way, data: bytes) -> None:
        cut = link.meets(self.faults.cut, way, data)
        if link.doomed and way == "answer":
            self._cut(link, link.doomed)
        elif cut and cut.when == "before":
            self._cut(link, cut)
        else:
            await self._forward(link, way, data)
            if cut and way == "request":
                link.doomed, self.faults = cut, replace(self.faults, cut=None)
            elif cut:
                self._cut(link, cut)

    def _cut(self, link: Link, cut: Cut) -> None:
        self.faults = replace(self.faults, cut=None)
        link.end(cut.how)
        self.was_cut.set()

    async def _forward(self, link: Link, way: Way, data: bytes) -> None:
        pace, limit = self.faults.pace, self.faults.closed_after if way == "answer" else None
        step = max(1, pace // 50) if pace else len(data)
        passing = data[:limit]
        for start in range(0, len(passing), step):
            link.ends[way].write(passing[start : start + step])
            await asyncio.sleep(step / pace if pace else 0)
            await self._hold(link)
        if limit is not None:
            self.faults = replace(self.faults, closed_after=limit - len(passing))
            if limit <= len(data):
                link.end("close")


@contextmanager
def a_proxy(target: str) -> Iterator[Proxy]:
    """Before what a URL names, at a port that is kept while connections are refused."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind(("127.0.0.1", 0))
        proxy = Proxy(target=target, port=kept.getsockname()[1])
        thread = threading.Thread(target=proxy.loop.run_forever, name="proxy")
        thread.start()
        try:
            proxy.suffer(Faults())
            yield proxy
        finally:
            proxy.call(proxy.close())
            proxy.loop.call_soon_threadsafe(proxy.loop.stop)
            thread.join()
            proxy.loop.close()

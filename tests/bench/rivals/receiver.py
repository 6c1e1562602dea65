"""What arrived? Twenty destinations in a process of their own, which believe nobody.

`python -m tests.bench.rivals.receiver` prints where it listens, and works until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

from aiohttp import web

from bot.clock import system_clock
from bot.pipelines.signatures import secret_key, verify
from bot.ports import Unauthenticated

SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
KEY = secret_key(SECRET)
SLOW = 2.0
"""Seconds that a call of the hanging destination takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """`key` is what must stay in order at a destination: the second never before the first."""

    id: str
    destination: int
    key: str
    number: int


@dataclass(slots=True, kw_only=True)
class Arrived:
    """`accepted` are different messages, of destinations that do not hang; `at_once` is how many
    calls of one destination were open at the same time, at most."""

    accepted: int = 0
    doubled: int = 0
    disordered: int = 0
    forged: int = 0
    refused: int = 0
    at_once: int = 0
    last: float = 0.0


@dataclass(slots=True)
class Receiver:
    """`hanging` is a destination, or -1; one in `refuse` messages is answered 503 once."""

    hanging: int = -1
    refuse: int = 0
    arrived: Arrived = field(default_factory=Arrived)
    _seen: set[str] = field(default_factory=set)
    _refused: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    _open: Counter[int] = field(default_factory=Counter)

    async def take(self, request: web.Request) -> web.Response:
        destination = int(request.match_info["destination"])
        self._open[destination] += 1
        self.arrived.at_once = max(self.arrived.at_once, self._open[destination])
        try:
            if destination == self.hanging:
                await asyncio.sleep(SLOW)
            return web.Response(status=self._judge(destination, request, await request.read()))
        finally:
            self._open[destination] -= 1

    def _judge(self, destination: int, request: web.Request, body: bytes) -> int:
        now = system_clock()
        try:
            message = verify((KEY,), request.headers, body, now)
        except Unauthenticated:
            self.arrived.forged += 1
            return 401
        said = json.loads(body)
        if self._refuses(message):
            self._refused.add(message)
            self.arrived.refused += 1
            return 503
        if message in self._seen:
            self.arrived.doubled += 1
            return 204
        self._seen.add(message)
        line = f"{destination}/{said['key']}"
        self.arrived.disordered += said["number"] != self._numbers.get(line, -1) + 1
        self._numbers[line] = said["number"]
        if destination != self.hanging:
            self.arrived.accepted += 1
            self.arrived.last = now.timestamp()
        return 204

    def _refuses(self, message: str) -> bool:
        chosen = self.refuse and zlib.crc32(message.encode()) % self.refuse == 0
        return bool(chosen) and message not in self._refused

    async def tell(self, _: web.Request) -> web.Response:
        return web.json_response(asdict(self.arrived))


async def serve(hanging: int, refuse: int) -> None:
    receiver, app = Receiver(hanging, refuse), web.Application()
    app.router.add_post("/to/{destination}", receiver.take)
    app.router.add_get("/arrived", receiver.tell)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


@asynccontextmanager
async def receiving(hanging: int, refuse: int) -> AsyncIterator[str]:
    """The address of one that runs until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.rivals.receiver", str(hanging), str(refuse),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))

"""How does a callback leave? Signed, over one aiohttp session; the same for everybody here."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass

import aiohttp

from bot.clock import system_clock
from bot.pipelines.signatures import sign
from tests.bench.rivals.contest import Contender, Place
from tests.bench.rivals.receiver import KEY, Callback

PAUSE = 0.5
"""Seconds before a callback is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What must be delivered to `url`, at most `in_flight` at once and `cap` to one destination.

    A contender calls `begin` when all of it is in its store and its work begins, and returns when
    `finished` does: with how many its store still holds as undone.
    """

    url: str
    callbacks: Sequence[Callback]
    in_flight: int
    cap: int
    begin: Callable[[], None]
    finished: Callable[[], Awaitable[None]]

    @property
    def destinations(self) -> Sequence[int]:
        return sorted({callback.destination for callback in self.callbacks})


class Refused(Exception):
    """The destination did not say 2xx, or nothing."""


def new_session(load: Deliveries) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=load.in_flight),
        timeout=aiohttp.ClientTimeout(total=20),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def post(session: aiohttp.ClientSession, url: str, callback: Callback) -> None:
    """Raises Refused."""
    said = asdict(callback) | {"pad": "x" * 400}
    body = json.dumps(said).encode()
    headers = sign(KEY, callback.id, system_clock(), body)
    try:
        async with session.post(
            f"{url}/to/{callback.destination}", data=body, headers=headers, allow_redirects=False
        ) as answer:
            await answer.read()
            if answer.status >= 300:
                raise Refused(str(answer.status))
    except (aiohttp.ClientError, OSError) as problem:
        raise Refused(type(problem).__name__) from problem


async def _no_preparation(_: Place) -> None:
    """Nothing is kept anywhere."""


async def _bare(_: None, load: Deliveries) -> int:
    """The same order, the same limits, and no store: what a process dies with is lost."""
    lines = defaultdict[tuple[int, str], list[Callback]](list)
    for callback in load.callbacks:
        lines[callback.destination, callback.key].append(callback)
    room = {destination: asyncio.Semaphore(load.cap) for destination in load.destinations}
    everything = asyncio.Semaphore(load.in_flight)

    async def work_off(session: aiohttp.ClientSession, line: list[Callback]) -> None:
        for callback in line:
            while True:
                async with room[callback.destination], everything:
                    try:
                        await post(session, load.url, callback)
                        break
                    except Refused:
                        pass
                await asyncio.sleep(PAUSE)

    async with new_session(load) as session:
        load.begin()
        tasks = [asyncio.create_task(work_off(session, line)) for line in lines.values()]
        await load.finished()
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    return sum(isinstance(it, BaseException) for it in ended)


CONTENDERS = {"bare aiohttp client": Contender(prepare=_no_preparation, run=_bare)}

"""What becomes of a door at which thousands of hostile messages arrive?

No answer is an error of ours, none is slow, memory stays what it was, and afterwards a good message
is taken as before.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from urllib.parse import urlsplit

from tests.hostile.corpus import BODIES, FRAMINGS, Headers, other_headers, request

AT_ONCE = 8
SLOWEST = 1.0
"""Seconds of this process: on a machine that is busy with other things the clock says nothing."""

GROWTH = 32 << 20
HANGS = 15.0
"""Seconds by the clock, until nobody waits for an answer any more."""

Inputs = int(os.environ.get("HOSTILE", "400"))  # noqa: TID251
"""At each door. `make attack` sends ten times as many."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """`good` makes a message that was not sent before, as JSON if it is any; `dressed` is how that
    travels, `sealed` with which headers it proves its sender. `between` is done now and then;
    `astray` makes addresses beside the right one. `forgiven` are errors that are meant.
    """

    name: str
    address: str
    path: str
    good: Callable[[], bytes]
    sealed: Callable[[bytes], Mapping[str, str]]
    dressed: Callable[[bytes], bytes] = lambda body: body
    method: str = "POST"
    taken: frozenset[int] = frozenset({200, 202, 204})
    forgiven: frozenset[int] = frozenset()
    between: Callable[[], Awaitable[None]] | None = None
    astray: Callable[[Random], str] | None = None


@dataclass(frozen=True, slots=True)
class Attack:
    """One request as bytes. Not `whole`: nobody can tell its end, so that we end it by hanging up."""

    name: str
    raw: bytes
    whole: bool = True


@dataclass(slots=True)
class Found:
    """By kind of attack and status; 0: it was hung up on us. `worst` is the slowest answer."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    worst: tuple[float, str] = (0.0, "")
    broken: list[str] = field(default_factory=list)

    def note(self, attack: Attack, status: int, seconds: float, forgiven: frozenset[int]) -> None:
        self.statuses[attack.name, status] += 1
        self.worst = max(self.worst, (seconds, attack.name))
        if status >= 500 and status not in forgiven and len(self.broken) < 20:
            self.broken.append(f"{attack.name}: {status} for {attack.raw[:2_000]!r}")

    def total(self) -> Mapping[int, int]:
        by_status: Counter[int] = Counter()
        for (_, status), count in self.statuses.items():
            by_status[status] += count
        return dict(sorted(by_status.items()))


def attacks(door: Door, count: int, seed: int = 1) -> Iterator[Attack]:
    random = Random(f"{door.name} {seed}")  # noqa: S311 -- the same ones each time
    for number in range(count):
        yield _one(door, random, number)


def _one(door: Door, random: Random, number: int) -> Attack:
    if door.astray and number % 2:
        door = replace(door, path=door.astray(random))
    good = door.good()
    if number % 25 == 0:
        framing = FRAMINGS[number // 25 % len(FRAMINGS)]
        body = door.dressed(good)
        raw = framing.write(door.method, door.path, _pairs(door, body), body)
        return Attack(f"framing, {framing.name}", raw, whole=False)
    how = random.choice(BODIES)
    match number % 5:
        case 0:  # by somebody who has no key, on the way
            sent = door.dressed(good)
            return _asked(door, f"forged, {how.__name__}", _pairs(door, sent), how(random, sent))
        case 1:
            sent = door.dressed(good)
            return _asked(door, "headers", other_headers(random, _pairs(door, sent)), sent)
        case 2:  # by somebody who has the key, before it is wrapped, or after
            sent = how(random, door.dressed(good))
        case _:
            sent = door.dressed(how(random, good))
    return _asked(door, f"sealed, {how.__name__}", _pairs(door, sent), sent)


def _asked(door: Door, name: str, headers: Headers, body: bytes) -> Attack:
    return Attack(name, request(door.method, door.path, headers, body))


def _pairs(door: Door, body: bytes) -> Headers:
    return tuple(door.sealed(body).items())


async def storm(door: Door, count: int, seed: int = 1, found: Found | None = None) -> Found:
    """All of them, some at once, each over a line that lives as long as it is let."""
    found, waiting = found or Found(), attacks(door, count, seed)
    await asyncio.gather(*(_sender(door, waiting, found) for _ in range(AT_ONCE)))
    return found


async def _sender(door: Door, waiting: Iterator[Attack], found: Found) -> None:
    where, line = urlsplit(door.address), None
    for number, attack in enumerate(waiting):
        line = line or await asyncio.open_connection(where.hostname, where.port)
        began = time.process_time()
        try:
            async with asyncio.timeout(HANGS):
                status, goes_on = await _exchange(*line, attack)
        except TimeoutError:
            status, goes_on = 599, False
        found.note(attack, status, time.process_time() - began, door.forgiven)
        if not goes_on:
            line = await _closed(line)
        if door.between and number % 50 == 49:
            await door.between()
    await _closed(line)


async def _closed(line: Any) -> None:
    if line:
        line[1].close()
        await asyncio.gather(line[1].wait_closed(), return_exceptions=True)


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, attack: Attack
) -> tuple[int, bool]:
    """The status, and whether the line can be used again."""
    try:
        writer.write(attack.raw)
        await writer.drain()
        if not attack.whole and writer.can_write_eof():
            writer.write_eof()
        return await _answer(reader, attack)
    except (OSError, asyncio.IncompleteReadError):
        return 0, False


async def _answer(reader: asyncio.StreamReader, attack: Attack) -> tuple[int, bool]:
    status, head = 100, b""
    while status == 100:  # whoever expects it is told to go on
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
    fields = dict(it.lower().split(b": ", 1) for it in head.split(b"\r\n")[1:-2] if b": " in it)
    await reader.readexactly(int(fields.get(b"content-length", b"0")))
    return status, attack.whole and fields.get(b"connection") != b"close"


def resident() -> int:
    """Bytes of memory that this process holds."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def good_is_taken(door: Door) -> int:
    """The status of a good message that was never sent before."""
    body = door.dressed(door.good())
    where = urlsplit(door.address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    attack = Attack("good", request(door.method, door.path, _pairs(door, body), body))
    status, _ = await _exchange(reader, writer, attack)
    await _closed((reader, writer))
    return status


@asynccontextmanager
async def withstood(door: Door, count: int = Inputs) -> AsyncIterator[Found]:
    """The storm, with all that has to be true of it. What the test knows of its own comes within."""
    first = await good_is_taken(door)
    assert first in door.taken, f"{door.name}: {first}"
    found = await storm(door, count // 2)  # what is made once and kept is made by now
    before = resident()
    await storm(door, count - count // 2, seed=2, found=found)
    grown = resident() - before
    assert not found.broken, "\n".join([door.name, *found.broken])
    assert found.worst[0] < SLOWEST, (door.name, found.worst)
    assert grown < GROWTH, f"{door.name}: {grown >> 20} MiB more, {found.total()}"
    yield found
    assert await good_is_taken(door) in door.taken, door.name

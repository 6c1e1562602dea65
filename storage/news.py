"""How do several processes on one PostgreSQL hear at once what another of them committed?

What is lost on the way is found by each one's slow sweep; so nothing here has to be kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NoReturn

import psycopg
from psycopg import AsyncConnection, sql
from sqlalchemy.engine import make_url

from storage import watch
from storage.postgresql import driver_url

log = logging.getLogger(__name__)

CHANNEL = "countersign"
AGAIN_AFTER = 1.0
"""Seconds until a lost connection is tried again."""

PING_EVERY = 30.0
"""Seconds. Something in between may have forgotten us, and says nothing."""

PATIENCE, CONNECT_WITHIN = 10.0, 20.0
"""Seconds in which every question is answered, and somebody lets us in."""

IDS_AT_ONCE = 200
"""A message holds 8,000 bytes."""

Heard = Callable[[tuple[str, ...]], None]


class News:
    """Tells the others which signoffs changed, and calls `heard` with what they tell."""

    def __init__(self, url: str, sender: str, heard: Heard, ping_every: float = PING_EVERY) -> None:
        self._where = _arguments(url)
        self._sender, self._heard, self._ping_every = sender, heard, ping_every
        self._patience = min(PATIENCE, ping_every)
        self._told = set[str]()
        self._untold: dict[str, None] = {}
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for work in (self._listen, self._speak):
            self._tasks.append(asyncio.create_task(self._always(work), name=work.__name__))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    def tell(self, signoff_ids: tuple[str, ...]) -> None:
        """Soon; what is told many times at once is told once."""
        self._untold.update(dict.fromkeys(signoff_ids))
        self._something.set()

    async def _always(self, work: Callable[[AsyncConnection], Awaitable[NoReturn]]) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                async with await _connected(self._where) as connection:
                    await work(connection)
            except (psycopg.Error, OSError) as lost:
                if clock() - began > PING_EVERY:
                    self._told.clear()  # it was well for a while
                self._complain(lost)
            await asyncio.sleep(AGAIN_AFTER)

    def _complain(self, lost: Exception) -> None:
        """Once of each kind: it is tried again every second."""
        kind = f"{type(lost).__name__} {getattr(lost, 'sqlstate', None) or ''}".rstrip()
        if kind not in self._told:
            self._told.add(kind)
            log.warning("what other replicas commit is heard late: %s: %s", kind, _line(lost))

    async def _listen(self, connection: AsyncConnection) -> NoReturn:
        await self._ask(connection, sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        self._heard(())  # for what was told while nobody listened
        while True:
            async for message in connection.notifies(timeout=self._ping_every):
                sender, _, ids = message.payload.partition(" ")
                if sender != self._sender:
                    self._heard(tuple(ids.split()))
            await self._ask(connection, sql.SQL("SELECT 1"))

    async def _speak(self, connection: AsyncConnection) -> NoReturn:
        while True:
            await self._something.wait()
            self._something.clear()
            await self._say(connection)
            if self._untold:
                self._something.set()

    async def _say(self, connection: AsyncConnection) -> None:
        """So many as go into one message. What is told again meanwhile is said again."""
        ids = tuple(self._untold)[:IDS_AT_ONCE]
        for id in ids:
            del self._untold[id]
        try:
            payload = " ".join([self._sender, *ids])
            await self._ask(connection, sql.SQL("SELECT pg_notify(%s, %s)"), (CHANNEL, payload))
        except psycopg.Error:
            self.tell(ids)
            raise

    async def _ask(
        self,
        connection: AsyncConnection,
        question: sql.SQL | sql.Composed,
        values: tuple[str, ...] = (),
    ) -> None:
        """Whoever does not answer in time is hung up on. (To cancel it is no help: psycopg would
        wait until the server says that it is cancelled.)
        """
        loop = asyncio.get_running_loop()
        too_late = loop.call_later(self._patience, watch.hang_up, connection)
        try:
            await connection.execute(question, values or None)
        finally:
            too_late.cancel()


async def _connected(where: dict[str, Any]) -> AsyncConnection:
    async with asyncio.timeout(CONNECT_WITHIN):
        return await AsyncConnection.connect(**where)


def _arguments(url: str) -> dict[str, Any]:
    """All that the URL says, as the store itself understands it."""
    whole = make_url(driver_url(url))
    _, said = whole.get_dialect()().create_connect_args(whole)
    ours = {"application_name": "countersign", "connect_timeout": 5, "keepalives_idle": 10}
    return {**said, **ours, "autocommit": True}


def _line(error: Exception) -> str:
    return " ".join(str(error).split())

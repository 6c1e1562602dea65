"""What does a job of a rival on PostgreSQL do? A row of a table, or the expiry of a signoff."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg_pool import AsyncConnectionPool

from tests.bench.rivals.contest import EXPIRY, Effect, Happened, Place, Timer
from tests.bench.timers_expiry import Expiries

_TABLE = """CREATE TABLE effect (
    timer bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())"""
_INSERT = "INSERT INTO effect (timer) VALUES (%s) ON CONFLICT DO NOTHING"
_ALL = "SELECT timer, extract(epoch FROM at)::float8 FROM effect"


async def effect_of(place: Place) -> Effect:
    """To be called first: our tables are made where there are none of others yet."""
    if place.effect == EXPIRY:
        return Expiries(place.url)
    rows = Rows(place.url)
    await rows.open()
    return rows


class Rows:
    """An Effect: one row in one transaction. To be opened within the loop that uses it."""

    def __init__(self, url: str, connections: int = 8) -> None:
        self._pool = AsyncConnectionPool(
            url, min_size=connections, max_size=connections, open=False
        )

    async def open(self) -> None:
        await self._pool.open(wait=True)
        async with self._pool.connection() as connection:
            await connection.execute(_TABLE)

    async def expect(self, timers: Sequence[Timer]) -> None:
        pass

    async def record(self, timer: int) -> bool:
        async with self._pool.connection() as connection:
            done = await connection.execute(_INSERT, (timer,))
        return done.rowcount == 1

    async def all(self) -> Sequence[Happened]:
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_ALL)).fetchall()
        return [Happened(*row) for row in rows]

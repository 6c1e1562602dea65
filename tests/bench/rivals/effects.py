"""Did it happen, and only once? A table of effects in PostgreSQL, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg_pool import AsyncConnectionPool

_TABLE = """CREATE TABLE effect (
    timer bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())"""
_INSERT = "INSERT INTO effect (timer) VALUES (%s) ON CONFLICT DO NOTHING"


class Effects:
    """To be opened within the loop that uses it."""

    def __init__(self, url: str, connections: int = 8) -> None:
        self._pool = AsyncConnectionPool(
            url, min_size=connections, max_size=connections, open=False
        )

    async def open(self) -> None:
        await self._pool.open(wait=True)
        async with self._pool.connection() as connection:
            await connection.execute(_TABLE)

    async def close(self) -> None:
        await self._pool.close()

    async def record(self, timer: int) -> bool:
        """Durable when it returns; False if it had happened before."""
        async with self._pool.connection() as connection:
            done = await connection.execute(_INSERT, (timer,))
        return done.rowcount == 1

    async def all(self) -> Sequence[int]:
        async with self._pool.connection() as connection:
            rows = await (await connection.execute("SELECT timer FROM effect")).fetchall()
        return [row[0] for row in rows]

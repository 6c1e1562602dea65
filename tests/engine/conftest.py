"""One house a test, on each kind of database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.databases import begun
from tests.engine.house import House, a_house_at
from tests.postgres import Server


@pytest.fixture(scope="session")
def empty(postgres: Server) -> str:
    """A database with all its tables, to be copied: that is quicker than to make them."""
    url = postgres.new_database()
    asyncio.run(Store(url).close())
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield begun(tmp_path / "countersign.db")
    else:
        template, server = request.getfixturevalue("empty"), request.getfixturevalue("postgres")
        copied = server.new_database(template=template)
        yield copied
        server.drop(copied)


@pytest.fixture
async def house(url: str) -> AsyncIterator[House]:
    async with a_house_at(url) as made:
        yield made

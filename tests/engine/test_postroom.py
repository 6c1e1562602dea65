"""Does an order of an operator leave the schema alone, which servers of before may be using?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.engine import postroom
from bot.engine.postroom import Outcome, Retry, Unusable, Which
from storage import migrating
from storage.migrations import NEWEST
from storage.opening import opened
from tests.storage.old import as_it_was, found

ALL = Retry(which=Which(all_parked=True))


async def test_an_older_database_is_not_brought_up(database_url: str, tmp_path: Path) -> None:
    with as_it_was("schema-2", database_url, tmp_path):
        pass
    with pytest.raises(Unusable, match="run countersign migrate"):
        await postroom.obey_alone(database_url, ALL)
    with opened(database_url) as connection:
        assert found(connection).schema == "0002"


async def test_one_of_this_version_is_written_to(database_url: str) -> None:
    with opened(database_url, new=True) as connection:
        migrating.migrate(connection, NEWEST)
    assert await postroom.obey_alone(database_url, ALL) == Outcome(done=0)


async def test_one_that_was_moved_away_is_refused(database_url: str) -> None:
    with opened(database_url, new=True) as connection:
        migrating.migrate(connection, NEWEST)
        with connection.begin():
            migrating.mark(connection, migrating.MOVED)
    with pytest.raises(Unusable, match="moved to another"):
        await postroom.obey_alone(database_url, ALL)


def test_none_is_made_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="there is no database"):
        asyncio.run(postroom.obey_alone(f"sqlite:///{tmp_path / 'missing.db'}", ALL))
    assert list(tmp_path.iterdir()) == []

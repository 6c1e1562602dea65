"""Whoever slept over its lease has no say in it any more: what would go wrong if it had?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.faults.mutated import HOME, Edit, command
from tests.faults.sleepers import tell
from tests.postgres import Server

BUGS: dict[str, Edit] = {
    "fails": (
        "storage/outbox.py",
        '_MINE = and_(_ROW.c.id == bindparam("of"), _ROW.c.lease == bindparam("held"))',
        '_MINE = and_(_ROW.c.id == bindparam("of"), bindparam("held") > 0)',
    ),
    "hangs": ("storage/leases.py", "        raise Lost(lease.task)\n", "        pass\n"),
}

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def on_postgres(postgres: Server) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


async def test_its_failure_is_not_that_of_whoever_tells_the_pipeline_now(database_url: str) -> None:
    await tell("fails", database_url)


async def test_it_hangs_nothing_up_that_another_hung_up(on_postgres: str) -> None:
    """Not on SQLite: there is no other process."""
    await tell("hangs", on_postgres)


@pytest.mark.parametrize("story", BUGS)
def test_it_would_if_nobody_looked_whether_the_lease_is_still_its_own(
    on_postgres: str, story: str
) -> None:
    what = command([BUGS[story]], "tests.faults.sleepers", story, on_postgres)
    ended = subprocess.run(what, cwd=HOME, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "AssertionError: it told" in ended.stderr or "AssertionError: 2 cards" in ended.stderr

"""Which databases does a test run on, how many tests at once, and which first?"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.slack import haste
from tests.clocks import HASTE
from tests.installation import Installation, installed
from tests.postgres import VARIABLE, Cluster, Server

WORKERS_AT_MOST = 4
"""A container that may use two cores sees all of its machine's."""


LONG = frozenset({"test_killed_at_every_step.py", "test_pace.py", "test_engine_laws.py"})
"""They begin first: whoever begins them last is waited for by all others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: one for each core and one more, for one of them waits; but none beside pytest
    itself where there is but one core.
    """
    cores = os.cpu_count() or 1
    return min(cores + 1, WORKERS_AT_MOST) if cores > 1 else 0


@pytest.fixture(autouse=True)
def slack_waits_longer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that runs other tests may stand still for as long as Slack waits. Whoever looks at
    what comes of that says so: `@pytest.mark.slack_waits`.
    """
    if request.node.get_closest_marker("slack_waits") is None:
        monkeypatch.setattr(haste, "SECONDS", 10 * haste.SECONDS)


@pytest.fixture(autouse=True)
def checkpoints_follow_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every decision waits for one, and every house that closes waits for that."""
    if trail := sys.modules.get("bot.trail"):
        monkeypatch.setattr(trail, "APART", HASTE * trail.APART)


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    with installed() as found:
        yield found


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Server]:
    """One for all tests that do not harm it, started for the first of them."""
    if given := os.environ.get(VARIABLE):  # noqa: TID251
        yield Server(known=given)
    else:
        found: Installation = request.getfixturevalue("installation")
        with found.cluster() as cluster:
            yield cluster.server


@pytest.fixture
def own_postgres(installation: Installation) -> Iterator[Cluster]:
    """One for this test alone, to be stopped, killed and started again."""
    with installation.cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an empty database, on either store: the test runs twice."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'countersign.db'}"
    else:
        server: Server = request.getfixturevalue("postgres")
        url = server.new_database()
        yield url
        server.drop(url)

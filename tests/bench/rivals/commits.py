"""What does it cost to keep something? `python -m tests.bench.rivals.commits URL`: milliseconds."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psycopg

from tests.bench.rivals.cluster import python
from tests.postgres import Cluster

COMMITS = 200


def cost_of_commits(server: Cluster, folder: Path, disk: float) -> dict[str, float]:
    """Of one row each, one after the other; by store, for the disk of the contenders."""
    urls = {"SQLite": f"sqlite:///{folder / 'commits.db'}", "PostgreSQL": server.new_database()}
    found = {}
    for store, url in urls.items():
        command = [
            *python(folder, disk if store == "SQLite" else 0),
            "-m",
            "tests.bench.rivals.commits",
            url,
        ]
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        found[store] = float(said.stdout)
    return found


def _measure(url: str) -> float:
    with _open(url) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        statement = "INSERT INTO kept VALUES (1)"
        return median(_took(lambda: connection.execute(statement)) for _ in range(COMMITS))


def _took(what: Callable[[], object]) -> float:
    before = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - before)


def _open(url: str) -> psycopg.Connection | sqlite3.Connection:
    if not url.startswith("sqlite"):
        return psycopg.connect(url, autocommit=True)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


if __name__ == "__main__":
    sys.stdout.write(f"{_measure(sys.argv[1])}\n")

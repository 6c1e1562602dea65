"""Which PostgreSQL, and which disk? One that keeps what it says it has kept; as slow as wished.

A disk of a cloud takes 0.5 to 5 ms to keep something; the one of the machine that measures may
take a twentieth of that, and then it hardly matters who commits how often.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.installation import installed
from tests.postgres import Cluster

DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
    "wal_level": "replica",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "4GB",
}

_SLOWLY = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int slowly(const char *name, int file) {
    usleep(%d);
    return ((int (*)(int)) dlsym(RTLD_NEXT, name))(file);
}
int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
"""


@contextmanager
def durable(disk: float = 0.0) -> Iterator[Cluster]:
    """`disk`: milliseconds that every commit takes longer."""
    slow = {"commit_delay": str(int(1000 * disk)), "commit_siblings": "0"} if disk else {}
    with installed() as found, found.cluster() as cluster, cluster.with_settings(DURABLE | slow):
        yield cluster


def postmaster(cluster: Cluster) -> int:
    """Its process."""
    return int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])


def settle(cluster: Cluster) -> None:
    """What one contender wrote is not to be written out in the time of the next."""
    with psycopg.connect(cluster.superuser, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def python(folder: Path, disk: float) -> Sequence[str]:
    """How to start a Python whose files are that much slower to keep; needs a C compiler."""
    if not disk:
        return [sys.executable]
    library = folder / "slowly.so"
    if not library.exists():
        command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(library), "-ldl"]
        subprocess.run(command, input=(_SLOWLY % int(1000 * disk)).encode(), check=True)
    return ["env", f"LD_PRELOAD={library}", sys.executable]

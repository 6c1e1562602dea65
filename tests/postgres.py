"""Which PostgreSQL do tests talk to? One of their own, gone when they end, however they end."""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

VARIABLE = "COUNTERSIGN_TEST_POSTGRESQL"
ROLE = "tester"
"""What tests are: no superuser, for every account of this machine can reach the port."""

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "16MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
}
Ending = Literal["smart", "fast", "immediate"]
SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class NoPostgres(Exception):
    """There is none, or it does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL that runs, by the URL of a database that it has."""

    known: str

    def url(self, database: str) -> str:
        return urlsplit(self.known)._replace(path=f"/{database}").geturl()

    def new_database(self, template: str | None = None) -> str:
        """Its URL. Of `template` (a name or URL, nobody connected) it has all that is in there."""
        name = f"test_{secrets.token_hex(8)}"
        source = sql.Identifier(_name(template or "template0"))
        with psycopg.connect(self.known, autocommit=True) as connection:
            # Copying files takes half as long as the log does, where fsync is off.
            copying = sql.SQL(" STRATEGY file_copy" if _knows_strategies(connection) else "")
            command = sql.SQL("CREATE DATABASE {} TEMPLATE {}{}")
            connection.execute(command.format(sql.Identifier(name), source, copying))
        return self.url(name)

    def drop(self, url: str) -> None:
        """Whoever is connected to it is cut off."""
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with psycopg.connect(self.known, autocommit=True) as connection:
            connection.execute(command.format(sql.Identifier(_name(url))))


@dataclass(slots=True, kw_only=True)
class Cluster:
    """A PostgreSQL of one's own: it may be stopped, killed and started again, at the same URL."""

    binaries: Path
    folder: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> Server:
        return Server(known=f"postgresql://{ROLE}@127.0.0.1:{self.port}/postgres")

    @property
    def superuser(self) -> str:
        """The URL for what only a superuser may, through a socket that nobody else can reach."""
        return f"postgresql://postgres@:{self.port}/postgres?host={self.folder}"

    def url(self, database: str) -> str:
        return self.server.url(database)

    def new_database(self, template: str | None = None) -> str:
        return self.server.new_database(template)

    def drop(self, url: str) -> None:
        self.server.drop(url)

    def start(self) -> None:
        """Returns when it takes connections, after a crash too."""
        settings = {**SETTINGS, **self.settings, "port": self.port}
        settings["unix_socket_directories"] = self.folder
        options = [f"--{name}={value}" for name, value in settings.items()]
        with (self.folder / "log").open("ab") as log:
            command = [f"{self.binaries}/postgres", "-D", f"{self.folder}/data", *options]
            self._process = started(command, self.folder, log)
        while not self._ready():
            if self._process.poll() is not None:
                raise NoPostgres((self.folder / "log").read_text()[-2000:])
            time.sleep(0.01)

    def stop(self, mode: Ending = "fast") -> None:
        """`immediate` is a crash: nothing is written down, and all connections end."""
        if self._process is not None:
            self._process.send_signal(SIGNALS[mode])
            self._process.wait(timeout=50)
            self._process = None

    def restart(self, mode: Ending = "immediate") -> None:
        self.stop(mode)
        self.start()

    @contextmanager
    def with_settings(self, settings: Mapping[str, str]) -> Iterator[None]:
        """It is restarted with these, and again without them."""
        before = self.settings
        self.settings = {**before, **settings}
        self.restart("fast")
        yield
        self.settings = before
        self.restart("fast")

    def _ready(self) -> bool:
        file = self.folder / "data" / "postmaster.pid"
        return file.exists() and file.read_text().rstrip().endswith("ready")


def account() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root."""
    nobody = pwd.getpwnam("nobody")
    return (nobody.pw_uid, nobody.pw_gid) if os.geteuid() == 0 else None


def started(
    command: Sequence[str | Path],
    folder: Path,
    log: IO[bytes] | int = subprocess.DEVNULL,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C is for pytest alone, which then ends it."""
    user, group = account() or (None, None)
    return subprocess.Popen(
        command,
        cwd=folder,
        stdin=stdin,
        stdout=log,
        stderr=log,
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        start_new_session=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"},
    )


def finished(command: Sequence[str | Path], folder: Path) -> None:
    with tempfile.TemporaryFile() as log:
        if started(command, folder, log).wait(timeout=60) != 0:
            log.seek(0)
            raise NoPostgres(f"{command[0]}: {log.read().decode()[-2000:]}")


def _name(database: str) -> str:
    return urlsplit(database).path.lstrip("/")


def _knows_strategies(connection: psycopg.Connection) -> bool:
    return connection.info.server_version >= 150_000

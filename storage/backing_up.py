"""How is all that is stored copied while it is in use, and is the copy whole?

A copy counts once it was opened and looked through; until then its name ends in `.part`.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import URL, make_url
from sqlmodel import Session

from storage import audit, migrating
from storage.ground import Unusable
from storage.opening import looked_at, read_only
from storage.tables import table


class NotBackedUp(Exception):
    """There is no copy; the text says why, in words for an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """`entries` of the audit trail are in the copy, and their chain holds."""

    size: int
    schema: str
    signoffs: int
    entries: int


def copy_file(url: str, to: Path) -> BackedUp:
    """A SQLite database as it is at one moment, whoever writes. Raises NotBackedUp.

    Who only reads cannot be the second connection that writes or checkpoints.
    """
    path = Path(make_url(url).database or "")
    if not path.is_file():
        raise NotBackedUp(f"there is no database {path}")
    with _part(to) as part:
        try:
            with closing(read_only(path)) as database:
                database.execute("VACUUM INTO ?", (str(part),))
            return _looked_through(part)
        except (sqlite3.Error, Unusable) as problem:
            raise NotBackedUp(f"{path} cannot be copied: {problem}") from None


def dump_server(url: str, to: Path, tool: Path, environ: Mapping[str, str]) -> int:
    """A PostgreSQL database, by `tool`, its own pg_dump; the size. Raises NotBackedUp."""
    password = make_url(url).password
    secret = {"PGPASSWORD": str(password)} if password else {}
    with _part(to) as part:
        _run([str(tool), *dump_arguments(url, part)], {**environ, **secret})
        _run([str(tool.with_name("pg_restore")), "--list", str(part)], environ)
        return part.stat().st_size


def dump_arguments(url: str, to: Path) -> Sequence[str]:
    """What pg_dump is called with; a password has to be in its environment."""
    # What is on a command line is seen by everybody on the machine.
    named = URL.create(**{**make_url(url)._asdict(), "drivername": "postgresql", "password": None})
    return ("--format=custom", f"--file={to}", f"--dbname={named.render_as_string()}")


@contextmanager
def _part(to: Path) -> Iterator[Path]:
    """A file beside it that gets its name if all goes well, and is gone otherwise."""
    part = to.with_name(f"{to.name}.{os.getpid()}.part")
    if to.exists():
        raise NotBackedUp(f"{to} is there already")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as problem:
        raise NotBackedUp(f"{part} cannot be written: {problem.strerror}") from None
    try:
        yield part
        _to_disk(part)
        os.link(part, to)  # unlike renaming, it does not replace what another backup made meanwhile
        _to_disk(to.parent)
    except OSError as problem:
        raise NotBackedUp(f"{to} cannot be written: {problem.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """A file, or what a folder says of its files."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _looked_through(part: Path) -> BackedUp:
    with looked_at(f"sqlite:///{part}") as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        if found != ["ok"]:
            raise NotBackedUp(f"the database is damaged: {'; '.join(found[:3])}")
        return _told(connection, part.stat().st_size)


def _told(connection: Connection, size: int) -> BackedUp:
    found = migrating.look(connection)
    if not found.schema:
        raise NotBackedUp("there is nothing of Countersign in that database")
    if flaw := audit.verify(Session(connection)):
        raise NotBackedUp(f"audit entry {flaw.seq} does not hold: {flaw.why}")
    signoffs, entries = (
        connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in ("signoff", "audit")
    )
    return BackedUp(size=size, schema=found.schema, signoffs=signoffs, entries=entries)


def _run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - the tool is the operator's own
            command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError as problem:
        raise NotBackedUp(f"{command[0]} cannot be run: {problem.strerror}") from None
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise NotBackedUp(f"{Path(command[0]).name} failed: {said[:500]}")

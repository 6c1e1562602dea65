"""What database is it? Looked at from outside, and nothing is changed: for `countersign check`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from storage import migrating, sqlite
from storage.ground import Unusable
from storage.migrations import NEWEST
from storage.opening import looked_at


def described(url: str) -> str:
    """Its version, and whether it has to be brought up to date. Raises Unusable."""
    is_file = url.startswith("sqlite")
    if is_file and not Path(make_url(url).database or "").exists():
        return f"{sqlite.version()}; the file is made at the first start"
    with looked_at(url) as connection:
        version = sqlite.version() if is_file else _server_version(connection)
        return f"{version}; {_state(connection)}"


def _server_version(connection: Connection) -> str:
    answer = connection.exec_driver_sql("SHOW server_version").scalar()
    return f"PostgreSQL {str(answer).split()[0]}"


def _state(connection: Connection) -> str:
    try:
        found = migrating.look(connection)
        usable = found.usable
    except migrating.OtherVersion as other:
        raise Unusable(f"the database cannot be used: {other}") from None
    if not found.schema:
        return "it is empty, and its tables are made at the first start"
    return f"schema {found.schema}" + (
        "" if usable else f", brought up to {NEWEST} at the next start"
    )

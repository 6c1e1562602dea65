"""What does an insider do first? Whoever owns the tables can take their triggers away."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

from storage.guarding import TAKEN_AWAY


def disarmed(connection: Connection) -> None:
    """The audit trail can be changed now, within this transaction and after it."""
    for statement in TAKEN_AWAY[connection.dialect.name]:
        connection.execute(text(statement))


def take_guards_away(file: Path) -> None:
    """Of a SQLite file that nobody has open."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in TAKEN_AWAY["sqlite"]:
            connection.execute(statement)
        connection.commit()

"""What did earlier versions leave behind? Databases that their own code made, as dumps.

`fixtures/schema-N.sql` was made by `fixtures/making.py` in a checkout of that version. It holds
signoffs in every status, decided ones whose pipeline was not told yet, and cards that hang.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, create_engine, func, inspect, select, text
from sqlmodel import SQLModel

from storage import migrating
from storage.migrating import Found
from storage.opening import opened

FIXTURES = Path(__file__).with_name("fixtures")
OLD = ("schema-0-first", "schema-0", "schema-1", "schema-2", "schema-3", "schema-4", "schema-5")
"""The first of them named the lane of what is done inside otherwise."""


def file_of(name: str, folder: Path) -> str:
    """The URL of a database as that version left it."""
    path = folder / f"{name}.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((FIXTURES / f"{name}.sql").read_text())
    return f"sqlite:///{path}"


def schema_of(name: str) -> str:
    return f"000{name[7]}"


@contextmanager
def as_it_was(name: str, url: str, folder: Path) -> Iterator[Connection]:
    """The same rows in an empty database, on either store, and its schema of those days."""
    with opened(url, new=True) as connection:
        migrating.migrate(connection, schema_of(name))
        old, now = create_engine(file_of(name, folder)), MetaData()
        with connection.begin(), old.connect() as before:
            now.reflect(connection)
            for table in now.sorted_tables:
                if table.name != "alembic_version":
                    known = MetaData()
                    known.reflect(before, only=[table.name])
                    rows = before.execute(select(known.tables[table.name])).mappings().all()
                    if rows:
                        connection.execute(table.insert(), [dict(row) for row in rows])
            if connection.dialect.name == "postgresql":
                highest = select(func.max(text("id"))).select_from(text("outbox"))
                last = connection.execute(highest).scalar_one()
                connection.execute(func.setval("outbox_id_seq", last))
        old.dispose()
        yield connection


def structure(connection: Connection) -> dict[str, Any]:
    """Everything about the tables that either store tells: by name, whatever their order is."""
    looked, found = inspect(connection), dict[str, Any]()
    for table in looked.get_table_names():
        found[f"{table} key"] = looked.get_pk_constraint(table)
        for column in looked.get_columns(table):
            kept = (str(column["type"]), column["nullable"], column.get("default"))
            found[f"{table}.{column['name']}"] = kept
        for index in looked.get_indexes(table):
            options = index.get("dialect_options", {})
            where = [str(value) for name, value in options.items() if name.endswith("_where")]
            found[f"index {index['name']}"] = (table, index["column_names"], index["unique"], where)
        for check in looked.get_check_constraints(table):
            found[f"check {check['name']}"] = (table, check["sqltext"])
        found[f"triggers {table}"] = triggers(connection, table)
        for key in (*looked.get_foreign_keys(table), *looked.get_unique_constraints(table)):
            found[f"{table} {key['name']}"] = str(key)
    return found


def triggers(connection: Connection, table: str) -> list[str]:
    query = (
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name ORDER BY 1"
        if connection.dialect.name == "sqlite"
        else "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE tgrelid = to_regclass(:name) AND NOT tgisinternal"
        " ORDER BY 1"
    )
    return list(connection.execute(text(query), {"name": table}).scalars())


def rows(connection: Connection) -> dict[str, list[Any]]:
    """All there is."""
    tables = SQLModel.metadata.sorted_tables
    return {it.name: sorted(map(repr, connection.execute(select(it)))) for it in tables}


def found(connection: Connection) -> Found:
    with connection.begin():
        return migrating.look(connection)


def said(connection: Connection, statement: str) -> list[str]:
    with connection.begin():
        return [str(value) for value in connection.execute(text(statement)).scalars()]

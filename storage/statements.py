"""How is what is said a thousand times a minute said quickly? Put into SQL once, and not each time.

SQLAlchemy's way from a statement to the database costs more than the database needs to carry it
out. A Statement has its text ready and goes straight to the driver; whoever listens to SQLAlchemy
hears of it all the same, and its errors are those of SQLAlchemy.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, SelectBase, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

Row = tuple[Any, ...]
Processor = Callable[[Any], Any]
Values = Mapping[str, Any]

_record: Any = namedtuple
"""Of names that are known once it is put into SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """As one dialect says it. `constants` stand in the statement; `order` is empty where the
    driver takes values by name.
    """

    sql: str
    order: tuple[str, ...]
    constants: Values
    going_in: Mapping[str, Processor]
    coming_out: tuple[Processor | None, ...]
    named: Callable[[Row], Any]

    def bound(self, given: Values) -> Any:
        values = {**self.constants, **given}
        for name, process in self.going_in.items():
            values[name] = process(values[name])
        return tuple([values[name] for name in self.order]) if self.order else values

    def read(self, row: Sequence[Any]) -> Row:
        if not any(self.coming_out):
            return tuple(row)
        pairs = zip(self.coming_out, row, strict=True)
        return tuple([process(value) if process else value for process, value in pairs])


class Statement:
    """A statement of Core with every value named, and no list in it, but for one within a value:
    `among`. An insert is told its columns, and so is an update that has them not among its values.
    """

    def __init__(self, clause: Insert | Update | Delete | SelectBase, *columns: str) -> None:
        self._clause, self._columns = clause, columns
        self._spoken: dict[str, _Spoken] = {}

    def run(self, session: Session, values: Values) -> int:
        """How many rows that changed."""
        connection = connection_of(session)
        spoken = self._in(connection.dialect)
        count: int = say(connection, spoken.sql, spoken.bound(values)).rowcount
        return count

    def run_all(self, session: Session, rows: Sequence[Values]) -> int:
        """Once for each of them; how many rows that changed."""
        if len(rows) < 2:
            return sum(self.run(session, row) for row in rows)
        connection = connection_of(session)
        spoken = self._in(connection.dialect)
        count: int = say(connection, spoken.sql, [spoken.bound(row) for row in rows]).rowcount
        return count

    def rows(self, session: Session, values: Values) -> list[Row]:
        connection = connection_of(session)
        spoken = self._in(connection.dialect)
        found = say(connection, spoken.sql, spoken.bound(values)).fetchall()
        return [spoken.read(row) for row in found]

    def records(self, session: Session, values: Values) -> list[Any]:
        """The rows, with each value by the name of its column."""
        named = self._in(connection_of(session).dialect).named
        return [named(row) for row in self.rows(session, values)]

    def first(self, session: Session, values: Values) -> Row | None:
        found = self.rows(session, values)
        return found[0] if found else None

    def scalar(self, session: Session, values: Values) -> Any:
        """The first value of the first row; None if there is none."""
        found = self.rows(session, values)
        return found[0][0] if found else None

    def _in(self, dialect: Dialect) -> _Spoken:
        spoken = self._spoken.get(dialect.driver)
        if spoken is None:
            spoken = self._spoken[dialect.driver] = self._put(dialect)
        return spoken

    def _put(self, dialect: Dialect) -> _Spoken:
        compiled: SQLCompiler = self._clause.compile(
            dialect=dialect, column_keys=list(self._columns) or None
        )
        if "POSTCOMPILE" in compiled.string:
            raise ValueError(f"there is a list in it: {compiled}")
        types = {name: bind.type for name, bind in compiled.binds.items()}
        known = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        left_out = [(column.key, column.default) for column in compiled.insert_prefetch]
        defaults = {
            key: it.arg for key, it in left_out if isinstance(it, ScalarElementColumnDefault)
        }
        out = [*self._clause.selected_columns] if isinstance(self._clause, SelectBase) else []
        record = _record("Record", [column.key for column in out], rename=True)
        going_in = {name: _bind(kind, dialect) for name, kind in types.items()}
        return _Spoken(
            sql=compiled.string,
            order=tuple(compiled.positiontup or ()),
            constants={**known, **defaults},
            going_in={name: process for name, process in going_in.items() if process},
            coming_out=tuple(_result(column.type, dialect) for column in out),
            named=record._make,
        )


@contextmanager
def attempt(session: Session) -> Iterator[None]:
    """What fails within is undone, and nothing else; for statements alone, not for objects of the
    session.
    """
    with savepoint(connection_of(session), "attempt"):
        yield


@contextmanager
def savepoint(connection: Connection, name: str) -> Iterator[None]:
    """What fails within is undone. SQLAlchemy's own way takes longer than the work."""
    say(connection, f"SAVEPOINT {name}")
    try:
        yield
    except Exception:
        if not connection.invalidated:  # with the connection everything is undone
            say(connection, f"ROLLBACK TO SAVEPOINT {name}")
            say(connection, f"RELEASE SAVEPOINT {name}")
        raise
    say(connection, f"RELEASE SAVEPOINT {name}")


def connection_of(session: Session) -> Connection:
    """Where a session writes, the one it was given: so a unit without objects never begins it."""
    bind = session.bind
    return bind if isinstance(bind, Connection) else session.connection()


def say(connection: Connection, sql: str, values: Any = ()) -> Any:
    """The driver's cursor, once it is done; once for each where `values` are a list.

    Raises DBAPIError, as SQLAlchemy does.
    """
    driver: Any = connection.connection.dbapi_connection
    cursor, many = driver.cursor(), isinstance(values, list)
    told = (connection, cursor, sql, values, None, many)
    for asked in connection.dispatch.before_cursor_execute:
        asked(*told)
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _translated(connection, sql, error) from error
    for answered in connection.dispatch.after_cursor_execute:
        answered(*told)
    return cursor


def _translated(connection: Connection, sql: str, error: Any) -> BaseException:
    """As SQLAlchemy says it. A connection that is lost is thrown away."""
    dialect = connection.dialect
    driver: Any = connection.connection.dbapi_connection
    lost = dialect.is_disconnect(error, driver, None)
    if lost:
        connection.invalidate(error)
    translated: BaseException = DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    return translated


def _bind(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)

"""Which schema has a database, and how is it brought up to ours?

The version is the row of `alembic_version`, with the first schema whose programs can go on with it
beside it: while replicas are replaced one after the other, those of before find a newer schema than
theirs and go on if they may. See `storage/migrations` for the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pkgutil import resolve_name

from sqlalchemy import Column, Connection, MetaData, String, Table, create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from storage import tables_seeing as tables_seeing
from storage.migrations import NEWEST, READABLE_FROM

MOVED, MOVING = "moved", "moving"
"""Instead of a schema: its rows are in another database now."""

LOCK = 0x6D696772617465
"""The number of PostgreSQL's lock: "migrate", in letters."""

WAIT_FOR_TABLES = 10
"""Seconds a step may wait for whoever reads a table: everybody else waits behind it."""

_STEPS, _KNOWN = "storage.migrations.running:run", "storage.migrations.running:known"
"""Named, not imported: Alembic takes 0.1 s, and hardly any start has anything to do for it."""

_VERSION = Table(
    "alembic_version",
    MetaData(naming_convention={"pk": "alembic_version_pkc"}),
    Column("version_num", String(32), primary_key=True),
    Column("readable_from", String(32), nullable=False, server_default=""),
)


class OtherVersion(Exception):
    """This version cannot use the database as it is; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`schema` is empty where there are no tables yet; `recorded`: it says so itself."""

    schema: str
    readable_from: str = ""
    recorded: bool = False

    def check_still(self) -> None:
        """Raises OtherVersion if it was changed under a program that runs, which cannot go on."""
        self.check()
        if self.schema < NEWEST:
            raise OtherVersion(f"it was taken back to schema {self.schema}, under this version")

    @property
    def usable(self) -> bool:
        """Whether there is nothing to do before it is used. Raises OtherVersion."""
        self.check()
        return self.schema >= NEWEST and self.recorded

    def check(self) -> None:
        """Raises OtherVersion if this version can do nothing with it."""
        if self.readable_from == MOVED:
            raise OtherVersion(
                "its rows were moved to another database, which has to be used instead"
            )
        if self.readable_from == MOVING:
            raise OtherVersion(
                "its rows were about to be moved to another database: run `countersign migrate "
                "--from … --to …` again; if there are rows in the other already, use that"
            )
        if self.schema > NEWEST and not "" < self.readable_from <= NEWEST:
            raise OtherVersion(
                f"it has schema {self.schema} of a newer version of Countersign, and this version "
                f"knows {NEWEST}: start the newer version, or restore a backup"
            )


def look(connection: Connection) -> Found:
    """Which schema it has, within the caller's transaction. Raises OtherVersion."""
    names = set(inspect(connection).get_table_names())
    if _VERSION.name in names and (row := connection.execute(_VERSION.select()).first()):
        return Found(schema=row.version_num, readable_from=row.readable_from, recorded=True)
    return Found(schema=_recognised(connection, names))


def bring_up(connection: Connection) -> None:
    """As it has to be for this program. Raises OtherVersion, and then nothing is changed."""
    with connection.begin():
        if look(connection).usable:
            return
    with _without_limits(connection) as own:
        migrate(own, NEWEST)


def migrate(
    connection: Connection, to: str, patience: float = WAIT_FOR_TABLES, *, considerate: bool = False
) -> Found:
    """Forward or back to this schema, all or nothing; tells what it was before.

    One process at a time: others wait, and find that it is done. `considerate`: not where a server
    runs that may be unable to go on. Raises OtherVersion and NoWayBack.
    """
    with _without_foreign_keys(connection), connection.begin():
        _take_lock(connection, patience)
        found = look(connection)
        if found.usable and found.schema == to:
            return found
        in_the_way = considerate and not _can_go_on(found, to)
        if in_the_way:
            _refuse_beside_others(connection)
        _go(connection, found, to)
        if in_the_way:
            _refuse_beside_others(connection)  # one may have been started meanwhile
    return found


def hold(connection: Connection) -> None:
    """Until the transaction ends nobody takes a turn: whoever does shares this row."""
    connection.execute(_VERSION.select().with_for_update())


def others(connection: Connection) -> bool:
    """Whether a server is connected as well, or a command that writes; as of now, not of the
    beginning of the transaction."""
    if connection.dialect.name != "postgresql":
        return False
    connection.execute(_FORGET_OTHERS)
    return bool(connection.execute(_OTHERS).scalar_one())


_FORGET_OTHERS = text("SELECT pg_stat_clear_snapshot()")
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'countersign' AND pid <> pg_backend_pid()"
)


def _can_go_on(found: Found, to: str) -> bool:
    """Whether all programs that may run on it now can do so afterwards."""
    if not found.schema:
        return True
    steps = resolve_name(_KNOWN)()
    first = {step.schema: step.readable_from for step in steps}[to]
    return bool(found.schema <= to and first <= (found.readable_from or found.schema))


def _refuse_beside_others(connection: Connection) -> None:
    if others(connection):
        raise OtherVersion(
            "a countersign that could not go on afterwards uses it: stop every countersign first"
        )


def mark(connection: Connection, how: str) -> None:
    """As MOVED or MOVING: no version starts on it any more, and none that runs takes a turn."""
    connection.execute(_VERSION.update().values(readable_from=how))


def _go(connection: Connection, found: Found, to: str) -> None:
    if found.schema > NEWEST:
        raise OtherVersion(
            f"it has schema {found.schema} of a newer version of Countersign, which has to be used "
            f"to change it"
        )
    if not found.schema and to == NEWEST:
        SQLModel.metadata.create_all(connection)
        readable_from = READABLE_FROM
        _record(connection, to)
    else:
        if not found.recorded:
            _record(connection, found.schema)
        run: Callable[[Connection, str], str] = resolve_name(_STEPS)
        with _told_if_busy():
            hold(connection)
            readable_from = run(connection, to)
    connection.execute(_VERSION.update().values(readable_from=readable_from))
    if connection.dialect.name == "sqlite":  # versions before 0003 look there
        connection.exec_driver_sql(f"PRAGMA user_version = {int(to)}")


def _record(connection: Connection, schema: str) -> None:
    _VERSION.create(connection, checkfirst=True)
    if schema:
        connection.execute(_VERSION.insert().values(version_num=schema))


def _recognised(connection: Connection, names: set[str]) -> str:
    """What a database is that does not say so: the first versions did not write it down."""
    if "signoff" not in names:
        return ""
    if "deadline" in names:
        raise OtherVersion("it was made before the first version, and cannot be brought up to date")
    if "surface" in names:
        return "0002"
    return "0001" if "dossier" in names else "0000"


def _take_lock(connection: Connection, patience: float) -> None:
    """Ours until the transaction ends. On SQLite we have the whole file to ourselves anyway."""
    if connection.dialect.name != "postgresql":
        return
    for name in ("statement", "lock", "idle_in_transaction_session"):
        connection.execute(text(f"SET LOCAL {name}_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = {round(patience * 1000)}"))


@contextmanager
def _told_if_busy() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == "55P03":
            raise OtherVersion(
                "it has to be brought up to date, and something that takes long uses its tables (a "
                "backup?): start again when that is done"
            ) from None
        raise


@contextmanager
def _without_limits(connection: Connection) -> Iterator[Connection]:
    """What serves is cut off after some seconds. A step may take minutes."""
    if connection.dialect.name == "sqlite":
        yield connection
        return
    engine = create_engine(connection.engine.url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as own:
        yield own


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes tables by making them anew, and would take rows along that point to them."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Not as a statement of SQLAlchemy's, which would begin a transaction, and there it has no effect.
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys = ON")

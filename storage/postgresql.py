"""How is PostgreSQL used by several processes at once? They take turns, and the database's clock counts.

Whoever writes holds a lock of the whole house until the transaction ends: the audit trail is one
chain, so writers would wait for each other anyway. The lock ends with the transaction, and the
database ends a transaction in which nothing happens: a process that is paused or dead keeps nobody
waiting, and what it had begun is undone.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, ProgrammingError

from storage.ground import Ground, InDoubt, Turn, Unusable
from storage.migrating import Found, OtherVersion
from storage.watch import Watch

READERS = 8

TURN = 0x636F756E74
"""The number of the lock: "count", in letters. A database is for one Countersign alone."""

SECONDS = {"statement": 10, "lock": 10, "idle_in_transaction_session": 5}
"""How long a statement may take, or wait for its turn, and a transaction do nothing."""

SETTINGS = {
    **{f"{name}_timeout": f"{limit}s" for name, limit in SECONDS.items()},
    "default_transaction_isolation": "read committed",
    "timezone": "UTC",
}
"""In each session. With snapshots of whole transactions a unit would not see what was written while
it waited for its turn."""

IMPATIENT = "500ms"
"""How long whoever has the turn waits for a row that somebody else locked: all others wait as well."""

ASK_FOR = 10.0
"""Seconds in which the database has to be back to tell what became of a transaction."""

_TAKE_TURN = text(
    "WITH ours AS MATERIALIZED (SELECT pg_advisory_xact_lock(:number)), "
    "known AS MATERIALIZED (SELECT version_num, readable_from FROM ours, alembic_version "
    "FOR SHARE OF alembic_version) "
    "INSERT INTO turn (holder, token, at) SELECT :holder, :token, clock_timestamp() FROM known "
    "ON CONFLICT (holder) DO UPDATE SET token = excluded.token, at = excluded.at "
    "RETURNING at, (SELECT version_num FROM known), (SELECT readable_from FROM known), "
    "set_config('lock_timeout', :impatient, true)"
)
"""Who migrates or moves the database holds the row of its version: so a turn waits for them, and
sees what they made of it, although its statement began before."""

_WAIT = text("SELECT pg_advisory_xact_lock(:number)")
_LAST = text("SELECT token FROM turn WHERE holder = :holder")
_KIND = text("SELECT version(), current_setting('idle_in_transaction_session_timeout')")
_WHO = text("SELECT pg_backend_pid()")


def open_server(url: str) -> Ground:
    """Raises Unusable if there is no such database, or it does not let us in, or is another kind."""
    watch, holder = Watch(), secrets.token_hex(8)
    writing = _engine(url, 1, watch)
    reading = _engine(url, READERS, watch, isolation_level="REPEATABLE READ", read_only=True)

    def close() -> None:
        watch.close()
        reading.dispose()
        writing.dispose()

    try:
        with reading.connect() as connection:
            check_kind(*connection.execute(_KIND).one())
        check_own(reading)
    except DBAPIError as error:
        close()
        raise Unusable(_why(error)) from None
    except Unusable:
        close()
        raise
    return Ground(
        writing=writing,
        reading=reading,
        alone=False,
        readers=READERS,
        take_turn=lambda connection: _take_turn(connection, holder),
        lasts=lambda connection: not connection.invalidated,
        was_committed=lambda turn: _was_committed(reading, holder, turn),
        close=close,
    )


def check_kind(version: str, limit: str) -> None:
    """Whatever else speaks the protocol may take the lock and not keep it."""
    if not version.startswith("PostgreSQL ") or "-YB-" in version:
        raise Unusable(f"it is no PostgreSQL but {version[:40]}; writers take turns by its locks")
    if limit != f"{SECONDS['idle_in_transaction_session']}s":
        raise Unusable(
            "something in between drops the limits we ask for; connect directly, or in session mode"
        )


def check_own(engine: Engine) -> None:
    """In transaction mode a pooler lets connections share one session, and mixes up its settings."""
    with engine.connect() as one, engine.connect() as other:
        sessions = set()
        for connection in (one, other):
            sessions.add(connection.execute(_WHO).scalar_one())
            connection.rollback()
        if len(sessions) < 2:
            raise Unusable(
                "something in between shares sessions; connect directly, or in session mode"
            )


def _take_turn(connection: Connection, holder: str) -> Turn:
    """What is written after this is written by nobody else meanwhile, and sees all that was: each
    statement of a READ COMMITTED transaction looks anew, this one before it has its turn. Raises
    OtherVersion if the database was changed under us.
    """
    token = secrets.token_hex(8)
    ours = {"number": TURN, "holder": holder, "token": token, "impatient": IMPATIENT}
    try:
        now, schema, readable_from, _ = connection.execute(_TAKE_TURN, ours).one()
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable | UndefinedColumn):
            raise
        raise OtherVersion(f"it is not of this version any more: {_why(error)}") from None
    Found(schema=schema, readable_from=readable_from, recorded=True).check_still()
    return Turn(now=now, token=token)


def _was_committed(engine: Engine, holder: str, turn: Turn) -> bool:
    """Once it is surely over: its server process may be committing still. (Numbers of transactions
    are no help, for one that was lost in a crash is given out again.)
    """
    until = time.monotonic() + ASK_FOR
    while time.monotonic() < until:
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(_WAIT, {"number": TURN})
                last = connection.execute(_LAST, {"holder": holder}).scalar()
            return bool(last == turn.token)
        except DBAPIError:
            time.sleep(0.1)  # not back yet
    raise InDoubt(InDoubt.__doc__)


def _engine(url: str, size: int, watch: Watch, *, read_only: bool = False, **kind: Any) -> Engine:
    engine = create_engine(
        driver_url(url),
        pool_size=size,
        max_overflow=0,
        use_native_hstore=False,  # it would ask for its number at every connection, unwatched
        pool_recycle=1800,
        hide_parameters=True,  # they hold what was said, and errors are logged
        connect_args={
            "connect_timeout": 5,
            "application_name": "countersign",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            "prepare_threshold": 5,
        },
        **kind,
    )
    watch.look_after(engine)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        """Not as options of the connection: the operator may have set some, and poolers drop them."""
        connection.autocommit = True
        with watch.over(connection):
            for name, value in SETTINGS.items():
                connection.execute(f"SET {name} = '{value}'")
        connection.autocommit = False
        connection.read_only = read_only

    return engine


def driver_url(url: str) -> str:
    """With the driver we use; `postgres://` is what Heroku says."""
    return make_url(re.sub("^postgres(ql)?:", "postgresql+psycopg:", url)).render_as_string(
        hide_password=False
    )


def _why(error: DBAPIError) -> str:
    """What the server said, on one line. It names hosts and users, and never a password."""
    return " ".join(str(error.orig).split())

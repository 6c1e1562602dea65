"""How is a database opened to be looked after, while no server needs it?"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage import postgresql, sqlite
from storage.ground import Unusable


@contextmanager
def opened(url: str, *, new: bool = False) -> Iterator[Connection]:
    """`new`: a file may be made. It is ours alone until the end. Raises Unusable, whatever the
    database says meanwhile.
    """
    with _server(url) if url.startswith("postgres") else _file(url, new) as connection:
        yield connection


_UNDECODABLE = "Could not decode to UTF-8"
"""So SQLite's driver says it. PostgreSQL takes no such text."""


class NoText(Unusable):
    """What stands where a text should is none that can be read."""


@contextmanager
def looked_at(url: str, *, whatever: bool = False) -> Iterator[Connection]:
    """Beside whoever uses it, and never written. `whatever`: bytes that are no UTF-8 are read as
    well, which takes longer. Raises Unusable as well, and else NoText.
    """
    if url.startswith("postgres"):
        with _server(url) as connection:
            yield connection
        return
    path = Path(make_url(url).database or "")
    if not path.is_file():
        raise Unusable(f"there is no database {path}")
    read = _read_whatever if whatever else read_only
    engine = create_engine("sqlite://", creator=lambda: read(path), poolclass=NullPool)
    with _connected(engine.connect) as connection:
        yield connection


def read_only(path: Path) -> sqlite3.Connection:
    """It cannot write or checkpoint, and so cannot be the second that does."""
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)


def _read_whatever(path: Path) -> sqlite3.Connection:
    connection = read_only(path)
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return connection


@contextmanager
def _file(url: str, new: bool) -> Iterator[Connection]:
    path = Path(make_url(url).database or "")
    if not new and not path.is_file():
        raise Unusable(f"there is no database {path}")
    ground = sqlite.open_file(url)
    try:
        with _connected(ground.writing.connect) as connection:
            yield connection
    finally:
        ground.close()


@contextmanager
def _server(url: str) -> Iterator[Connection]:
    """Without the limits of a server: to copy all there is may take minutes."""
    engine = create_engine(
        postgresql.driver_url(url),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "application_name": "countersign upkeep"},
    )
    with _connected(engine.connect) as connection:
        yield connection


@contextmanager
def _connected(connect: Callable[[], Connection]) -> Iterator[Connection]:
    try:
        with connect() as connection:
            yield connection
    except (DBAPIError, sqlite3.Error) as error:
        said = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
        raise (NoText if said.startswith(_UNDECODABLE) else Unusable)(said) from None

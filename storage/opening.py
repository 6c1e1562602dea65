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


@contextmanager
def looked_at(url: str) -> Iterator[Connection]:
    """Beside whoever uses it, and never written. Raises Unusable as well."""
    if url.startswith("postgres"):
        with _server(url) as connection:
            yield connection
        return
    path = Path(make_url(url).database or "")
    if not path.is_file():
        raise Unusable(f"there is no database {path}")
    engine = create_engine("sqlite://", creator=lambda: read_only(path), poolclass=NullPool)
    with _connected(engine.connect) as connection:
        yield connection


def read_only(path: Path) -> sqlite3.Connection:
    """It cannot write or checkpoint, and so cannot be the second that does."""
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)


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
    except DBAPIError as error:
        raise Unusable(" ".join(str(error.orig).split())) from None

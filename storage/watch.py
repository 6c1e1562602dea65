"""What if the database neither answers nor hangs up? Whoever waits too long for it is let go.

The kernel notices a peer that is gone, and the server stops statements that take too long. Neither
helps where something in between takes our packets and says nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError

PATIENCE = 15.0
"""Seconds: longer than the server gives any statement."""


class Watch:
    """Hangs up on a connection on which a call takes longer than that; the call then fails."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._since: dict[int, tuple[float, Any]] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-watch", daemon=True)
        self._thread.start()

    def look_after(self, engine: Engine) -> None:
        @event.listens_for(engine, "before_cursor_execute")
        def asked(connection: Connection, *_: object) -> None:
            self._begin(connection.connection.dbapi_connection)

        @event.listens_for(engine, "checkout")
        def taken(connection: Any, *_: object) -> None:
            self._ping(engine, connection)

        @event.listens_for(engine, "rollback")
        @event.listens_for(engine, "commit")
        def ending(connection: Connection) -> None:
            if not connection.invalidated:
                self._begin(connection.connection.dbapi_connection)

        @event.listens_for(engine, "after_cursor_execute")
        def answered(connection: Connection, *_: object) -> None:
            self._since.pop(id(connection.connection.dbapi_connection), None)

        @event.listens_for(engine, "checkin")
        @event.listens_for(engine, "invalidate")
        def returned(connection: Any, *_: object) -> None:
            self._since.pop(id(connection), None)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _ping(self, engine: Engine, connection: Any) -> None:
        """SQLAlchemy pings by itself before anybody can hear of it, and so hang up."""
        try:
            with self.over(connection):
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as gone:
            raise InvalidatePoolError from gone

    @contextlib.contextmanager
    def over(self, connection: Any) -> Iterator[None]:
        """For what SQLAlchemy does not tell of."""
        self._begin(connection)
        try:
            yield
        finally:
            self._since.pop(id(connection), None)

    def _begin(self, connection: Any) -> None:
        self._since[id(connection)] = (time.monotonic(), connection)

    def _run(self) -> None:
        while not self._closing.wait(1):
            late = time.monotonic() - self._patience
            for since, connection in list(self._since.values()):
                if since < late:
                    hang_up(connection)


def hang_up(connection: Any) -> None:
    """The thread that waits on it sees the end of the stream."""
    with contextlib.suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)

"""What does a database hold, for who only looks, beside a server that may be running?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import make_url
from sqlmodel import Session

from bot.clock import system_clock
from storage import moment, opening

T = TypeVar("T")


def look(url: str, unit: Callable[[Session], T]) -> T:
    """What the unit finds; it must change nothing. Raises Unusable."""
    with (
        opening.looked_at(url) as connection,
        closing(Session(connection, info=moment.given(system_clock))) as session,
    ):
        return unit(session)


def file_of(url: str) -> Path | None:
    """Where the database is, if it is a file."""
    return Path(make_url(url).database or "") if url.startswith("sqlite") else None

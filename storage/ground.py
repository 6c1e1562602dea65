"""What does the store stand on? What SQLite and PostgreSQL do each in their own way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine


class Unusable(Exception):
    """The database cannot be opened; the text says why, in words for an operator."""


class InDoubt(Exception):
    """The connection was lost while it was being stored: it may be there, or not."""


class Undone(Exception):
    """The database ended the transaction by itself, and nothing of it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The right to write, until the transaction ends. `now` is the database's time, where it has
    one; `token` is what the transaction can be known by afterwards.
    """

    now: datetime | None = None
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """`alone`: no other process writes there. `take_turn` is called first in every transaction that
    writes, and `lasts` tells whether it goes on after a failure. `was_committed` tells what became of one whose end we did not hear; it raises InDoubt.
    """

    writing: Engine
    reading: Engine
    alone: bool
    readers: int
    take_turn: Callable[[Connection], Turn]
    lasts: Callable[[Connection], bool]
    was_committed: Callable[[Turn], bool]
    close: Callable[[], None]

"""What time is it for this transaction? On PostgreSQL the database says, not the machine we run on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

_NOW = "now"


def given(read: Callable[[], datetime]) -> dict[str, Callable[[], datetime]]:
    """What a session has to carry so that `now` can tell."""
    return {_NOW: read}


def now(session: Session) -> datetime:
    """Aware, in UTC. Within one transaction on PostgreSQL it is always the same."""
    read: Callable[[], datetime] = session.info[_NOW]
    return read()

"""What was announced in the past? Read beside a server that may be running, and never written."""

from __future__ import annotations

from datetime import datetime

from bot.domain.change import Change
from storage import history

NoPast = history.Unreadable


def changes(
    database_url: str, since: datetime, until: datetime
) -> tuple[tuple[Change, datetime], ...]:
    """Every change with the moment it was announced, oldest first. Raises NoPast."""
    return history.changes(database_url, since, until)

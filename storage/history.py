"""Which changes were announced in a span of time? Read only, beside whoever writes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import make_url

from bot.domain.change import Change
from storage import documents


class Unreadable(Exception):
    """There is no database there that we can read; the text says why."""


def changes(url: str, since: datetime, until: datetime) -> tuple[tuple[Change, datetime], ...]:
    """Oldest first, with the moment each was announced. Raises Unreadable."""
    path = Path(make_url(url).database or "")
    if not url.startswith("sqlite") or not path.is_file():
        raise Unreadable("names no SQLite database that is there")
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    query = "SELECT document FROM signoff WHERE opened_at >= ? AND opened_at < ? ORDER BY opened_at"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as database:
            rows = database.execute(query, (_column(since), _column(until))).fetchall()
    except sqlite3.Error as problem:
        raise Unreadable(f"the database cannot be read: {problem}") from None
    found = (documents.read_signoff(document) for (document,) in rows)
    return tuple((signoff.change, signoff.opened_at) for signoff in found)


def _column(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")

"""`countersign recount`: what if a figure is doubted? All of them are made anew from what is stored.

Nothing else is changed, and nothing is lost: figures are only ever what the trail and the signoffs
tell. No server may use the database meanwhile; one that is started later goes on from there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from sqlmodel import Session

from bot import settings
from bot.cli import terminal
from bot.misconfigured import Misconfigured
from storage import counted, migrating
from storage.ground import Unusable
from storage.opening import opened

NOTHING = "nothing was counted"

ReadUrl = Callable[[], str]


def run(arguments: argparse.Namespace, read: ReadUrl = settings.read_database_url) -> int:
    """Of the database that DATABASE_URL names."""
    try:
        signoffs, entries = _count(read())
    except (Unusable, migrating.OtherVersion) as problem:
        raise _refused(f"DATABASE_URL: {problem}") from None
    if arguments.json:
        terminal.tell([json.dumps({"signoffs": signoffs, "entries": entries})])
    else:
        terminal.tell([f"Counted {signoffs:,} signoffs, up to entry {entries:,} of the trail."])
    return 0


def _count(url: str) -> tuple[int, int]:
    with opened(url) as connection, connection.begin():
        if not migrating.look(connection).usable:
            raise _refused("DATABASE_URL: it has an older schema: run countersign migrate first")
        migrating.hold(connection)
        if migrating.others(connection):
            raise _refused("somebody uses the database: stop every countersign")
        return counted.count_anew(Session(connection))


def _refused(said: str) -> Misconfigured:
    return Misconfigured([said], NOTHING)

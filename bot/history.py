"""`countersign simulate`: which past is gone through, that of a repository or our own?"""

from __future__ import annotations

import argparse
from datetime import datetime

from bot import settings
from bot.engine import past
from bot.offline import simulate as offline
from bot.offline.files import trouble
from bot.offline.simulating import Timed


def simulate(arguments: argparse.Namespace) -> int:
    return offline.run(arguments, _stored if arguments.history else offline.from_git)


def _stored(_: argparse.Namespace, since: datetime, until: datetime) -> offline.Past:
    """What was announced to the server whose database DATABASE_URL names; it may be running."""
    try:
        found = past.changes(settings.read_database_url(), since, until)
    except past.NoPast as problem:
        raise trouble(f"DATABASE_URL: {problem}", "the past cannot be simulated") from None
    return offline.Past(
        changes=(Timed(change=change, at=at) for change, at in found),
        notes=("evidence and contributors of earlier revisions are not looked up",),
    )

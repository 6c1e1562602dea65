"""`countersign passkeys`: which database is it about?"""

from __future__ import annotations

import argparse

from bot import settings
from bot.offline import passkeys


def run(arguments: argparse.Namespace) -> int:
    """That of DATABASE_URL; the server may be running."""
    return passkeys.run(arguments, settings.read_database_url())

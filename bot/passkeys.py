"""`countersign passkeys`: which database is it about, and which key vouches for what is let in?"""

from __future__ import annotations

import argparse

from bot import parts, settings, trail
from bot.engine.vouching import Vouching
from bot.offline import passkeys
from bot.settings import SettingsError


def run(arguments: argparse.Namespace) -> int:
    """That of DATABASE_URL; the server may be running."""
    return passkeys.run(arguments, settings.read_database_url(), _vouching)


def _vouching() -> Vouching:
    """With the server's own key: none is made here. Raises SettingsError."""
    chosen = settings.read_keys()
    if missing := parts.missing_key(chosen):
        how = "set COUNTERSIGN_SIGNING_KEY as the server has it, or start the server once"
        raise SettingsError([f"{missing} is not there: {how}"], "no key was let in")
    return trail.vouching(chosen, parts.signer_of(chosen))

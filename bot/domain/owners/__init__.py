"""Who owns the changed files? CODEOWNERS, as GitHub and as GitLab really read it."""

from __future__ import annotations

from bot.domain.owners.codeowners import (
    LARGEST,
    LINES_AT_MOST,
    LOCATIONS,
    CodeOwners,
    Dialect,
    Misread,
    parse,
)

__all__ = [
    "LARGEST",
    "LINES_AT_MOST",
    "LOCATIONS",
    "CodeOwners",
    "Dialect",
    "Misread",
    "parse",
]

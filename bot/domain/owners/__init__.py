"""Who owns the changed files? CODEOWNERS, as GitHub and as GitLab really read it."""

from __future__ import annotations

from bot.domain.owners.codeowners import (
    LARGEST,
    LINES_AT_MOST,
    LOCATIONS,
    POLICIES,
    CodeOwners,
    Dialect,
    Misread,
    parse,
    policies_at,
)

__all__ = [
    "LARGEST",
    "LINES_AT_MOST",
    "LOCATIONS",
    "POLICIES",
    "CodeOwners",
    "Dialect",
    "Misread",
    "parse",
    "policies_at",
]

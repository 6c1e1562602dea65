"""What do the files say that govern a change: CODEOWNERS, and the repository's own policy?

Of the base, which the change cannot write; where it touches such a file, of its head as well.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from bot.agent.comparing import Comparison, Unknown
from bot.agent.facts import Told
from bot.domain.owners import LARGEST, LOCATIONS, Dialect, policies_at
from bot.gitlog import GitTrouble, contents

LONGEST_POLICY = 65_536

NO_POLICY = "cannot be read"
"""Stands for a policy we could not read: no reader takes it for one, so that a senior has to sign."""


def codeowners(of: Comparison, dialect: Dialect, touched: Collection[str]) -> Told:
    """As `codeowners`. Raises Unknown."""
    told: Told = {"dialect": dialect.value, "base": _first(of.path, of.base, dialect)}
    if not set(LOCATIONS[dialect]).isdisjoint(touched):
        told["head"] = _first(of.path, of.revision, dialect)
    return told


def _first(path: Path, revision: str, dialect: Dialect) -> str:
    """The first that is there counts; empty: there is none, so nobody owns anything."""
    try:
        found = (contents(path, revision, place) for place in LOCATIONS[dialect])
        text = next((text for text in found if text is not None), "")
    except GitTrouble as trouble:
        raise Unknown(f"CODEOWNERS cannot be read: {trouble}") from None
    if len(text) > LARGEST:
        raise Unknown("CODEOWNERS is too large to be told")
    return text


def policies(
    path: Path,
    revision: str,
    of: Comparison | None,
    touched: Collection[str] | None,
    dialect: Dialect | None,
) -> list[str]:
    """Each text once; `touched` None: any file may be. Of an unknown base it is unknown, too."""
    places = policies_at(dialect)
    found = dict.fromkeys(_policies(path, of.base, places) if of else [NO_POLICY])
    if touched is None or not set(places).isdisjoint(touched):
        found |= dict.fromkeys(_policies(path, revision, places))
    return list(found)


def _policies(path: Path, revision: str, places: Collection[str]) -> list[str]:
    texts = [_policy(path, revision, place) for place in places]
    return [text for text in texts if text is not None]


def _policy(path: Path, revision: str, place: str) -> str | None:
    try:
        text = contents(path, revision, place)
    except GitTrouble:
        return NO_POLICY
    return text if text is None or len(text) <= LONGEST_POLICY else NO_POLICY

"""Which of many patterns fit a text, told in one go and in time linear in the text?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from bot.config.mistakes import shown
from bot.domain.evidence.conventions import ANYWHERE, WHOLE, Convention

_MEMORY = 64 << 20


class NoPattern(ValueError):
    """RE2 does not know this pattern; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A convention, what has to be found for it, and what must not be found beside that."""

    convention: Convention
    pattern: str
    unless: str | None = None


class Automaton:
    """All patterns of one place together, so that most text is passed at once."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = [(row.convention, _compiled(row.unless)) for row in rows]
        self._fits = re2.Set.SearchSet(_options())
        for row in rows:
            self._fits.Add(_anchored(row))
        self._fits.Compile()

    def matching(self, text: str) -> tuple[Convention, ...]:
        """The conventions that fit, in the order they were given."""
        coded = text.encode(errors="replace")
        found = self._fits.Match(coded) if self._rows else None
        if not found:
            return ()
        rows = (self._rows[position] for position in sorted(found))
        return tuple(known for known, unless in rows if not (unless and unless.search(coded)))


def checked(pattern: str) -> str:
    """The pattern itself. Raises NoPattern."""
    try:
        _compiled(pattern)
    except re2.error as problem:
        said = problem.args[0] if problem.args else ""
        why = said.decode(errors="replace") if isinstance(said, bytes) else said
        raise NoPattern(f"is no pattern that RE2 knows: {shown(why)}") from None
    return pattern


def _compiled(pattern: str | None) -> Any:
    return re2.compile(pattern.encode(), _options()) if pattern else None


def _anchored(row: Row) -> str:
    where = row.convention.where
    if where in ANYWHERE:
        return f"(?:{row.pattern})"
    return rf"\A(?:{row.pattern})" + (r"\z" if where in WHOLE else "")


@cache
def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options

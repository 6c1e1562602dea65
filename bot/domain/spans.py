"""Whose words are they? Ours may speak for us; theirs are made harmless, and only quoted."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

LOOKED_AT = 20
"""Times the length that is wanted."""

BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by name that nobody can see."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Words of our own, or of the config."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Theirs:
    """Words from outside: made harmless here, and shown as plain text only."""

    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """An address we built ourselves."""

    text: str
    url: str


Span = Ours | Theirs | Moment | Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label and what is to be said under it."""

    label: str
    spans: tuple[Span, ...]


def harmless(text: str, limit: int) -> str:
    """One line, no control, format or invisible characters, at most `limit` characters long.

    Of a long text only the beginning is looked at: whoever sends a megabyte shall not stop us.
    """
    beginning = text[: LOOKED_AT * limit]
    cut, text = len(beginning) < len(text), beginning
    if not (text.isprintable() and (text.isascii() or BLANK_LETTERS.isdisjoint(text))):
        spaced = "".join(" " if char.isspace() else char for char in text)
        text = "".join(char for char in spaced if _is_visible(char))
    line = " ".join(text.split())
    return line if len(line) <= limit and not cut else line[: limit - 1] + "…"


def duration(length: timedelta) -> str:
    """ "3 min", "2 h 5 min", "40 s": for people."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] != "C" and char not in BLANK_LETTERS

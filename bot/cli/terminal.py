"""How does text from outside reach a terminal, and how does a table fit into it?"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence

from bot.domain.spans import BLANK_LETTERS

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MARKS_AT_MOST = 4
"""Marks that may stand on one letter: more of them write over the lines around it."""


def escaped(text: str) -> str:
    """Text that moves no cursor and turns no direction: what nobody would see is spelt out."""
    if text.isascii() and text.isprintable():
        return text
    shown, marks = list[str](), 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        hidden = _is_hidden(char) or marks > _MARKS_AT_MOST
        shown.append(_spelt(char) if hidden else char)
    return "".join(shown)


def _is_hidden(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] == "C" or category in ("Zl", "Zp") or char in BLANK_LETTERS


def _spelt(char: str) -> str:
    code = ord(char)
    return _NAMED.get(char) or (f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}")


def columns(text: str) -> int:
    """How wide escaped text stands in a terminal."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def fitted(text: str, width: int) -> str:
    """Escaped text in at most so many columns, with a mark where it was cut."""
    if columns(text) <= width:
        return text
    used, kept = 0, list[str]()
    for char in text:
        used += _width(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept) + "…"


def table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Rows with their columns one below another; the last column takes what is left.

    Every cell is escaped here: whoever calls need not think of it.
    """
    clean = [[escaped(cell) for cell in row] for row in rows]
    widths = [max(map(columns, column)) for column in list(zip(*clean, strict=True))[:-1]]
    left = max(width - sum(widths) - 2 * len(widths), 20)
    return [_line(row, widths, left) for row in clean]


def _line(row: Sequence[str], widths: Sequence[int], left: int) -> str:
    cells = [
        cell + " " * (width - columns(cell)) for cell, width in zip(row[:-1], widths, strict=True)
    ]
    return "  ".join([*cells, fitted(row[-1], left)]).rstrip()


def width() -> int:
    return shutil.get_terminal_size().columns


def tell(lines: Iterable[str]) -> None:
    """Prints lines that are safe; if nobody reads on (`| head`), quietly stops."""
    try:
        for line in lines:
            print(line.encode(_encoding(), "replace").decode(_encoding()))
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _encoding() -> str:
    return sys.stdout.encoding or "utf-8"

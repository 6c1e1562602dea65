"""How does a record become lines of JSON, or cells that no spreadsheet takes for a formula?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from bot.cli import terminal
from bot.domain.record import Record, nested
from bot.domain.record_columns import COLUMNS

_FORMULA = re.compile(r"(^|;)(\s*)([=+\-@＝＋－＠])")  # noqa: RUF001 -- wide ones begin formulas, too
"""Behind a semicolon as well: where commas are decimal points, cells are cut there."""


def line(facts: object) -> str:
    """JSON on one line, in ASCII alone: nothing in it breaks a line, or turns its direction."""
    return json.dumps(facts, separators=(",", ":"), allow_nan=False) + "\n"


def record_line(record: Record) -> str:
    return line(nested(record))


def heading() -> str:
    return _row(COLUMNS)


def row(record: Record) -> str:
    return _row([cell(record[column]) for column in COLUMNS])


def cell(value: object) -> str:
    """What people wrote is made harmless; the exact words are in JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return guarded(value)
        case _:
            return guarded(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def guarded(text: str) -> str:
    """With an apostrophe before what would begin a formula. What nobody sees, and line breaks, are
    spelt out, so that a record is one line.
    """
    return _FORMULA.sub(r"\1\2'\3", terminal.escaped(text))


def _row(cells: Iterable[str]) -> str:
    """RFC 4180, every cell in quotes."""
    return ",".join('"' + it.replace('"', '""') + '"' for it in cells) + "\r\n"

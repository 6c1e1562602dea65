"""What does a spreadsheet get? The rows of a chart as RFC 4180 has it, and no formulas in it."""

from __future__ import annotations

import csv
import io
from datetime import date

from bot.domain.seeing.chart import Cell, Chart, Column, Unit
from bot.domain.seeing.saying import said

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is computed by the program that opens it."""

_UNITS = {Unit.LENGTH: "seconds", Unit.WORK: "seconds", Unit.SHARE: "0 to 1"}
DIGITS = 4


def sheet(chart: Chart) -> str:
    """Numbers as they are: seconds, and shares from 0 to 1."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([_plain(_heading(it)) for it in chart.columns])
    writer.writerows([_cell(cell) for cell in row] for row in chart.rows)
    return written.getvalue()


def table(chart: Chart) -> list[list[str]]:
    """The same for people: each cell as it is said beside its mark."""
    units = [it.unit for it in chart.columns]
    return [[said(cell, unit) for cell, unit in zip(row, units, strict=True)] for row in chart.rows]


def _heading(column: Column) -> str:
    unit = _UNITS.get(column.unit)
    return f"{column.name} ({unit})" if unit else column.name


def _cell(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case str():
            return _plain(cell)
        case date():
            return cell.isoformat()
        case float():
            return round(cell, DIGITS)
        case int():
            return cell


def _plain(text: str) -> str:
    """A word, whatever it begins with; the apostrophe says so to the program."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text

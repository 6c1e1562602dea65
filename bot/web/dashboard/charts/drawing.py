"""How is a chart drawn? By pygal, which nothing else of ours knows; how it looks is in charts.css.

Twice: for a screen and, with fewer and larger words, for a phone. `charts.css` shows one of them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

import pygal
from markupsafe import Markup
from pygal.etree import etree
from pygal.style import Style

from bot.domain.seeing.chart import Cell, Chart, Kind, Part, Unit
from bot.domain.seeing.saying import said
from bot.domain.spans import harmless
from bot.web.dashboard.charts.axes import lines
from bot.web.dashboard.charts.dressing import dressed, key, text
from bot.web.dashboard.charts.wording import BESIDE, LETTER_WIDE, Size

# Its way to import maps, which we have none of: Python warns of it at every import that fails.
sys.meta_path[:] = [it for it in sys.meta_path if not isinstance(it, pygal.PluginImportFixer)]
etree.to_etree()  # whatever else is installed: the tree is the standard library's

LETTER = 13
BAR, GAP, ENDS = 20, 16, 56
"""Pixels of one bar that lies on its side, of the room between two rows, and of the axis."""

KEPT = 256
"""Pictures that are kept: of a chart with the same rows it is the same picture."""

_STYLE = Style(
    label_font_size=LETTER, major_label_font_size=LETTER, value_font_size=LETTER,
    title_font_size=LETTER, legend_font_size=LETTER, no_data_font_size=LETTER,
)  # fmt: skip

_KINDS: dict[Kind, Any] = {
    Kind.BARS: pygal.Bar,
    Kind.STACKED: pygal.StackedBar,
    Kind.LINES: pygal.Line,
    Kind.ACROSS: pygal.HorizontalBar,
    Kind.STACKED_ACROSS: pygal.HorizontalStackedBar,
    Kind.RANGES: pygal.XY,
}
_LYING = (Kind.ACROSS, Kind.STACKED_ACROSS, Kind.RANGES)

SCREEN = Size("wide", width=600, height=280, name=28)
PHONE = Size("narrow", width=344, height=260, name=16)


@dataclass(frozen=True, slots=True)
class _Point:
    """Which mark it is; drawn by pygal as a word, which `dressing` looks up."""

    row: int
    column: int

    def __call__(self, _: object) -> str:
        return key(self.row, self.column)


@lru_cache(maxsize=KEPT)
def drawn(chart: Chart) -> Markup:
    """Two pictures of it, without any style or script; empty where there is nothing to draw."""
    if chart.too_few or not chart.rows:
        return Markup()
    return Markup("").join(_drawn(chart, size) for size in (SCREEN, PHONE))


def _drawn(chart: Chart, size: Size) -> Markup:
    made = _ranges(chart, size) if chart.kind is Kind.RANGES else _bars_or_lines(chart, size)
    return Markup(dressed(made.render_tree(), chart, size))  # noqa: S704 - serialised as XML


def _bars_or_lines(chart: Chart, size: Size) -> Any:
    made = _empty(chart, size)
    order = range(len(chart.rows))
    if chart.kind in _LYING:
        order = range(len(chart.rows) - 1, -1, -1)
    labels = [_label(chart, chart.rows[at][0], size) for at in order]
    made.x_labels = labels
    if chart.kind not in _LYING:
        every = size.every(labels, _end(chart, size))
        made.x_labels = [
            it if (len(labels) - 1 - at) % every == 0 else "" for at, it in enumerate(labels)
        ]
    for column in chart.marks:
        made.add("", [_value(chart, row, column) for row in order])
    return made


def _value(chart: Chart, row: int, column: int) -> object:
    cell = chart.rows[row][column]
    return None if cell is None else {"value": cell, "formatter": _Point(row, column)}


def _ranges(chart: Chart, size: Size) -> Any:
    """A dot and its interval, a row each."""
    low, high, (mark, *_) = chart.of(Part.LOW), chart.of(Part.HIGH), chart.marks
    made = _empty(chart, size)
    made.show_y_guides = False
    made.show_x_guides = True
    made.range = (0.4, len(chart.rows) + 0.6)
    reach: list[tuple[Cell, float | None]] = []
    dots: list[object] = []
    labels: list[object] = []
    for row, cells in enumerate(chart.rows):
        at = float(len(chart.rows) - row)
        labels.append({"value": at, "label": _label(chart, cells[0], size)})
        if low is None or high is None or cells[mark] is None:
            continue
        reach += [(cells[low], at), (cells[high], at), (None, None)]
        dots.append({"value": (cells[mark], at), "formatter": _Point(row, mark)})
    made.y_labels = labels
    made.xrange = (0, _lines(chart)[-1])
    made.x_labels = list(_lines(chart))
    made.x_value_formatter = lambda it: _beside(it, chart.unit)
    made.add("", reach, show_dots=False, allow_interruptions=True)
    made.add("", dots, stroke=False, dots_size=6)
    return made


def _empty(chart: Chart, size: Size) -> Any:
    lying = chart.kind in _LYING
    made = _KINDS[chart.kind](
        style=_STYLE, css=(), js=(), classes=("chart", size.name_of), no_prefix=True,
        width=size.width, height=_height(chart, size), margin=6,
        margin_right=ceil(_end(chart, size)),
        margin_top=18, show_legend=False, spacing=8, truncate_label=-1,
        print_values=True, print_values_position="center",
        show_y_guides=not lying, show_x_guides=lying,
        allow_interruptions=True, dots_size=4, include_x_axis=True, zero=0,
        value_formatter=lambda it: _beside(it, chart.unit),
    )  # fmt: skip
    made._series_margin = 0.12 if not lying else 0.16
    made._serie_margin = 0.02
    if chart.kind is not Kind.RANGES:
        made.y_labels = list(_lines(chart))
        made.range = (0, _lines(chart)[-1])
    return made


def _height(chart: Chart, size: Size) -> int:
    if chart.kind not in _LYING:
        return size.height
    beside = {Kind.ACROSS: len(chart.marks), Kind.STACKED_ACROSS: 1}.get(chart.kind, 1.5)
    return ceil(len(chart.rows) * (beside * BAR + GAP) + ENDS)


def _lines(chart: Chart) -> tuple[float, ...]:
    if chart.unit is Unit.SHARE and chart.kind is not Kind.RANGES:
        return lines(1.0, Unit.SHARE)
    return lines(_highest(chart), chart.unit)


def _highest(chart: Chart) -> float:
    """Of all marks, and of a stack the whole."""
    stacked = chart.kind in (Kind.STACKED, Kind.STACKED_ACROSS)
    high = chart.of(Part.HIGH) if chart.kind is Kind.RANGES else None
    columns = chart.marks if high is None else (*chart.marks, high)
    return max(
        ((sum if stacked else max)([_number(row[at]) for at in columns]) for row in chart.rows),
        default=0.0,
    )


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _beside(value: float, unit: Unit) -> str:
    """What stands at a line of an axis; nought has no unit."""
    return said(value if unit is Unit.SHARE else round(value), unit) if value else "0"


def _end(chart: Chart, size: Size) -> float:
    """Room for the words that stand after the marks."""
    texts = [text(chart, row, at, size) for row in range(len(chart.rows)) for at in chart.marks]
    if chart.kind in (Kind.LINES, Kind.ACROSS):
        return max(map(len, texts), default=0) * LETTER_WIDE + 2 * BESIDE
    return 24


def _label(chart: Chart, cell: Cell, size: Size) -> str:
    """A name, cut where it is long: whole in the title of its mark, and in the table."""
    return harmless(said(cell, chart.columns[0].unit), size.name)

"""What is left of pygal's tree, and what do its marks say?

No style, no script, no attribute of style and no comment, for our pages let none of them work. Each
mark has a title, and a pattern beside its colour, so that it is never told by colour alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from bot.domain.seeing.chart import Chart, Column, Kind, Part, Unit
from bot.domain.seeing.saying import said
from bot.domain.spans import harmless
from bot.web.dashboard.charts.wording import Size, Word, placed

_TAGS = frozenset({"svg", "g", "rect", "path", "circle", "text", "title"})
_ATTRIBUTES = frozenset(
    [
        "class",
        "d",
        "x",
        "y",
        "cx",
        "cy",
        "r",
        "width",
        "height",
        "transform",
        "viewBox",
        "text-anchor",
        "fill",
    ]
)
"""Nothing else is needed for a picture, and nothing else is let through."""

_UNSEEN = frozenset({"titles", "plot tooltip-overlay"})
_IDLE = frozenset(
    [
        "reactive",
        "tooltip-trigger",
        "nofill",
        "always_show",
        "major",
        "value",
        "left",
        "top",
        "centered",
    ]
)
_LONG = re.compile(r"\d+\.\d{2,}")
_SERIES = re.compile(r"\bserie-(\d+)\b")
NAME_AT_MOST, NAME_BESIDE = 200, 30


def key(row: int, column: int) -> str:
    """How a mark is called while it is drawn."""
    return f"{row}:{column}"


@dataclass(frozen=True, slots=True)
class _Mark:
    group: Element
    row: int
    column: int

    @property
    def shape(self) -> Element:
        return next(it for it in self.group if it.tag in ("rect", "circle"))


def dressed(root: Element, chart: Chart, size: Size) -> str:
    """As it stands in a page, under the heading of its chart."""
    marks = list(_marks(root))
    words = {it.text or "": it for it in root.iter("text") if "value" in it.get("class", "")}
    _colour(root, chart)
    for mark in marks:
        _name(mark, chart)
    _write(words, marks, chart, size)
    _clean(root)
    root.attrib = {
        "class": f"chart {size.name_of} {chart.kind.value.replace(' ', '-')}",
        "viewBox": root.get("viewBox", ""),
        "role": "img",
        "aria-labelledby": f"{chart.name}-title",
    }
    return tostring(root, encoding="unicode")


def _marks(root: Element) -> Iterator[_Mark]:
    for group in root.iter("g"):
        for told in group.findall("desc"):
            if told.get("class") == "value" and told.text and ":" in told.text:
                row, column = told.text.split(":")
                yield _Mark(group, int(row), int(column))


def _colour(root: Element, chart: Chart) -> None:
    """The class of a group of marks is the tone of its column."""
    marks = chart.marks
    for group in root.iter("g"):
        found = _SERIES.search(group.get("class", ""))
        if found:
            column = chart.columns[marks[min(int(found[1]), len(marks) - 1)]]
            group.set("class", f"marks tone-{column.tone.value}")
            for shape in group.iter("rect"):
                shape.set("fill", f"url(#tone-{column.tone.value})")


def _name(mark: _Mark, chart: Chart) -> None:
    """What is said of it where somebody points at it."""
    title = Element("title")
    title.text = harmless(title_of(chart, mark.row, mark.column), NAME_AT_MOST)
    mark.group.insert(0, title)
    if chart.running and mark.row == len(chart.rows) - 1:
        mark.group.set("class", f"{mark.group.get('class', '')} running")


def title_of(chart: Chart, row: int, column: int) -> str:
    """ "Week of 2 Nov, approved: 31": the whole of it in words."""
    cells, first = chart.rows[row], chart.columns[0]
    place = said(cells[0], first.unit)
    whose = f"{first.name} {place}" if first.unit is Unit.WEEK else place
    running = " so far" if chart.running and row == len(chart.rows) - 1 else ""
    return f"{whose}{running}, {_small(chart.columns[column])}: {_value(chart, row, column)}"


def _small(column: Column) -> str:
    name = column.name
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _value(chart: Chart, row: int, column: int) -> str:
    """With its counts, and as far as it is sure."""
    cells = chart.rows[row]
    words = said(cells[column], chart.columns[column].unit)
    hits, of = chart.of(Part.HITS), chart.of(Part.OF)
    if hits is not None and of is not None:
        words += f", {said(cells[hits], Unit.NUMBER)} of {said(cells[of], Unit.NUMBER)}"
    low, high = chart.of(Part.LOW), chart.of(Part.HIGH)
    if low is not None and high is not None and cells[low] is not None:
        ends = [said(cells[it], chart.columns[it].unit) for it in (low, high)]
        words += f", likely between {ends[0]} and {ends[1]}"
    return words


def _write(words: dict[str, Element], marks: list[_Mark], chart: Chart, size: Size) -> None:
    """The words beside the marks; of lines at their last point alone."""
    last = {mark.column: mark.row for mark in sorted(marks, key=lambda it: it.row)}
    written: list[Word] = []
    for mark in marks:
        word = words.get(key(mark.row, mark.column))
        if word is None:
            continue
        word.text = ""
        if chart.kind is not Kind.LINES or last[mark.column] == mark.row:
            written.append(Word(word, mark.shape, text(chart, mark.row, mark.column, size)))
    placed(written, chart.kind)


def text(chart: Chart, row: int, column: int, size: Size) -> str:
    """What stands beside a mark."""
    words = said(chart.rows[row][column], chart.columns[column].unit)
    if chart.of(Part.OF) is not None:
        return _value(chart, row, column).partition(", likely")[0]
    if chart.kind is Kind.LINES and len(chart.marks) > 1 and size.is_wide:
        return harmless(f"{chart.columns[column].name} {words}", NAME_BESIDE)
    return words


def _clean(element: Element) -> None:
    for child in list(element):
        if child.tag not in _TAGS or child.get("class") in _UNSEEN or _is_idle(element, child):
            element.remove(child)
        else:
            _clean(child)
    for name, value in list(element.attrib.items()):
        if name not in _ATTRIBUTES:
            del element.attrib[name]
        elif name == "class":
            _keep(element, [it for it in value.split() if it not in _IDLE])
        else:
            element.set(name, _LONG.sub(lambda it: f"{float(it[0]):.1f}", value))


def _keep(element: Element, classes: list[str]) -> None:
    if classes:
        element.set("class", " ".join(classes))
    else:
        del element.attrib["class"]


def _is_idle(parent: Element, child: Element) -> bool:
    """Nothing to be seen: an empty word, the ground, a title that pygal gave to a line."""
    if child.tag == "text":
        return not child.text
    if child.tag == "title":
        return parent.get("class", "").endswith("guides") or parent.tag == "svg"
    return child.get("class") == "background"

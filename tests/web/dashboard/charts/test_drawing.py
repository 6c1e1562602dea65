"""Nothing but shapes and words leaves pygal, whatever the names are, and each mark says what it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from bot.domain.seeing.chart import Chart, Kind, Tone
from bot.web.dashboard.charts.axes import LINES_AT_MOST, lines
from bot.web.dashboard.charts.drawing import drawn
from tests.web.dashboard.charts.made import (
    ACROSS,
    BARS,
    EVERY,
    LINES,
    RANGES,
    STACKED,
    STACKED_ACROSS,
)

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</text></svg><style>*{display:none}</style>",
    "url(https://evil.example/x)",
    "]]><!-- &lt; &#x3c;",
    "\u202egnitirw\x00\x1b[31m\ud800",
    "a" * 5000,
    "",
    "0:1",
)
TAGS = {"svg", "g", "rect", "path", "circle", "text", "title"}
ATTRIBUTES = {
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
    "role",
    "aria-labelledby",
}


class _Seen(HTMLParser):
    """What a page makes of it, which reads no XML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_comment(self, data: str) -> None:
        self.tags.add("!--")


def pictures(chart: Chart) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(f"<both>{drawn(chart)}</both>"))  # noqa: S314 - our own


def titles(chart: Chart) -> list[str]:
    return [it.text or "" for it in pictures(chart)[0].iter("title")]


def texts(chart: Chart, picture: int = 0) -> list[str]:
    return [it.text or "" for it in pictures(chart)[picture].iter("text")]


def named(chart: Chart, name: str) -> Chart:
    """The same with this for each of its words."""
    if not isinstance(chart.rows[0][0], str):
        return replace(chart, columns=tuple(replace(it, name=name) for it in chart.columns))
    return replace(chart, rows=tuple((name, *row[1:]) for row in chart.rows))


@pytest.mark.parametrize("chart", EVERY, ids=lambda it: it.kind)
@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_words(chart: Chart, name: str) -> None:
    for picture in pictures(named(chart, name)):
        for element in picture.iter():
            assert element.tag in TAGS
            assert set(element.attrib) <= ATTRIBUTES
            assert re.fullmatch(r"(url\(#tone-[a-z]+\))?", element.get("fill", ""))
            assert len(element.text or "") <= 201
    seen = _Seen()
    seen.feed(drawn(named(chart, name)))
    assert seen.tags <= TAGS
    assert seen.attributes <= {it.lower() for it in ATTRIBUTES}


@pytest.mark.parametrize("chart", EVERY, ids=lambda it: it.kind)
def test_a_picture_is_named_by_its_heading_and_each_mark_has_a_title(chart: Chart) -> None:
    wide, narrow = pictures(chart)
    for picture in (wide, narrow):
        assert picture.get("role") == "img"
        assert picture.get("aria-labelledby") == f"{chart.name}-title"
        assert not picture.findall("title"), "the browser would show it wherever one points"
    marks = sum(row[at] is not None for row in chart.rows for at in chart.marks)
    assert len(titles(chart)) == marks
    assert (wide.get("class"), narrow.get("class")) == (
        f"chart wide {chart.kind.replace(' ', '-')}",
        f"chart narrow {chart.kind.replace(' ', '-')}",
    )


def test_what_the_marks_say() -> None:
    assert titles(BARS) == ["5 min, decisions: 12", "1 h, decisions: 31", "longer, decisions: 0"]
    assert "Week of 2 Nov, approved: 31" in titles(STACKED)
    assert "Week of 9 Nov so far, rejected: 0" in titles(STACKED)
    assert "Week of 26 Oct, nine of ten: 3 h 20 min" in titles(LINES)
    assert titles(RANGES) == ["AI-assisted, failed: 7 %, 3 of 41, likely between 3 % and 19 %"]


def test_what_stands_beside_the_marks() -> None:
    assert {"12", "31", "0", "5 min", "longer"} <= set(texts(BARS))
    assert {"Half 11 min", "Nine of ten 2 h 30 min"} <= set(texts(LINES))
    assert {"11 min", "2 h 30 min"} <= set(texts(LINES, picture=1))
    assert "7 %, 3 of 41" in texts(RANGES)
    assert {"75 %", "25 %", "claude-code"} <= set(texts(STACKED_ACROSS))
    assert "1,234" in texts(ACROSS)
    assert "0:1" not in "".join(map("".join, map(texts, EVERY)))


def test_no_mark_is_told_by_its_colour_alone() -> None:
    for chart in (STACKED, ACROSS, STACKED_ACROSS):
        fills = {it.get("fill") for it in pictures(chart)[0].iter("rect")}
        assert fills == {f"url(#tone-{chart.columns[at].tone.value})" for at in chart.marks}
    groups = {it.get("class") for it in pictures(LINES)[0].iter("g")}
    assert {"marks tone-first", "marks tone-second"} <= groups
    assert len(set(Tone)) == len(Tone)


def test_lines_have_a_gap_where_there_is_nothing_to_say() -> None:
    rows = tuple((day, 5 if at != 2 else None, 9) for at, day in enumerate(_weeks(5)))
    paths = [it.get("d") for it in pictures(replace(LINES, rows=rows))[0].iter("path")]
    assert sum(1 for it in paths if it and "L" in it) == 3
    whole = tuple((day, 5, 9) for day in _weeks(5))
    paths = [it.get("d") for it in pictures(replace(LINES, rows=whole))[0].iter("path")]
    assert sum(1 for it in paths if it and "L" in it) == 2


def test_words_at_the_end_of_two_lines_do_not_cover_each_other() -> None:
    rows = tuple((day, 600, 601) for day in _weeks(3))
    wide = pictures(replace(LINES, rows=rows))[0]
    ys = [float(it.get("y", "")) for it in wide.iter("text") if " min" in (it.text or "")]
    assert abs(ys[0] - ys[1]) >= 15


def test_too_few_are_not_drawn() -> None:
    assert drawn(BARS)
    assert not drawn(replace(BARS, too_few="Too few to say."))
    assert not drawn(replace(BARS, rows=()))


def test_nought_is_drawn_too() -> None:
    for chart in (BARS, ACROSS, STACKED):
        nothing = replace(chart, rows=tuple((row[0], *(0 for _ in row[1:])) for row in chart.rows))
        assert len(pictures(nothing)) == 2
    one = replace(LINES, rows=LINES.rows[:1])
    assert len(titles(one)) == 2


def test_the_same_chart_is_the_same_picture() -> None:
    assert drawn(BARS) is drawn(replace(BARS))
    assert drawn(BARS) != drawn(replace(BARS, rows=(("5 min", 13),)))


@pytest.mark.parametrize("kind", [Kind.BARS, Kind.STACKED, Kind.LINES])
def test_a_year_of_weeks_has_labels_one_can_read(kind: Kind) -> None:
    rows = tuple((day, 600 + at, 1200) for at, day in enumerate(_weeks(53)))
    for picture, most in ((0, 14), (1, 7)):
        found = [
            it for it in texts(replace(LINES, kind=kind, rows=rows), picture) if it[-3:].isalpha()
        ]
        assert 2 <= len([it for it in found if "min" not in it]) <= most


def test_an_axis_has_few_lines_and_holds_all() -> None:
    for unit in ("number", "length", "work", "share"):
        for highest in (0.0, 0.004, 0.03, 0.5, 0.99, 1.0, *(3.0**n for n in range(1, 18))):
            if unit == "share" and highest > 1:
                continue
            found = lines(highest, unit)  # type: ignore[arg-type]
            assert found[0] == 0
            assert found[-1] >= highest
            assert list(found) == sorted(set(found))
            assert len(found) <= LINES_AT_MOST + 2


def _weeks(number: int) -> list[date]:
    return [date(2025, 11, 3) + timedelta(weeks=it) for it in range(number)]

"""What does a page get of a chart? Its picture, its legend and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from markupsafe import Markup

from bot.domain.seeing.chart import Chart, Column, Kind
from bot.web.dashboard.charts.drawing import drawn
from bot.web.dashboard.charts.sheets import table


@dataclass(frozen=True)
class Shown:
    """`sheet`: where its rows are for a spreadsheet; empty: nowhere."""

    chart: Chart
    picture: Markup
    sheet: str = ""

    @property
    def legend(self) -> tuple[Column, ...]:
        """Only where there is more than one thing to tell apart."""
        marks = self.chart.marks
        return tuple(self.chart.columns[at] for at in marks) if len(marks) > 1 else ()

    @property
    def is_lines(self) -> bool:
        return self.chart.kind is Kind.LINES

    @cached_property
    def lines(self) -> list[list[str]]:
        return table(self.chart)


def shown(chart: Chart, folder: str = "", asked: str = "") -> Shown:
    """Takes some milliseconds where it was not drawn before: call it in a thread."""
    sheet = f"{folder}/{quote(chart.name)}.csv{f'?{asked}' if asked else ''}" if folder else ""
    return Shown(chart, drawn(chart), sheet)

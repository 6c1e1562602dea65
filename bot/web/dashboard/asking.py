"""What does somebody want to see of the figures? So many weeks, of all or of one name alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from urllib.parse import urlencode

from aiohttp import web

from bot.domain.people import Roster
from bot.domain.seeing.chart import Chart
from bot.domain.seeing.question import ALL, SORTS, SPANS, USUAL, Question
from bot.engine.charts.answering import Charts
from bot.web.dashboard.charts.showing import Shown, shown
from bot.web.dashboard.given import Given

OF_AT_MOST = 200
SPOKEN = {4: "four weeks", 13: "a quarter", 26: "half a year", 53: "a year"}
HEADINGS = {"group": "Groups", "environment": "Environments", "connection": "Connections",
            "tool": "Tools", "rule": "Rules"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """`only` is "group:payments", or empty for all; `choices` are all that one may say there."""

    question: Question
    choices: Mapping[str, Sequence[str]]

    @property
    def only(self) -> str:
        return f"{self.question.sort}:{self.question.of}" if self.question.of else ""

    @property
    def address(self) -> str:
        """What stands behind the "?" for the same."""
        return address_of(self.question)

    @property
    def spans(self) -> list[tuple[int, str]]:
        return [(weeks, SPOKEN[weeks]) for weeks in SPANS]

    @property
    def is_elsewhere(self) -> bool:
        """What was asked for is none of the choices."""
        return self.question.of not in self.choices.get(self.question.sort, ())

    @property
    def options(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Of each sort its heading, and the value and the word of each name."""
        return [
            (HEADINGS[sort], [(f"{sort}:{name}", name) for name in names])
            for sort, names in self.choices.items()
            if names
        ]


def question_of(request: web.Request, given: Given) -> Question:
    """Whatever cannot be asked is left out: it is asked of all, and of a quarter."""
    weeks, only = request.query.get("weeks", ""), request.query.get("only", "")
    sort, _, of = only.partition(":")
    alone = sort in SORTS and 0 < len(of) <= OF_AT_MOST and "\0" not in of
    return Question(
        name="",
        today=given.clock().astimezone(UTC).date(),
        weeks=int(weeks) if weeks in map(str, SPANS) else USUAL,
        sort=sort if alone else ALL,
        of=of if alone else "",
        production=given.production,
    )


def address_of(question: Question) -> str:
    only = f"{question.sort}:{question.of}" if question.of else ""
    said = {"weeks": "" if question.weeks == USUAL else str(question.weeks), "only": only}
    return urlencode({name: it for name, it in said.items() if it})


async def pictures(
    charts: Charts, names: Iterable[str], question: Question, given: Given
) -> list[Shown]:
    """Drawn beside the loop: it takes some milliseconds each."""
    found = await charts.answer([replace(question, name=name) for name in names])
    roster, asked = given.rulebook.roster, address_of(question)
    folder = f"{given.frame.pages.site.base}/figures"
    return await asyncio.to_thread(
        lambda: [shown(called(chart, roster), folder, asked) for chart in found]
    )


def called(chart: Chart, roster: Roster) -> Chart:
    """By the names of people, where it is of people at all."""
    if chart.name != "load":
        return chart
    rows = ((roster.name(str(row[0])), *row[1:]) for row in chart.rows)
    return replace(chart, rows=tuple(rows))

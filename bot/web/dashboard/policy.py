"""Which rules are there, how often does each ask, what does it cost, and what did it catch?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from urllib.parse import urlencode

from aiohttp import web

from bot.domain.conditions import LevelRange, Matches, Size, When
from bot.domain.policy import DEFAULT, Rule, demanded
from bot.domain.seeing.chart import Chart
from bot.domain.seeing.question import ALL
from bot.domain.seeing.saying import work
from bot.engine.charts.answering import Charts
from bot.web.dashboard.asking import Asked, pictures, question_of
from bot.web.dashboard.figures import FAR_BEHIND
from bot.web.dashboard.given import Given
from bot.web.dashboard.seat import Routes, Seat, get

CHARTS = ("rules", "rule-hours", "escapes-rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rule as the config has it, and what there is to count of it."""

    name: str
    group: str
    when: tuple[str, ...]
    asks: str
    applied: int
    caught: int
    alone: int
    hours: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage:
    given: Given
    charts: Charts

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /policy"""
        question = question_of(request, self.given)
        everything = replace(question, sort=ALL, of="")
        shown = await pictures(self.charts, CHARTS, question, self.given)
        policy = self.given.rulebook.policy
        return self.given.frame.show(
            "policy",
            seat,
            here="/policy",
            asked=Asked(question, await self.charts.names(everything)),
            figures=shown,
            rules=lines((*policy.rules, DEFAULT), shown[0].chart),
            shadow=policy.shadow,
            progress=await self.charts.progress(),
            far_behind=FAR_BEHIND,
        )


def lines(rules: Sequence[Rule], chart: Chart) -> list[Line]:
    """In the order of the config; what a rule of a repository's own asked stands in the chart."""
    counted = {str(row[0]): row for row in chart.rows}
    return [_line(rule, counted.get(rule.name, (rule.name, 0, 0, 0, 0))) for rule in rules]


def _line(rule: Rule, row: Sequence[object]) -> Line:
    applied, caught, alone, looked = (int(str(it)) for it in row[1:5])
    return Line(
        name=rule.name,
        group=rule.group,
        when=tuple(conditions(rule.when)),
        asks=demanded(rule.require),
        applied=applied,
        caught=caught,
        alone=alone,
        hours=work(looked),
        query=urlencode({"only": f"rule:{rule.name}"}),
    )


def conditions(when: When) -> Iterator[str]:
    """Each condition as the config writes it: "environment: production, staging"."""
    for field in fields(when):
        value = getattr(when, field.name)
        if value != field.default:
            name = field.name.replace("_", " ")
            yield f"{name}: {_words(value)}"


def _words(value: object) -> str:
    match value:
        case tuple() as several:
            return ", ".join(_words(it) for it in several)
        case When():
            return f"({'; '.join(conditions(value))})"
        case LevelRange() | Size() | Matches():
            named = ((it.name.replace("_", " "), getattr(value, it.name)) for it in fields(value))
            return "; ".join(f"{name} {_words(it)}" for name, it in named if it not in (None, ""))
        case Enum():
            return str(value.value)
        case _:
            return str(getattr(value, "pattern", value))


def routes(given: Given) -> Routes:
    return (get("/policy", PolicyPage(given=given, charts=given.charts).page),)

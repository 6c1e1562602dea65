"""How fast is it, what becomes of what is asked, and what does it cost?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiohttp import web

from bot.domain.seeing.question import ALL
from bot.engine.charts.answering import Charts
from bot.engine.charts.every import EVERY
from bot.web.dashboard.asking import Asked, called, pictures, question_of
from bot.web.dashboard.charts.sheets import sheet
from bot.web.dashboard.given import Given
from bot.web.dashboard.seat import Routes, Seat, get

TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "speed": ("Speed", ("waits", "pace", "in-time")),
    "course": ("What becomes of it", ("funnel", "tiers", "time-and-outcome")),
    "work": ("Work", ("hours", "tools", "load")),
}
"""No more than four charts at once: nobody looks at more."""

FAR_BEHIND = 200
"""Entries of the trail that are not counted yet, from which on the page says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    given: Given
    charts: Charts

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /figures, a tab of it"""
        tab = request.query.get("tab", "")
        tab = tab if tab in TABS else next(iter(TABS))
        question = question_of(request, self.given)
        everything = replace(question, sort=ALL, of="")
        asked = Asked(question, await self.charts.names(everything))
        return self.given.frame.show(
            "figures",
            seat,
            here="/figures",
            tab=tab,
            tabs=[(name, word) for name, (word, _) in TABS.items()],
            asked=asked,
            figures=await pictures(self.charts, TABS[tab][1], question, self.given),
            progress=await self.charts.progress(),
            far_behind=FAR_BEHIND,
        )

    async def rows(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /figures/{name}.csv: the rows that its chart is drawn of."""
        name = request.match_info["name"]
        if name not in EVERY:
            return self.given.frame.notice(
                seat, 404, "No such figure", "There is no figure of that name."
            )
        question = replace(question_of(request, self.given), name=name)
        (chart,) = await self.charts.answer([question])
        answer = web.Response(
            text=sheet(called(chart, self.given.rulebook.roster)),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )
        return self.given.frame.pages.dressed(answer, "no-store")


def routes(given: Given) -> Routes:
    figures = Figures(given=given, charts=given.charts)
    return (get("/figures", figures.page), get("/figures/{name}.csv", figures.rows))

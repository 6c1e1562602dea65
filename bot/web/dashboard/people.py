"""Who answers for what, who is away, and who has how much before them? Never how anybody works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.domain.attention import ENOUGH, Signals
from bot.domain.people import Group, Roster
from bot.domain.spans import duration
from bot.engine.charts.answering import Charts
from bot.engine.charts.people import Away, People
from bot.web.dashboard.asking import pictures, question_of
from bot.web.dashboard.given import Given
from bot.web.dashboard.seat import Routes, Seat, get

WHAT_IT_TAKES = (
    f"Too few to say: it takes {ENOUGH} people in the four weeks before this one, and nobody with"
    " more than half."
)
NOT_A_MEMBER = "Only its members see how fast it answers."
OWNED_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    name: str
    level: str
    away: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A group: `answers` is how fast all of it together does, in words."""

    name: str
    owns: str
    members: list[Member]
    answers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    given: Given
    charts: Charts

    @property
    def people(self) -> People:
        return People(self.given.signoffs.store, self.given.clock)

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /people"""
        roster, away = self.given.rulebook.roster, await self.people.away()
        circles = [
            Circle(
                name=group.id,
                owns=_owned(group),
                members=[member(roster, who, away) for who in group.members],
                answers=await self._answers(group, seat.person.id),
            )
            for group in roster.groups.values()
        ]
        return self.given.frame.show(
            "people",
            seat,
            here="/people",
            circles=circles,
            figures=await pictures(
                self.charts, ("load",), question_of(request, self.given), self.given
            ),
        )

    async def _answers(self, group: Group, reader: str) -> str:
        if reader not in group.members:
            return NOT_A_MEMBER
        return answers(await self.people.of_group(group, reader))


def answers(signals: Signals | None) -> str:
    if signals is None or signals.took is None:
        return WHAT_IT_TAKES
    return (
        f"Half of {signals.reviews:,} reviews took no more than {duration(signals.took)}"
        " from having it before one; of all members together, in the four weeks before this one."
    )


def member(roster: Roster, who: str, away: Mapping[str, Away]) -> Member:
    person = roster.people.get(who)
    return Member(
        name=roster.name(who),
        level=person.level if person else "",
        away=_away(away[who], roster) if who in away else "",
    )


def _away(leave: Away, roster: Roster) -> str:
    until = f"away until {leave.until:%Y-%m-%d %H:%M} UTC" if leave.until else "away"
    return f"{until}; {roster.name(leave.deputy)} stands in" if leave.deputy else until


def _owned(group: Group) -> str:
    if not group.owns:
        return "what nobody claims"
    more = len(group.owns) - OWNED_SHOWN
    return ", ".join(group.owns[:OWNED_SHOWN]) + (f" and {more} more" if more > 0 else "")


def routes(given: Given) -> Routes:
    return (get("/people", PeoplePage(given=given, charts=given.charts).page),)

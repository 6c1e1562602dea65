"""What became of what went on? How it is deployed, what failed, and which sign-off an incident is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from bot.domain.outcomes import Incident, Link
from bot.domain.people import Roster
from bot.domain.seeing.question import ALL
from bot.domain.spans import Moment, harmless
from bot.domain.telling_incidents import HOW
from bot.engine.charts.answering import Charts
from bot.engine.incidents import Known
from bot.engine.outcomes import Outcomes, beside
from bot.ports import Malformed
from bot.web.dashboard.asking import Asked, pictures, question_of
from bot.web.dashboard.figures import FAR_BEHIND
from bot.web.dashboard.given import Given
from bot.web.dashboard.seat import Routes, Seat, get, post
from bot.web.pages.posted import read, text

TABS = {
    "keys": ("How it goes out", ("keys", "failures", "lead")),
    "escapes": (
        "What got through",
        ("escapes-rule", "escapes-tool", "escapes-path", "escapes-group"),
    ),
}
"""No more than four charts at once: nobody looks at more."""

SHOWN, LINKS_SHOWN = 25, 5
LONGEST_ID = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A signoff that it is of, or might be, in words; `may_say` and `may_strike` it."""

    id: str
    place: str
    how: str
    by: str
    may_say: bool
    may_strike: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An incident. `asks`: it might be one of several, and nobody has said which."""

    incident: Incident
    title: str
    source: str
    began: Moment
    over: Moment | None
    links: tuple[Linked, ...]
    more: int
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesPage:
    given: Given
    charts: Charts

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /outcomes, a tab of its figures"""
        tab = request.query.get("tab", "")
        tab = tab if tab in TABS else next(iter(TABS))
        question = question_of(request, self.given)
        known = await self._outcomes.newest(SHOWN)
        shown = [replace(it, links=it.links[:LINKS_SHOWN]) for it in known]
        places, roster = await self._outcomes.places(shown), self.given.rulebook.roster
        return self.given.frame.show(
            "outcomes",
            seat,
            here="/outcomes",
            tab=tab,
            tabs=[(name, word) for name, (word, _) in TABS.items()],
            asked=Asked(question, await self.charts.names(replace(question, sort=ALL, of=""))),
            figures=await pictures(self.charts, TABS[tab][1], question, self.given),
            progress=await self.charts.progress(),
            far_behind=FAR_BEHIND,
            lines=[_line(it, places, roster) for it in known],
            shown=SHOWN,
        )

    async def deed(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /outcomes/{id}/{deed}: it was this one, it was not, or it is over."""
        id, deed = request.match_info["id"], request.match_info["deed"]
        if deed not in ("say", "strike", "over") or not id.isprintable():
            raise web.HTTPNotFound(reason="There is no such deed.")
        said = await read(request)
        await self.given.members.check_now(seat.person)
        if deed == "over":
            known = await self._outcomes.resolve(id, seat.person.id)
        else:
            named = await self._signoff(text(said, "signoff"))
            if deed == "say":
                known = await self._outcomes.say(id, [named], seat.person.id)
            else:
                known = await self._outcomes.strike(id, named, seat.person.id)
        return web.json_response({"sentence": _sentence(deed, known)})

    async def _signoff(self, name: str) -> str:
        """Raises Malformed for what is none."""
        plain = name.isprintable() and len(name) <= LONGEST_ID
        if not (plain and await self.given.board.signoff(name)):
            raise Malformed("there is no such sign-off")
        return name

    @property
    def _outcomes(self) -> Outcomes:
        return beside(self.given.signoffs)


def routes(given: Given) -> Routes:
    page = OutcomesPage(given=given, charts=given.charts)
    return (get("/outcomes", page.page), post("/outcomes/{id}/{deed}", page.deed))


def _sentence(deed: str, known: Known) -> str:
    key = harmless(known.incident.key, 100)
    if deed == "over":
        return f"{key} is over."
    return f"It is noted, for {key}. The figures follow in a moment."


def _line(known: Known, places: Mapping[str, str], roster: Roster) -> Line:
    it = known.incident
    return Line(
        incident=it,
        title=harmless(it.title, 200),
        source=harmless(it.source.removeprefix("@"), 60),
        began=Moment(it.started_at),
        over=Moment(it.resolved_at) if it.resolved_at else None,
        links=tuple(_linked(link, places, roster) for link in known.links[:LINKS_SHOWN]),
        more=len(known.links) - LINKS_SHOWN,
        asks=any(link.how == "perhaps" for link in known.links),
    )


def _linked(link: Link, places: Mapping[str, str], roster: Roster) -> Linked:
    person = roster.people.get(link.by)
    return Linked(
        id=link.signoff_id,
        place=harmless(places.get(link.signoff_id, ""), 200),
        how=HOW[link.how],
        by=harmless(person.name if person else link.by.removeprefix("@"), 80),
        may_say=link.how != "said",
        may_strike=link.how != "struck",
    )

"""Do the pipelines hear us, and we them? Each connection, and what could not be told to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aiohttp import web

from bot.domain.quorum import check_says_why
from bot.domain.spans import harmless
from bot.engine.browsing import Browsing
from bot.engine.postroom import Parcel, Place, Postroom
from bot.web.dashboard.given import Given
from bot.web.dashboard.pressed import words
from bot.web.dashboard.rows import age
from bot.web.dashboard.seat import Routes, Seat, get, post
from bot.web.pages.posted import read, text
from bot.web.problems import problem

SHOWN = 50
ERROR_AT_MOST = 300

SORTS = {"tell_pipeline": "the answer", "take_back": "taking back"}

NOT_YOURS = "Only an administrator may do that."
NOT_TYPED = "Type the number of what is to be dropped, so that it is surely this one."
DONE = {
    "retry": "It is sent again at once.",
    "drop": "It is dropped, and the trail says that you did, and why.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One connection: what it is, when it was heard of, and how telling it goes. `kind` is empty for
    what is no connection of the config any more, or is inside the house.
    """

    name: str
    kind: str
    heard: str
    state: str
    ails: bool
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """What was put off or parked."""

    parcel: Parcel
    signoff: str
    error: str
    since: str

    @property
    def what(self) -> str:
        """In words: what somebody was to be told, or what was to be done."""
        kind, _, status = self.parcel.what.partition(" ")
        return f"{SORTS.get(kind, kind)} {status.replace('_', ' ')}".strip()

    @property
    def parked(self) -> bool:
        return self.parcel.state == "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    given: Given

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /connections; only administrators have buttons there."""
        found, now = await self._postroom.listed(SHOWN), self.given.clock()
        browsing = Browsing(self.given.board.store)
        heard = await browsing.heard_of(self.given.connections)
        return self.given.frame.show(
            "connections",
            seat,
            here="/connections",
            lines=_lines(self.given.connections, heard, found.destinations, now),
            parcels=[_stuck(it, now) for it in found.parcels],
            more=found.more,
            may_handle=seat.person.id in self.given.administrators,
        )

    async def retry(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /connections/parcels/{id}/retry"""
        return await self._handle(request, seat, "retry")

    async def drop(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /connections/parcels/{id}/drop: it takes a reason, and its number once more."""
        return await self._handle(request, seat, "drop")

    async def _handle(
        self, request: web.Request, seat: Seat, deed: Literal["retry", "drop"]
    ) -> web.StreamResponse:
        """Raises the 403 of who is no administrator, and the Refusal of who left the chat."""
        if seat.person.id not in self.given.administrators:
            raise web.HTTPForbidden(reason=NOT_YOURS)
        said = await read(request)
        await self.given.members.check_now(seat.person)
        id, why = request.match_info["id"], words(said, "why")
        if deed == "drop":
            check_says_why(why)
            if text(said, "typed") != id:
                return problem(409, NOT_TYPED)
        outcome = await self._postroom.handle(_number(id), deed, why=why, by=seat.person.id)
        if outcome.problem:
            return problem(409, outcome.problem)
        return web.json_response({"sentence": DONE[deed]})

    @property
    def _postroom(self) -> Postroom:
        signoffs = self.given.signoffs
        return Postroom(signoffs.store, signoffs.bell.ring)


def routes(given: Given) -> Routes:
    page = Connections(given=given)
    return (
        get("/connections", page.page),
        post("/connections/parcels/{id}/retry", page.retry),
        post("/connections/parcels/{id}/drop", page.drop),
    )


def _number(said: str) -> int:
    """Raises the 404 of what is none."""
    if not (said.isascii() and said.isdigit() and len(said) < 18):
        raise web.HTTPNotFound(reason="There is nothing of this number.")
    return int(said)


def _lines(
    kinds: Mapping[str, str],
    heard: Mapping[str, datetime],
    places: Sequence[Place],
    now: datetime,
) -> list[Line]:
    """Those of the config, and whatever else something waits for."""
    known = {place.name: place for place in places}
    names = [*sorted(kinds), *sorted(known.keys() - kinds.keys())]
    return [
        _line(name, kinds.get(name, ""), heard.get(name), known.get(name), now) for name in names
    ]


def _line(name: str, kind: str, heard: datetime | None, place: Place | None, now: datetime) -> Line:
    return Line(
        name=harmless(name, 120),
        kind=kind,
        heard=f"{age(now - heard)} ago" if heard else "",
        state=_state(place, now) if place else "goes through",
        ails=place is not None and place.how.failures > 0,
        waiting=place.waiting if place else 0,
        parked=place.parked if place else 0,
    )


def _state(place: Place, now: datetime) -> str:
    how = place.how
    if not how.failures:
        return "goes through"
    times = "once" if how.failures == 1 else f"{how.failures} times in a row"
    said = f"failed {times}: {harmless(how.error, ERROR_AT_MOST)}"
    if how.open_until is not None and how.open_until > now:
        return f"left alone for {age(how.open_until - now)}; {said}"
    return said


def _stuck(parcel: Parcel, now: datetime) -> Stuck:
    return Stuck(
        parcel=parcel,
        signoff=parcel.signoff_id if parcel.signoff_id.startswith("sgn_") else "",
        error=harmless(parcel.error, ERROR_AT_MOST),
        since=age(now - parcel.since),
    )

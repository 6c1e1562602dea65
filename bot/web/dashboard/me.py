"""What is there about oneself? For one's own eyes: nobody else has a page about anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.domain.attention import ENOUGH, Signals
from bot.domain.spans import duration
from bot.engine.charts.people import People
from bot.web.dashboard.given import Given
from bot.web.dashboard.people import member
from bot.web.dashboard.seat import Routes, Seat, get


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    given: Given

    @property
    def people(self) -> People:
        return People(self.given.signoffs.store, self.given.clock)

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /me: of whoever sits there, and there is no address of anybody else's."""
        signals, since = await self.people.of_oneself(seat.person.id)
        roster = self.given.rulebook.roster
        return self.given.frame.show(
            "me",
            seat,
            here="/me",
            who=member(roster, seat.person.id, await self.people.away()),
            groups=[it.id for it in roster.groups.values() if seat.person.id in it.members],
            since=f"{since:%Y-%m-%d}",
            reviews=signals.reviews,
            facts=list(facts(signals)),
        )


def facts(signals: Signals) -> Iterator[tuple[str, str]]:
    """Each with its name."""
    if signals.approved_share is None or signals.opened_share is None:
        if signals.reviews:
            yield "More", f"too few to say: it takes {ENOUGH}"
        return
    yield "Approved", _share(signals.approved_share)
    yield "Details, or our page, opened before deciding", _share(signals.opened_share)
    yield "From having it before you to deciding", _usually(signals.took)
    yield "The same for 100 changed lines", _usually(signals.per_100_lines)
    if signals.busiest_hour is not None:
        yield "Most decided within one hour", f"{signals.busiest_hour}"


def _share(share: float) -> str:
    """Never rounded up to all."""
    return f"{int(share * 100)} %"


def _usually(length: timedelta | None) -> str:
    return "too few to say" if length is None else f"{duration(length)}, the median"


def routes(given: Given) -> Routes:
    return (get("/me", Me(given=given).page),)

"""What waits, for whom, how long, and what may run out before anybody comes to it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.domain.risk.reasons import TIERS
from bot.domain.signoff import Signoff, Status
from bot.engine.browsing import After, Brief, Browsing
from bot.engine.shares import by_urgency, to_review
from bot.web.dashboard.finding import LONGEST_NAME, STATUSES, find, place_of, sought, written
from bot.web.dashboard.given import Given
from bot.web.dashboard.rows import Row, row_of
from bot.web.dashboard.seat import Routes, Seat, get

FOR_YOU, A_PAGE, LATELY = 50, 50, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What somebody wants to see of all that waits; empty is everything."""

    group: str = ""
    risk: str = ""
    environment: str = ""
    after: str = ""

    @property
    def any(self) -> bool:
        return bool(self.group or self.risk or self.environment)

    def admit(self, signoff: Signoff) -> bool:
        tier = signoff.risk.tier.value if signoff.risk else ""
        return (
            self.risk in ("", tier)
            and self.environment in ("", signoff.change.environment)
            and (not self.group or self.group in _groups(signoff))
        )

    def address(self, after: After | None) -> str:
        """What stands behind the "?" for the same from there on."""
        said = {"group": self.group, "risk": self.risk, "environment": self.environment}
        return urlencode({n: it for n, it in {**said, "after": written(after)}.items() if it})


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    given: Given

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /queue; with `?part=list` what of it changes by itself."""
        filters = _filters(request)
        facts = await self._waiting(filters, seat)
        if request.query.get("part") == "list":
            return self.given.frame.part("queue_list", seat, **facts)
        wanted = sought(request)
        found = await find(self.given.board, wanted)
        return self.given.frame.show(
            "queue",
            seat,
            here="/queue",
            live=True,
            **facts,
            wanted=wanted,
            found=self._rows(found.signoffs, seat),
            older=found.more,
            statuses=STATUSES,
            lately=await self._lately(seat),
            groups=sorted(self.given.rulebook.roster.groups),
            tiers=[tier.value for tier in reversed(TIERS)],
        )

    async def _waiting(self, filters: Filters, seat: Seat) -> dict[str, Any]:
        browsing, person = self._browsing, seat.person.id
        mine = by_urgency(await browsing.asked_of(person, FOR_YOU), self.given.clock())
        above = {signoff.id for signoff in mine} if not filters.any else set()
        page = await browsing.pending_after(
            place_of(filters.after), A_PAGE, lambda it: it.id not in above and filters.admit(it)
        )
        count, oldest = await self.given.board.waiting()
        return {
            "filters": filters,
            "mine": self._rows(mine, seat),
            "rows_": self._rows(page.found, seat),
            "more": filters.address(page.more) if page.more else "",
            "here_again": filters.address(place_of(filters.after)),
            "first": filters.address(None),
            "count": count,
            "oldest": oldest,
            "to_review": self._rows(await self._to_review(person), seat),
        }

    async def _to_review(self, person: str) -> Sequence[Signoff]:
        """What was overridden, and this person may say whether that was fine."""
        known = self.given.rulebook
        standing = known.roster.standing(person)
        if standing is None:
            return ()
        return to_review(await self.given.board.unreviewed(), standing, known.overrides)

    async def _lately(self, seat: Seat) -> Sequence[Row]:
        page = await self._browsing.search(_is_over, None, LATELY)
        return self._rows(page.found, seat)

    def _rows(self, signoffs: Sequence[Signoff], seat: Seat) -> Sequence[Row]:
        roster, now = self.given.rulebook.roster, self.given.clock()
        return [row_of(signoff, roster, now, seat.person.id) for signoff in signoffs]

    @property
    def _browsing(self) -> Browsing:
        return Browsing(self.given.board.store)


def routes(given: Given) -> Routes:
    return (get("/queue", Queue(given=given).page),)


def _filters(request: web.Request) -> Filters:
    said = {name: request.query.get(name, "") for name in ("group", "risk", "environment")}
    cut = {name: text[:LONGEST_NAME] for name, text in said.items()}
    return Filters(**cut, after=request.query.get("after", ""))


def _is_over(brief: Brief) -> bool:
    return brief.status != Status.PENDING


def _groups(signoff: Signoff) -> frozenset[str]:
    """Those it hangs with, and those whose approval it waits for."""
    asks = frozenset[str]().union(*(ask.groups for ask in signoff.requirement.asks))
    return asks | frozenset(signoff.groups)

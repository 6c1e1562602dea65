"""How does somebody sign in? They leave for their provider, come back with a code, and are let in
under a new name that nobody could have given them beforehand.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from bot.clock import Clock
from bot.domain.errors import GuestMayNotReview, UnknownPerson
from bot.domain.people import Person, Roster
from bot.engine.stepping_up import LEAVING_FOR, AskedOf, Sort, SteppingUp, Visit
from bot.ports import Unauthenticated, Undelivered, Unreachable
from bot.web.id_tokens import FRESH, SignedIn
from bot.web.oidc import LEEWAY
from bot.web.origins import Origins
from bot.web.pages.rendering import Pages
from bot.web.pages.visits import (
    AWAY,
    HERE,
    SEAT,
    Seals,
    drop_cookie,
    hashed,
    opened_by,
    secret,
    set_cookie,
)
from bot.web.rates import Rates

log = logging.getLogger(__name__)

STAYS = FRESH + LEEWAY
"""How long after they signed in somebody may decide, clocks that differ included."""

A_MINUTE, FROM_AT_MOST = 60, 1000
"""How often one address may begin to sign in, and of how many, the last, it is counted."""

AWRY = "Signing in did not work"
FORGED = "This sign-in was not begun in this browser, or is over. Please begin again."
DOWN = "{name} does not answer just now. Please try again in a minute."
REFUSED = "{name} did not confirm who you are. Please begin again."
STRANGER = "We do not know you"


class SignsIn(Protocol):
    """Whoever says who somebody is, and what people call it (`name`)."""

    @property
    def name(self) -> str: ...

    @property
    def issuer_url(self) -> str: ...

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send somebody. Raises Unreachable or Undelivered."""

    async def exchange(self, code: str, verifier: str, nonce: str) -> SignedIn:
        """Who came back with this code. Raises Unauthenticated, Unreachable or Undelivered."""

    def person(self, who: SignedIn, roster: Roster) -> Person:
        """The one person this is, never a guess. Raises UnknownPerson."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Who is asked, and what seals the visits of those who were sent there."""

    how: AskedOf
    asked: SignsIn
    seals: Seals


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """How people get at the dashboard, for how long, and whether the chat lets them."""

    way: Way
    stays: timedelta
    check_here: Callable[[Person], Awaitable[None]]
    """Raises GuestMayNotReview."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """`fresh`: where people step up; `seating`: where there is a dashboard."""

    pages: Pages
    fresh: Way | None
    seating: Seating | None
    stepping_up: SteppingUp
    roster: Roster
    clock: Clock
    origins: Origins = field(default_factory=Origins)
    _rates: dict[str, Rates] = field(default_factory=dict)

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """GET /sign-in"""
        wanted = request.query.get("to", "")
        sort = opened_by(wanted)
        way = self._way(sort)
        if sort is None or way is None:
            return self.pages.notice(400, AWRY, "There is no such page.")
        self._count(self.origins.of(request))
        token = secret()
        visit = self._leaving(token, sort, way, wanted)
        try:
            address = await way.asked.address(
                state=visit.state, nonce=visit.nonce, verifier=visit.verifier
            )
        except (Unreachable, Undelivered) as trouble:
            log.warning("nobody can sign in: %s", trouble)
            return self._notice(way, 503, DOWN, wanted)
        await self.stepping_up.leave(visit)
        away = self.pages.dressed(
            web.Response(status=302, headers={"Location": address}), "no-store"
        )
        cookie = way.seals.cookie(token, visit)
        set_cookie(away, AWAY, cookie, int(LEAVING_FOR.total_seconds()), strict=False)
        return away

    async def arrive(self, request: web.Request) -> web.StreamResponse:
        """GET /signed-in, where the provider of step-up sends people back to."""
        return await self._arrive(request, "provider")

    async def arrive_by_slack(self, request: web.Request) -> web.StreamResponse:
        """GET /signed-in/slack: another address, so that neither passes for the other."""
        return await self._arrive(request, "slack")

    async def _arrive(self, request: web.Request, how: AskedOf) -> web.StreamResponse:
        """Answered with a page that goes on by itself: a Strict cookie set here would not be sent to
        where a redirect leads, because that began elsewhere.
        """
        left = await self._left(request, how)
        way = self._way(left.sort) if left else None
        if left is None or way is None:
            return self.pages.notice(403, AWRY, FORGED, again="/queue" if how == "slack" else "")
        code = request.query.get("code", "")
        if not code or len(code) > 4096:
            return self._gone(self._notice(way, 403, REFUSED, left.wanted))
        try:
            who = await way.asked.exchange(code, left.verifier, left.nonce)
            person = way.asked.person(who, self.roster)
            await self._check(left, person)
        except (Unreachable, Undelivered) as trouble:
            log.warning("a code could not be exchanged: %s", trouble)
            return self._gone(self._notice(way, 503, DOWN, left.wanted))
        except Unauthenticated as refused:
            log.warning("a sign-in is refused: %s", refused)
            return self._gone(self._notice(way, 403, REFUSED, left.wanted))
        except (UnknownPerson, GuestMayNotReview) as refusal:
            again = left.wanted if left.sort == "seat" else ""
            return self._gone(self.pages.notice(403, STRANGER, refusal.sentence, again=again))
        return await self._enter(request, left, way, who, person)

    def _way(self, sort: Sort | None) -> Way | None:
        """Whom to ask for it, if it is to be had here at all."""
        if sort == "seat":
            return self.seating.way if self.seating else None
        return self.fresh if sort else None

    def _leaving(self, token: str, sort: Sort, way: Way, wanted: str) -> Visit:
        return Visit(
            id=hashed(token),
            stage="leaving",
            sort=sort,
            how=way.how,
            until=self.clock() + LEAVING_FOR,
            state=secret(),
            nonce=secret(),
            verifier=secret(),
            wanted=wanted,
        )

    async def _check(self, left: Visit, person: Person) -> None:
        """Who decides is looked at once they do; who only reads, before. Raises GuestMayNotReview."""
        if left.sort == "seat" and self.seating:
            await self.seating.check_here(person)

    async def _enter(
        self, request: web.Request, left: Visit, way: Way, who: SignedIn, person: Person
    ) -> web.Response:
        token, now = secret(), self.clock()
        visit = Visit(
            id=hashed(token),
            stage="here",
            sort=left.sort,
            how=way.how,
            until=self._until(left, who, now),
            nonce=secret(),
            person=person.id,
            subject=who.subject,
            csrf=secret(),
            signed_in_at=who.at,
        )
        name = SEAT if visit.sort == "seat" else HERE
        if before := request.cookies.get(name):
            await self.stepping_up.end(hashed(before))
        await self.stepping_up.enter(visit)
        log.info("%s signed in", person.id)
        here = self._gone(self.pages.show("arrived", wanted=left.wanted))
        seconds = max(int((visit.until - now) / timedelta(seconds=1)), 1)
        set_cookie(here, name, way.seals.cookie(token, visit), seconds, strict=name == HERE)
        return here

    def _until(self, left: Visit, who: SignedIn, now: datetime) -> datetime:
        if left.sort == "seat" and self.seating:
            return now + self.seating.stays
        return who.at + STAYS

    async def _left(self, request: web.Request, how: AskedOf) -> Visit | None:
        cookie, state = request.cookies.get(AWAY, ""), request.query.get("state", "")
        if not (cookie and state):
            return None
        left = await self.stepping_up.came_back(hashed(cookie), state, how)
        way = self._way(left.sort) if left else None
        if left is None or way is None or not way.seals.fits(cookie, left):
            return None
        issuers: Sequence[str] = request.query.getall("iss", [])
        ours = way.asked.issuer_url
        # RFC 9207: where the provider says who it is, it has to be ours.
        if any(not hmac.compare_digest(it.encode(), ours.encode()) for it in issuers):
            return None
        return left

    def _notice(self, way: Way, status: int, sentence: str, again: str) -> web.Response:
        return self.pages.notice(status, AWRY, sentence.format(name=way.asked.name), again=again)

    def _gone(self, response: web.Response) -> web.Response:
        drop_cookie(response, AWAY)
        return response

    def _count(self, address: str) -> None:
        """Raises the 429 that asks to come again."""
        fresh = Rates(per_second=A_MINUTE / 60, burst=A_MINUTE)
        rates = self._rates[address] = self._rates.pop(address, fresh)  # the newest stands last
        if len(self._rates) > FROM_AT_MOST:
            del self._rates[next(iter(self._rates))]
        rates.count(address, self.clock())

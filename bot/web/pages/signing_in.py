"""How does somebody sign in? They leave for their provider, come back with a code, and are let in
under a new name that nobody could have given them beforehand.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from bot.clock import Clock
from bot.domain.errors import UnknownPerson
from bot.domain.people import Person, Roster
from bot.engine.stepping_up import LEAVING_FOR, SteppingUp, Visit
from bot.ports import Unauthenticated, Undelivered, Unreachable
from bot.web.id_tokens import FRESH, SignedIn
from bot.web.oidc import LEEWAY
from bot.web.origins import Origins
from bot.web.pages.provider import Provider
from bot.web.pages.rendering import Pages
from bot.web.pages.visits import (
    AWAY,
    HERE,
    Seals,
    drop_cookie,
    hashed,
    is_ours,
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
DOWN = "Your sign-in provider does not answer just now. Please try again in a minute."
REFUSED = "Your sign-in provider did not confirm who you are. Please begin again."


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    pages: Pages
    provider: Provider
    stepping_up: SteppingUp
    seals: Seals
    roster: Roster
    clock: Clock
    origins: Origins = field(default_factory=Origins)
    _rates: dict[str, Rates] = field(default_factory=dict)

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """GET /sign-in"""
        wanted = request.query.get("to", "")
        if not is_ours(wanted):
            return self.pages.notice(400, AWRY, "There is no such page.")
        self._count(self.origins.of(request))
        token, now = secret(), self.clock()
        visit = Visit(
            id=hashed(token),
            stage="leaving",
            until=now + LEAVING_FOR,
            state=secret(),
            nonce=secret(),
            verifier=secret(),
            wanted=wanted,
        )
        try:
            address = await self.provider.address(
                state=visit.state, nonce=visit.nonce, verifier=visit.verifier
            )
        except (Unreachable, Undelivered) as trouble:
            log.warning("nobody can sign in: %s", trouble)
            return self.pages.notice(503, AWRY, DOWN, again=wanted)
        await self.stepping_up.leave(visit)
        away = self.pages.dressed(
            web.Response(status=302, headers={"Location": address}), "no-store"
        )
        cookie = self.seals.cookie(token, visit)
        set_cookie(away, AWAY, cookie, int(LEAVING_FOR.total_seconds()), strict=False)
        return away

    async def arrive(self, request: web.Request) -> web.StreamResponse:
        """GET /signed-in, where the provider sends people back to.

        Answered with a page that goes on by itself: a Strict cookie set here would not be sent to
        where a redirect leads, because that began elsewhere.
        """
        left = await self._left(request)
        if left is None:
            return self.pages.notice(403, AWRY, FORGED)
        code = request.query.get("code", "")
        if not code or len(code) > 4096:
            return self._gone(self.pages.notice(403, AWRY, REFUSED, again=left.wanted))
        try:
            who = await self.provider.exchange(code, left.verifier, left.nonce)
            person = self.provider.person(who, self.roster)
        except (Unreachable, Undelivered) as trouble:
            log.warning("a code could not be exchanged: %s", trouble)
            return self._gone(self.pages.notice(503, AWRY, DOWN, again=left.wanted))
        except Unauthenticated as refused:
            log.warning("a sign-in is refused: %s", refused)
            return self._gone(self.pages.notice(403, AWRY, REFUSED, again=left.wanted))
        except UnknownPerson as unknown:
            return self._gone(self.pages.notice(403, "We do not know you", unknown.sentence))
        return await self._enter(left, who, person)

    async def prove_id_token(self, token: bytes) -> Person:
        """Who a token is of that somebody got from the provider without us, for the API.

        Raises Unauthenticated, Unreachable or UnknownPerson.
        """
        who = await self.provider.prove_id_token(token, None)
        return self.provider.person(who, self.roster)

    async def _enter(self, left: Visit, who: SignedIn, person: Person) -> web.Response:
        token, now = secret(), self.clock()
        until = who.at + STAYS
        visit = Visit(
            id=hashed(token),
            stage="here",
            until=until,
            nonce=secret(),
            person=person.id,
            subject=who.subject,
            csrf=secret(),
            signed_in_at=who.at,
        )
        await self.stepping_up.enter(visit)
        log.info("%s signed in", person.id)
        here = self._gone(self.pages.show("arrived", wanted=left.wanted))
        seconds = max(int((until - now) / timedelta(seconds=1)), 1)
        set_cookie(here, HERE, self.seals.cookie(token, visit), seconds, strict=True)
        return here

    async def _left(self, request: web.Request) -> Visit | None:
        cookie, state = request.cookies.get(AWAY, ""), request.query.get("state", "")
        if not (cookie and state):
            return None
        left = await self.stepping_up.came_back(hashed(cookie), state)
        if left and not self.seals.fits(cookie, left):
            return None
        issuers: Sequence[str] = request.query.getall("iss", [])
        ours = self.provider.known.issuer
        # RFC 9207: where the provider says who it is, it has to be ours.
        if left is None or any(
            not hmac.compare_digest(it.encode(), ours.encode()) for it in issuers
        ):
            return None
        return left

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

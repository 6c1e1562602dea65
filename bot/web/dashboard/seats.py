"""Who sits at the dashboard, and may they still? Looked at for each request, before anything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.clock import Clock
from bot.domain.errors import GuestMayNotReview, Refusal, UnknownPerson
from bot.domain.people import Person
from bot.engine.stepping_up import Visit
from bot.ports import Malformed
from bot.web.dashboard.frame import Frame
from bot.web.dashboard.seat import Answer, Seat
from bot.web.membership import Membership
from bot.web.pages.visits import Doorman, NotSignedIn, opened_by
from bot.web.problems import problem
from bot.web.rates import Rates

ASK_EVERY = timedelta(minutes=5)
"""How long the chat's word is good enough for those who only read; a deed asks anew."""

A_SECOND, AT_ONCE = 20, 60
"""How many requests of one person are answered."""

STRANGER = "We do not know you"
OVER = "Your sign-in is over. Sign in again."
TOO_MANY = "You ask for too much at once; please wait a second."


@dataclass(frozen=True, slots=True)
class _Word:
    """What the chat said of somebody, and until when that holds."""

    until: datetime
    refusal: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    doorman: Doorman
    members: Membership
    frame: Frame
    clock: Clock
    rates: Rates = field(default_factory=lambda: Rates(per_second=A_SECOND, burst=AT_ONCE))
    _words: dict[str, _Word] = field(default_factory=dict)

    def page(self, answer: Answer) -> Handler:
        """For whoever has a seat; all others hear the same, whatever there is."""

        async def answered(request: web.Request) -> web.StreamResponse:
            visit = await self.doorman.seat(request)
            if visit is None:
                return self._outside(request)
            seat = await self._seat(visit)
            if isinstance(seat, Refusal):
                await self.doorman.stepping_up.end(visit.id)
                return self.frame.refuse(STRANGER, seat.sentence)
            self._count(seat)
            return await self._told(request, seat, answer)

        return answered

    def deed(self, answer: Answer) -> Handler:
        """For whoever has a seat, from a page of ours that is open."""

        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                visit = await self.doorman.poster(request, "seat")
            except NotSignedIn:
                return problem(401, OVER)
            seat = await self._seat(visit)
            if isinstance(seat, Refusal):
                return problem(403, seat.sentence)
            self._count(seat)
            response = await answer(request, seat)
            if isinstance(response, web.Response):
                self.frame.pages.dressed(response, "no-store")
            return response

        return answered

    async def _seat(self, visit: Visit) -> Seat | Refusal:
        """Or why whoever signed in then may read no more."""
        person = self.members.roster.people.get(visit.person)
        if person is None or (visit.how == "slack" and person.slack != visit.subject):
            return UnknownPerson()
        return await self._word(person) or Seat(visit=visit, person=person)

    def _count(self, seat: Seat) -> None:
        """Raises the 429 that asks to wait."""
        try:
            self.rates.count(seat.person.id, self.clock())
        except web.HTTPTooManyRequests as refused:
            headers = {"Retry-After": refused.headers["Retry-After"]}
            raise web.HTTPTooManyRequests(reason=TOO_MANY, headers=headers) from None

    async def _word(self, person: Person) -> Refusal | None:
        """Why the chat does not let them; while it is down their sign-in is enough to read."""
        now, known = self.clock(), self._words.get(person.id)
        if known is None or not now < known.until <= now + ASK_EVERY:
            known = _Word(now + ASK_EVERY, await self._asked(person))
            self._words[person.id] = known
        return known.refusal

    async def _asked(self, person: Person) -> Refusal | None:
        try:
            await self.members.check_here(person)
        except GuestMayNotReview as refusal:
            return refusal
        return None

    def _outside(self, request: web.Request) -> web.Response:
        if request.headers.get("HX-Request"):  # a part of a page: the whole of it is to be loaded
            return self.frame.pages.dressed(
                web.Response(status=401, headers={"HX-Refresh": "true"}), "no-store"
            )
        wanted = request.path if opened_by(request.path) == "seat" else "/queue"
        return self.frame.enter(wanted)

    async def _told(self, request: web.Request, seat: Seat, answer: Answer) -> web.StreamResponse:
        """What is refused on a page is said by a page."""
        try:
            return await answer(request, seat)
        except web.HTTPException as refused:
            if refused.status < 400:
                raise
            return self.frame.notice(seat, refused.status, "That did not work", refused.reason)
        except Refusal as refusal:
            return self.frame.notice(seat, 409, "That did not work", refusal.sentence)
        except Malformed as refused:
            sentence = f"This address cannot be read: {refused}."
            return self.frame.notice(seat, 400, "That did not work", sentence)

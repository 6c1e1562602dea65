"""How does somebody decide on the dashboard? By the same calls as a press in the chat, and worth as much.

Whether it counts, `Signoffs` says alone; this only asks who it is, and hands on what they sent.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.domain.errors import (
    ChatUnreachable,
    NotCounted,
    Refusal,
    RunIsOver,
    UnknownPerson,
    UnknownSignoff,
)
from bot.domain.people import Person
from bot.domain.proving import BY_SEAT
from bot.domain.quorum import check_says_why, check_took_part
from bot.domain.signoff import Signoff, Verdict
from bot.domain.spans import harmless
from bot.engine.board import Board
from bot.engine.clicks import Click, Proof
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.ports import Malformed
from bot.web.dashboard.given import Given
from bot.web.dashboard.pressed import number, press, words
from bot.web.dashboard.seat import Routes, Seat, post
from bot.web.membership import Membership
from bot.web.pages.posted import read, text, texts
from bot.web.pages.statements import Facts

SEATED = Proof(how=BY_SEAT)


class HasLeft(Refusal):
    """{name} is no full member of this workspace any more. Please choose somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to do to a sign-off, as they saw it."""

    person: Person
    signoff: Signoff
    said: Facts
    click: Click

    @property
    def reason(self) -> str:
        return words(self.said, "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """How it stands after that, and what the person is told."""

    after: Signoff
    sentence: str


Act = Callable[[Wanted], Coroutine[Any, Any, Acted]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """`reopens` says of a connection whether its pipeline still takes a yes once it was stopped, and
    `steps_up` whether one can decide by security key instead.
    """

    board: Board
    signoffs: Signoffs
    rulebook: Rulebook
    members: Membership
    reopens: Callable[[str], bool] = lambda connection: True
    steps_up: bool = False

    @property
    def acts(self) -> Mapping[str, Act]:
        """By the last word of the address."""
        return {
            "approve": self._approve,
            "reject": self._reject,
            "take_back": self._take_back,
            "claim": self._claim,
            "release": self._release,
            "inquire": self._inquire,
            "answer": self._answer,
            "delegate": self._delegate,
            "withdraw": self._withdraw,
            "renew": self._renew,
            "declare": self._declare,
        }

    async def post(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST /signoffs/{id}/{deed}, from a page of ours. Raises the Refusal that says why not."""
        id, deed = request.match_info["id"], request.match_info["deed"].replace("-", "_")
        if deed not in self.acts:
            raise web.HTTPNotFound(reason="There is no such deed.")
        said = await read(request)
        try:
            acted = await self.do(seat.person.id, id, deed, said)
        except ChatUnreachable as refusal:
            return self._without_chat(id, refusal)
        told = {"sentence": acted.sentence, "status": acted.after.status.value}
        return web.json_response({**told, "signoff": acted.after.id})

    def _without_chat(self, id: str, refusal: ChatUnreachable) -> web.Response:
        """Nobody says that they are still here. A security key would show it."""
        told = {"type": "about:blank", "status": 409, "title": refusal.sentence}
        if self.steps_up:
            told["decideAt"] = f"/decide/{id}"
        return web.json_response(told, status=409, content_type="application/problem+json")

    async def do(self, person_id: str, signoff_id: str, deed: str, said: Facts) -> Acted:
        """Who it is comes first, asked of the chat at this moment.

        Raises the Refusal that says why not, or Malformed.
        """
        person = self.rulebook.roster.people.get(person_id)
        if person is None:
            raise UnknownPerson
        await self.members.check_now(person)
        signoff = await self.board.signoff(signoff_id)
        if signoff is None:
            raise UnknownSignoff(name=harmless(signoff_id, 60))
        click = Click(
            id=press(person_id, signoff_id, deed, said),
            signoff_id=signoff_id,
            person=person_id,
            revision=text(said, "revision"),
            policy_digest=text(said, "policy_digest"),
        )
        return await self.acts[deed](Wanted(person=person, signoff=signoff, said=said, click=click))

    async def _approve(self, wanted: Wanted) -> Acted:
        after = await self._review(wanted, Verdict.APPROVE)
        return Acted(after=after, sentence="Your approval is recorded.")

    async def _reject(self, wanted: Wanted) -> Acted:
        after = await self._review(wanted, Verdict.REJECT)
        return Acted(after=after, sentence="Your rejection is recorded.")

    async def _review(self, wanted: Wanted, verdict: Verdict) -> Signoff:
        """A press that was counted before is answered as before: does it still count?"""
        absent = await self.members.absent(it.person for it in wanted.signoff.reviews)
        click, checklist = (
            replace(wanted.click, absent=absent),
            tuple(texts(wanted.said, "checklist")),
        )
        after = await self.signoffs.review(click, verdict, wanted.reason, checklist, SEATED)
        if not any(review.person == wanted.person.id for review in after.reviews):
            raise NotCounted
        return after

    async def _take_back(self, wanted: Wanted) -> Acted:
        after = await self.signoffs.take_back(wanted.click)
        return Acted(after=after, sentence="Taken back. You may still decide.")

    async def _claim(self, wanted: Wanted) -> Acted:
        after = await self.signoffs.claim(wanted.click)
        return Acted(after=after, sentence="Everybody sees that you are on it.")

    async def _release(self, wanted: Wanted) -> Acted:
        after = await self.signoffs.release(wanted.click)
        return Acted(after=after, sentence="You are off it.")

    async def _inquire(self, wanted: Wanted) -> Acted:
        after = await self.signoffs.inquire(wanted.click, wanted.reason)
        return Acted(after=after, sentence="Your question is on its way to the author.")

    async def _answer(self, wanted: Wanted) -> Acted:
        after = await self.signoffs.answer(wanted.click, number(wanted.said), wanted.reason)
        return Acted(after=after, sentence="Your answer is recorded, and on its way.")

    async def _delegate(self, wanted: Wanted) -> Acted:
        """Whoever left the chat cannot be asked. That they may review, the engine judges."""
        to = text(wanted.said, "to")
        if await self.members.absent((to,)):
            raise HasLeft(name=self.rulebook.roster.name(to))
        after = await self.signoffs.delegate(wanted.click, to, wanted.reason)
        name = self.rulebook.roster.name(to)
        return Acted(after=after, sentence=f"{name} is asked now. You may still decide yourself.")

    async def _withdraw(self, wanted: Wanted) -> Acted:
        check_took_part(wanted.signoff, wanted.person.id)
        check_says_why(wanted.reason)
        after = await self.signoffs.withdraw(wanted.click, wanted.reason)
        return Acted(after=after, sentence="It is withdrawn.")

    async def _renew(self, wanted: Wanted) -> Acted:
        """A pipeline that ended its run could not use our yes any more."""
        check_took_part(wanted.signoff, wanted.person.id)
        if not self.reopens(wanted.signoff.change.connection):
            raise RunIsOver
        again = await self.signoffs.renew(wanted.signoff, by=wanted.person.id)
        return Acted(after=again, sentence=f"It is asked again, as {again.id}.")

    async def _declare(self, wanted: Wanted) -> Acted:
        assisted = wanted.said.get("assisted")
        if not isinstance(assisted, bool):
            raise Malformed("assisted is neither true nor false")
        after = await self.signoffs.declare(wanted.click, assisted=assisted)
        helped = "AI helped" if assisted else "AI did not help"
        return Acted(after=after, sentence=f"Recorded: {helped} to make this revision.")


def routes(given: Given) -> Routes:
    acting = Acting(
        board=given.board,
        signoffs=given.signoffs,
        rulebook=given.rulebook,
        members=given.members,
        reopens=given.reopens,
        steps_up=given.steps_up,
    )
    return (post("/signoffs/{id}/{deed}", acting.post),)

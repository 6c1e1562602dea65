"""What do all listeners work with?"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.api import SlackApi, SlackRefused
from bot.chat.slack.errands import Errands
from bot.chat.slack.modals import notice
from bot.chat.slack.people import Clicker, People
from bot.chat.slack.presses import Place, Subject, Submission
from bot.chat.slack.richtext import Block
from bot.chat.slack.whisper import Whisper
from bot.clock import Clock
from bot.domain.errors import ChatUnreachable, Refusal, UnknownSignoff
from bot.domain.people import Person, Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import harmless
from bot.engine.board import Board
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.ports import Unreachable

log = logging.getLogger(__name__)

FORM_WITHIN = 2.0
"""Seconds: a trigger is good for three."""

NO_FORM = "Slack did not open the form just now, so nothing was recorded. Please press again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    api: SlackApi
    people: People
    whisper: Whisper
    errands: Errands
    board: Board
    signoffs: Signoffs
    rulebook: Rulebook
    clock: Clock

    @property
    def roster(self) -> Roster:
        return self.rulebook.roster

    async def person(self, clicker: Clicker) -> Person:
        return await self.people.person(clicker)

    async def find(self, subject: Subject) -> Signoff:
        signoff = await self.board.signoff(subject.signoff_id)
        if signoff is None:
            raise UnknownSignoff(name=harmless(subject.signoff_id, 60))
        return signoff

    async def absent(self, signoff: Signoff) -> frozenset[str]:
        """Who reviewed before, and is no member of the workspace any more. Raises ChatUnreachable."""
        ids = dict.fromkeys(review.person for review in signoff.reviews)
        earlier = [self.roster.people[id] for id in ids if id in self.roster.people]
        members = await asyncio.gather(*(self.people.is_member(p.slack) for p in earlier))
        return frozenset(p.id for p, there in zip(earlier, members, strict=True) if not there)

    def check_worth_a_form(self, signoff: Signoff, subject: Subject, person: Person) -> None:
        """Spare people a form that cannot count. What counts is only decided when it is sent."""
        refusal = self.rulebook.refusal(signoff, person.id, subject.revision, subject.policy_digest)
        if refusal:
            raise refusal

    def tell(self, place: Place, sentence: str) -> None:
        """In private, once Slack has its answer."""
        self.errands.run("whisper", self.whisper.say(place, sentence))

    async def show(self, place: Place, view: Block) -> None:
        """A modal; on top of the one in which something was pressed."""
        method = "views.push" if place.in_modal else "views.open"
        try:
            await self.api.call(method, within=FORM_WITHIN, trigger_id=place.trigger_id, view=view)
        except (SlackRefused, Unreachable) as problem:
            log.warning("no form: %s", problem)
            self.tell(place, NO_FORM)

    async def refuse(self, ack: AsyncAck, form: Submission, refusal: Refusal) -> None:
        """What may work in a minute leaves the form open, so that no words are lost."""
        if isinstance(refusal, ChatUnreachable) and form.blocks:
            await ack(response_action="errors", errors={form.blocks[0]: refusal.sentence})
            return
        view = notice("Not recorded", refusal.sentence)
        await ack(response_action="update", view=view)

    def who_may(self, signoff: Signoff) -> list[str]:
        return [person.name for person in self.rulebook.who_may(signoff)]

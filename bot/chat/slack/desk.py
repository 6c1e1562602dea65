"""What do all listeners work with?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.api import SlackApi, SlackRefused
from bot.chat.slack.errands import Errands
from bot.chat.slack.haste import HALF, Haste, hurry
from bot.chat.slack.modals import notice
from bot.chat.slack.people import Clicker, People
from bot.chat.slack.presses import Place, Submission
from bot.chat.slack.richtext import Block
from bot.chat.slack.subjects import Subject
from bot.chat.slack.whisper import NOT_POSSIBLE, Whisper
from bot.clock import Clock
from bot.domain.errors import Busy, ChatUnreachable, NotStored, Outdated, Refusal, UnknownSignoff
from bot.domain.people import Person, Roster
from bot.domain.quorum import check_may_take_part, check_open
from bot.domain.signoff import Signoff, Verdict
from bot.domain.spans import harmless
from bot.engine.board import Board
from bot.engine.glancing import Glancing
from bot.engine.personal import Personal
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.ports import Unreachable

log = logging.getLogger(__name__)

NO_FORM = "Slack did not open the form just now, so nothing was recorded. Please press again."

PASSING = (Busy, ChatUnreachable, NotStored, Outdated)
"""What may be over in a minute, and nothing was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`reopens` says of a connection whether its pipeline still takes a yes once it was stopped."""

    api: SlackApi
    people: People
    whisper: Whisper
    errands: Errands
    board: Board
    signoffs: Signoffs
    personal: Personal
    rulebook: Rulebook
    clock: Clock
    reopens: Callable[[str], bool] = lambda connection: True

    @property
    def roster(self) -> Roster:
        return self.rulebook.roster

    async def person(self, clicker: Clicker, haste: Haste | None = None) -> Person:
        """Who it is, looked up at this moment. Raises the Refusal that says why they may not act."""
        return await self.people.person(clicker, haste)

    async def reader(self, clicker: Clicker) -> Person:
        """Who it is, as known for a minute: for what is only read. Raises the same."""
        return await self.people.reader(clicker)

    async def find(self, subject: Subject) -> Signoff:
        signoff = await self.board.signoff(subject.signoff_id)
        if signoff is None:
            raise UnknownSignoff(name=harmless(subject.signoff_id, 60))
        return signoff

    async def absent(self, signoff: Signoff, haste: Haste | None = None) -> frozenset[str]:
        """Who reviewed before, and is no member of the workspace any more. Raises ChatUnreachable."""
        ids = dict.fromkeys(review.person for review in signoff.reviews)
        earlier = [self.roster.people[id] for id in ids if id in self.roster.people]
        within = haste or hurry(HALF)
        members = await asyncio.gather(*(self.people.is_member(p.slack, within) for p in earlier))
        return frozenset(p.id for p, there in zip(earlier, members, strict=True) if not there)

    def check_worth_a_form(
        self, signoff: Signoff, subject: Subject, person: Person, verdict: Verdict
    ) -> None:
        """Spare people a form that cannot count. What counts is only decided when it is sent."""
        revision, digest = subject.revision, subject.policy_digest
        refusal = self.rulebook.refusal(signoff, person.id, revision, digest, verdict)
        if refusal:
            raise refusal

    def check_may_take_part(self, signoff: Signoff, person: Person) -> None:
        """Raise the Refusal, explained, of who has no say in who looks at it."""
        try:
            check_may_take_part(signoff, person.id, self.roster.standing(person.id))
        except Refusal as refusal:
            raise self.rulebook.explain(refusal, signoff) from None

    def check_still_open(self, signoff: Signoff) -> None:
        """Raise AlreadyDecided, explained, unless it waits."""
        try:
            check_open(signoff)
        except Refusal as refusal:
            raise self.rulebook.explain(refusal, signoff) from None

    def tell(self, place: Place, sentence: str, title: str = NOT_POSSIBLE) -> None:
        """In private, once Slack has its answer; `title` is for where that takes a window."""
        self.errands.run("whisper", self.whisper.say(place, sentence, title))

    async def show(self, place: Place, view: Block, haste: Haste | None = None) -> bool:
        """A modal; on top of the one in which something was pressed. Whether Slack opened it."""
        method = "views.push" if place.in_modal else "views.open"
        within = (haste or hurry(HALF)).left
        try:
            await self.api.call(method, within=within, trigger_id=place.trigger_id, view=view)
        except (SlackRefused, Unreachable) as problem:
            log.warning("no form: %s", problem)
            self.tell(place, NO_FORM)
            return False
        return True

    def looked(self, signoff: Signoff, person_id: str) -> None:
        """Keep that its evidence was opened, once Slack has its answer."""
        glancing = Glancing(self.board.store)
        self.errands.run("glance", glancing.looked(signoff, person_id))

    async def refuse(self, ack: AsyncAck, form: Submission, refusal: Refusal) -> None:
        """What may work in a minute leaves the form open, so that no words are lost."""
        if isinstance(refusal, PASSING) and form.blocks:
            await ack(response_action="errors", errors={form.blocks[0]: refusal.sentence})
            return
        view = notice("Not recorded", refusal.sentence)
        await ack(response_action="update", view=view)

    def who_may(self, signoff: Signoff) -> list[str]:
        return [person.name for person in self.rulebook.who_may(signoff)]

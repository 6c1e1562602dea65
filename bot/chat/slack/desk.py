"""What do all listeners work with?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.chat.slack.api import SlackApi
from bot.chat.slack.errands import Errands
from bot.chat.slack.people import Clicker, People
from bot.chat.slack.presses import Subject
from bot.chat.slack.whisper import Whisper
from bot.clock import Clock
from bot.domain.errors import UnknownSignoff
from bot.domain.people import Person, Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import harmless
from bot.engine.board import Board
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs


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

    def who_may(self, signoff: Signoff) -> list[str]:
        return [person.name for person in self.rulebook.who_may(signoff)]

"""What do all listeners work with?"""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.slack.api import SlackApi
from bot.chat.slack.errands import Errands
from bot.chat.slack.people import Clicker, People
from bot.chat.slack.presses import Subject
from bot.chat.slack.whisper import Whisper
from bot.clock import Clock
from bot.domain.errors import (
    AlreadyDecided,
    NotAReviewer,
    OwnChange,
    PolicyChanged,
    Refusal,
    StaleRevision,
    UnknownSignoff,
)
from bot.domain.people import Person, Roster
from bot.domain.quorum import is_eligible, wanted
from bot.domain.signoff import Signoff, Status
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

    def check_worth_a_form(self, signoff: Signoff, subject: Subject, person: Person) -> None:
        """Spare people a form that cannot count. What counts is only decided when it is sent."""
        if signoff.status.is_final:
            raise self._and_who_did(AlreadyDecided(status=signoff.status.value), signoff)
        if person.id in signoff.contributors.people:
            raise self._and_who_may(OwnChange(), signoff)
        if not is_eligible(signoff, self.roster.standing(person.id)):
            raise self._and_who_may(NotAReviewer(wanted=wanted(signoff)), signoff)
        if subject.revision != signoff.change.revision:
            raise StaleRevision
        if subject.policy_digest != signoff.requirement.policy_digest:
            raise PolicyChanged

    def who_may(self, signoff: Signoff) -> list[str]:
        return [person.name for person in self.rulebook.who_may(signoff)]

    def _and_who_did(self, refusal: Refusal, signoff: Signoff) -> Refusal:
        if signoff.status in (Status.APPROVED, Status.REJECTED):
            refusal.add_note(f"{self.roster.name(signoff.reviews[-1].person)} decided it.")
        return refusal

    def _and_who_may(self, refusal: Refusal, signoff: Signoff) -> Refusal:
        names = self.who_may(signoff)
        refusal.add_note(f"{', '.join(names)} may." if names else "Nobody in the roster may.")
        return refusal

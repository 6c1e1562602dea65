"""What does a click change? Each method is a unit of work, within the transaction of its session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.dossier import said
from bot.domain.effects import ShowCard
from bot.domain.errors import (
    AlreadyDecided,
    NoSuchFinding,
    NotYours,
    OwnWord,
    Refusal,
    StaleRevision,
    UnknownPerson,
)
from bot.domain.events import Declared, Event, EvidenceSetAside, Reviewed, Withdrawn
from bot.domain.provenance import STATEMENT, Statement
from bot.domain.signoff import Review, SetAside, Signoff
from bot.engine.keeping import Keeper
from bot.engine.rulebook import Rulebook
from bot.ports import CardRef
from storage import cards, dossiers, inbox, recording
from storage.store import Session

CLICKS = "clicks"
"""The inbox's name for what people press."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """What a person pressed: `id` repeats when the chat repeats it; `on` is the card's place.

    `absent` are those who reviewed before and, as the chat says now, are no members any more.
    """

    id: str
    signoff_id: str
    person: str
    revision: str
    policy_digest: str
    on: CardRef | None = None
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks:
    """What time and policy did meanwhile is caught up with first. A Refusal is returned, not
    raised: what catching up wrote shall stay written.
    """

    keeper: Keeper
    rulebook: Rulebook

    def review(self, session: Session, click: Click, review: Review) -> Signoff | Refusal:
        if not inbox.admit(session, CLICKS, click.id, review.at):
            return self.keeper.load(session, click.signoff_id)
        signoff = self._caught_up(session, click, review.at)
        if click.on and cards.adopt(session, signoff.id, click.on):
            recording.promise(session, signoff, (ShowCard(),), review.at)
        earlier = (review.person for review in signoff.reviews)
        reviewers = (*(p for p in earlier if p not in click.absent), review.person)
        event = Reviewed(review=review, standings=self.rulebook.standings(reviewers))
        try:
            return self.keeper.record(session, signoff, event)
        except Refusal as refusal:
            inbox.forget(session, CLICKS, click.id)  # repeated, it is refused again
            return refusal  # not raised: what catching up wrote shall stay written

    def withdraw(self, session: Session, click: Click, event: Withdrawn) -> Signoff | Refusal:
        signoff = self._caught_up(session, click, event.at)
        if click.person not in signoff.contributors.people:
            return NotYours()
        return self._try(session, signoff, event)

    def declare(self, session: Session, click: Click, statement: Statement) -> Signoff | Refusal:
        """The same answer twice is one; one about an older revision is about that one."""
        signoff = self._caught_up(session, click, statement.at)
        if statement.revision != signoff.change.revision:
            return StaleRevision()
        if _last_word(signoff, statement) is statement.assisted:
            return signoff
        after = self._try(session, signoff, Declared(statement=statement))
        if isinstance(after, AlreadyDecided) and statement.assisted:
            self._keep(session, signoff, statement)  # too late here, and true of what comes next
        return self._told(session, after, statement.at)

    def set_aside(self, session: Session, click: Click, aside: SetAside) -> Signoff | Refusal:
        signoff = self._caught_up(session, click, aside.at)
        standing = self.rulebook.roster.standing(click.person)
        known = {found.id: found for found in signoff.provenance.findings}
        found = known.get(aside.finding)
        if found is None:
            return NoSuchFinding()
        if found.source == STATEMENT:
            return OwnWord()
        if any((it.finding, it.by) == (aside.finding, aside.by) for it in signoff.set_aside):
            return signoff  # the same form sent twice
        if standing is None:
            return UnknownPerson()
        after = self._try(session, signoff, EvidenceSetAside(set_aside=aside, standing=standing))
        return self._told(session, after, aside.at)

    def _told(
        self, session: Session, outcome: Signoff | Refusal, at: datetime
    ) -> Signoff | Refusal:
        """What was said stays with the change, and it is judged with it at once."""
        if isinstance(outcome, Refusal):
            return outcome
        change = outcome.change
        known = dossiers.of(session, change)
        dossiers.keep(session, change, said(known, outcome.statements, outcome.set_aside))
        return self.keeper.catch_up(session, outcome, at)

    def _keep(self, session: Session, signoff: Signoff, statement: Statement) -> None:
        if statement.person in signoff.contributors.people:
            known = dossiers.of(session, signoff.change)
            dossiers.keep(session, signoff.change, said(known, (statement,), ()))

    def _try(self, session: Session, signoff: Signoff, event: Event) -> Signoff | Refusal:
        try:
            return self.keeper.record(session, signoff, event)
        except Refusal as refusal:
            return refusal

    def _caught_up(self, session: Session, click: Click, at: datetime) -> Signoff:
        return self.keeper.catch_up(session, self.keeper.load(session, click.signoff_id), at)


def _last_word(signoff: Signoff, statement: Statement) -> bool | None:
    """What this person said last of this revision; the same again is no news."""
    own = [
        known.assisted
        for known in signoff.statements
        if (known.person, known.revision) == (statement.person, statement.revision)
    ]
    return own[-1] if own else None

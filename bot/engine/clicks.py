"""What does a click change? Each method is a unit of work, within the transaction of its session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from bot.domain.events import (
    Answered,
    Claimed,
    Declared,
    Delegated,
    Event,
    EvidenceSetAside,
    Inquired,
    Released,
    Reviewed,
    ReviewTakenBack,
    Withdrawn,
)
from bot.domain.people import Standing
from bot.domain.provenance import STATEMENT, Statement
from bot.domain.signoff import (
    BY_CLICK,
    BY_FORM,
    Assertion,
    Claim,
    Delegation,
    Review,
    SetAside,
    Signoff,
)
from bot.engine.keeping import Keeper
from bot.engine.rulebook import Rulebook
from bot.engine.stepping_up import Used, use
from bot.engine.vouching import Vouching
from bot.ports import CardRef
from storage import dossiers, glances, inbox, moment, recording, surfaces
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
class Proof:
    """How somebody showed that it is they who decide; with their key, `used` says which."""

    how: str = BY_CLICK
    assertion: Assertion | None = None
    used: Used | None = None


PRESSED, SENT = Proof(), Proof(how=BY_FORM)

Happening = Callable[[Signoff], Event]
"""What a click means for a signoff as it stands; may raise a Refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks:
    """What time and policy did meanwhile is caught up with first. A Refusal is returned, not
    raised: what catching up wrote shall stay written.
    """

    keeper: Keeper
    rulebook: Rulebook
    vouching: Vouching

    def review(
        self, session: Session, click: Click, review: Review, used: Used | None = None
    ) -> Signoff | Refusal:
        """The same click twice is one, so its key is not asked to count twice either."""

        def happening(signoff: Signoff) -> Event:
            if used and (refusal := use(session, used, self.vouching)):
                raise refusal
            earlier = (review.person for review in signoff.reviews)
            reviewers = (*(p for p in earlier if p not in click.absent), review.person)
            standings = self.rulebook.standings(reviewers)
            levels = [it.level for it in standings if it.person == review.person]
            looked_at = glances.first(session, signoff.id, review.person)
            said = replace(review, level="".join(levels), looked_at=looked_at)
            return Reviewed(review=said, standings=standings)

        return self.once(session, click, review.at, happening)

    def take_back(self, session: Session, click: Click) -> Signoff | Refusal:
        at = moment.now(session)

        def happening(signoff: Signoff) -> Event:
            approvers = signoff.settling.approvers if signoff.settling else ()
            standings = self.keeper.standings_of_members(approvers)
            return ReviewTakenBack(person=click.person, at=at, standings=standings)

        return self.once(session, click, at, happening)

    def claim(self, session: Session, click: Click) -> Signoff | Refusal:
        at, claimed_for = moment.now(session), self.rulebook.policy.claim_for

        def happening(_: Signoff) -> Event:
            claim = Claim(person=click.person, at=at, until=at + claimed_for)
            return Claimed(claim=claim, standing=self.standing(click.person))

        return self.once(session, click, at, happening)

    def release(self, session: Session, click: Click) -> Signoff | Refusal:
        at = moment.now(session)
        event = Released(person=click.person, at=at)
        return self.once(session, click, at, lambda _: event)

    def delegate(self, session: Session, click: Click, to: str, reason: str) -> Signoff | Refusal:
        at = moment.now(session)
        delegation = Delegation(by=click.person, to=to, at=at, reason=reason)
        standings = self.rulebook.standings((click.person, to))
        event = Delegated(delegation=delegation, standings=standings)
        return self.once(session, click, at, lambda _: event)

    def inquire(self, session: Session, click: Click, question: str) -> Signoff | Refusal:
        at = moment.now(session)

        def happening(_: Signoff) -> Event:
            return Inquired(standing=self.standing(click.person), question=question, at=at)

        return self.once(session, click, at, happening)

    def answer(self, session: Session, click: Click, number: int, answer: str) -> Signoff | Refusal:
        at = moment.now(session)
        event = Answered(number=number, by=click.person, answer=answer, at=at)
        return self.once(session, click, at, lambda _: event)

    def withdraw(self, session: Session, click: Click, reason: str) -> Signoff | Refusal:
        if not click.person:
            return NotYours()  # without a name it would be the pipeline's word
        event = Withdrawn(by=click.person, reason=reason, at=moment.now(session))
        return self.once(session, click, event.at, lambda _: event)

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

    def once(
        self, session: Session, click: Click, at: datetime, happening: Happening
    ) -> Signoff | Refusal:
        """The same click twice is one. One that was refused is judged anew when it is repeated."""
        if not inbox.admit(session, CLICKS, click.id, at):
            return self.keeper.load(session, click.signoff_id)
        signoff = self._caught_up(session, click, at)
        if click.on and surfaces.adopt(session, signoff.id, click.on, self._place(click), at):
            self.keeper.showing.follow(session, signoff, (ShowCard(),), at)
        try:
            return self.keeper.record(session, signoff, happening(signoff))
        except Refusal as refusal:
            inbox.forget(session, CLICKS, click.id)
            return refusal

    def _place(self, click: Click) -> str:
        """Where what was pressed hangs: what is no channel of ours is a conversation of two."""
        channel = click.on.channel if click.on else ""
        person = self.rulebook.roster.people.get(click.person)
        in_person = person is not None and channel.startswith("D")
        return f"@{person.slack}" if person and in_person else channel

    def standing(self, person: str) -> Standing:
        standing = self.rulebook.roster.standing(person)
        if standing is None:
            raise UnknownPerson
        return standing

    def _told(
        self, session: Session, outcome: Signoff | Refusal, at: datetime
    ) -> Signoff | Refusal:
        """What was said stays with the change, and it is judged with it at once."""
        if isinstance(outcome, Refusal):
            return outcome
        change = outcome.change
        known = dossiers.of(session, change)
        dossiers.keep(session, change, said(known, outcome.statements))
        recording.judged(session, outcome.id, "")
        return self.keeper.catch_up(session, outcome, at)

    def _keep(self, session: Session, signoff: Signoff, statement: Statement) -> None:
        if statement.person in signoff.contributors.people:
            known = dossiers.of(session, signoff.change)
            dossiers.keep(session, signoff.change, said(known, (statement,)))

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

"""What is one unit of work? The engine's, told in few words: the lifecycle, and what is written.

It stands for `keeping`, `clicks` and `opening`, and for the outbox. Each function is one whole
transaction of a process that was started with a book.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.effects import Attest, Effect, Remind, TellPipeline
from bot.domain.errors import Refusal, UnknownSignoff
from bot.domain.events import (
    DeadlinePassed,
    Event,
    Reported,
    Reviewed,
    ReviewTakenBack,
    Settled,
    Superseded,
    Withdrawn,
)
from bot.domain.ladder import climb, due, passed
from bot.domain.lifecycle import advance, begin
from bot.domain.signoff import DeadlineKind, Report, Review, Signoff, Verdict
from tests.faults.simulation.company import Book
from tests.faults.simulation.database import Database, Row

LEASE = timedelta(minutes=2)


class Outdated(Exception):
    """A process with a newer book has begun: this one decides nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """What somebody pressed on what they saw: `verdict` None takes back what they had said, and
    `withdraws` the whole change.
    """

    id: str
    signoff: str
    person: str
    revision: str
    policy_digest: str
    words: str
    verdict: Verdict | None
    withdraws: bool = False


@dataclass(slots=True, kw_only=True)
class Desk:
    """A process at the database, in the middle of a transaction. `clock` is its own."""

    db: Database
    book: Book
    away: frozenset[str]
    clock: datetime

    @property
    def now(self) -> datetime:
        """The time of the transaction."""
        return self.db.now

    def check_in_force(self) -> None:
        if self.db.book != self.book.number:
            raise Outdated

    def open(self, signoff_id: str, change: Change) -> Signoff:
        """A change told twice is the signoff already there."""
        self.check_in_force()
        if known := self.db.keys.get(change.key):
            return self.db.signoffs[known]
        for older in self._older(change):
            signoff = self.catch_up(older)
            if not signoff.status.is_final:
                self.record(signoff, Superseded(by=signoff_id, at=self.now))
        event = self.book.judge(signoff_id, change, self.now)
        invited = self.book.invited(begin(event).signoff, self.away)
        event = replace(event, invited=invited)
        step = begin(event)
        self.db.put(self.db.keys, change.key, signoff_id)
        self._keep(step.signoff, event, step.effects)
        return step.signoff

    def click(self, click: Click) -> Signoff | Refusal:
        """The same click twice is one; one that was refused is judged anew when it is repeated."""
        self.check_in_force()
        if click.id in self.db.clicks:
            return self.load(click.signoff)
        self.db.put(self.db.clicks, click.id, self.now)
        signoff = self.catch_up(self.load(click.signoff))
        try:
            return self.record(signoff, self._meant(signoff, click))
        except Refusal as refusal:
            self.db.put(self.db.clicks, click.id, None)
            return refusal

    def pass_time(self, signoff_id: str) -> Signoff:
        """What is due is done, whoever looked for it and however long ago."""
        self.check_in_force()
        return self.catch_up(self.load(signoff_id))

    def catch_up(self, signoff: Signoff) -> Signoff:
        """With what policy and time did since somebody last looked."""
        if signoff.status.is_final:
            return signoff
        if self.db.judged[signoff.id] != self.book.number:
            self.db.put(self.db.judged, signoff.id, self.book.number)
            if event := self.book.reassess(signoff, self.now):
                signoff = self.record(signoff, event)
        for happens in (self._settled, self._passed):
            if not signoff.status.is_final and (happened := happens(signoff)):
                signoff = self.record(signoff, happened)
        return signoff

    def load(self, signoff_id: str) -> Signoff:
        if signoff_id not in self.db.signoffs:
            raise UnknownSignoff(name=signoff_id)
        return self.db.signoffs[signoff_id]

    def record(self, signoff: Signoff, event: Event) -> Signoff:
        """State, audit entry and outbox."""
        step = advance(signoff, event)
        self._keep(step.signoff, event, step.effects)
        return step.signoff

    def claim(self, most: int = 4) -> list[Row]:
        """Take what is due, until the lease ends."""
        free = [it for it in self.db.outbox.values() if it.due and it.due <= self.now]
        return [self._lease(row) for row in free[:most]]

    def complete(self, row: Row, report: Report | None) -> bool:
        """It is carried out. False: somebody else has taken it since, and says so."""
        if not self._is_ours(row):
            return False
        self.db.put(self.db.outbox, row.id, None)
        if report is None:
            self.db.put(self.db.attested, row.signoff, self.now)
        else:
            self.record(self.load(row.signoff), Reported(report=report))
        return True

    def put_off(self, row: Row, at: datetime | None, report: Report) -> bool:
        """It is tried again then; None: it is parked, where people see it."""
        if not self._is_ours(row):
            return False
        later = replace(row, attempts=row.attempts + 1, leased_until=None)
        if at is not None:
            self.db.put(self.db.outbox, row.id, replace(later, due_at=at))
            return True
        self.db.put(self.db.outbox, row.id, replace(later, parked=True))
        self.record(self.load(row.signoff), Reported(report=report))
        return True

    def retry_parked(self) -> None:
        """By hand."""
        for row in [it for it in self.db.outbox.values() if it.parked]:
            anew = replace(row, parked=False, since=self.now, due_at=self.now)
            self.db.put(self.db.outbox, row.id, anew)

    def _is_ours(self, row: Row) -> bool:
        there = self.db.outbox.get(row.id)
        return there is not None and there.lease == row.lease

    def _lease(self, row: Row) -> Row:
        mine = replace(row, leased_until=self.now + LEASE, lease=row.lease + 1)
        self.db.put(self.db.outbox, row.id, mine)
        return mine

    def _older(self, change: Change) -> Iterator[Signoff]:
        """What waits for the same place."""
        return (it for it in self.db.pending if it.change.environment == change.environment)

    def _meant(self, signoff: Signoff, click: Click) -> Event:
        if click.withdraws:
            return Withdrawn(by=click.person, reason=click.words, at=self.now)
        if click.verdict is None:
            approvers = signoff.settling.approvers if signoff.settling else ()
            standings = self.book.standings(*approvers)
            return ReviewTakenBack(person=click.person, at=self.now, standings=standings)
        review = Review(
            person=click.person,
            verdict=click.verdict,
            at=self.now,
            revision=click.revision,
            policy_digest=click.policy_digest,
            reason=click.words,
        )
        who = (*(earlier.person for earlier in signoff.reviews), click.person)
        return Reviewed(review=review, standings=self.book.standings(*who))

    def _settled(self, signoff: Signoff) -> Settled | None:
        """An approval in time counts, however late somebody looks at it."""
        settling = signoff.settling
        if settling is None or settling.until > self.now:
            return None
        if signoff.expires_at is not None and signoff.expires_at < settling.until:
            return None
        return Settled(standings=self.book.standings(*settling.approvers), at=self.now)

    def _passed(self, signoff: Signoff) -> DeadlinePassed | None:
        news, kinds = climb(signoff, self.now), [it.kind for it in due(signoff, self.now)]
        if not kinds:
            return None
        widens = news.invites and DeadlineKind.EXPIRE not in kinds
        behind = passed(signoff, self.now)
        invited = self.book.invited(behind, self.away) if widens else ()
        return DeadlinePassed(at=self.now, invited=invited)

    def _keep(self, signoff: Signoff, event: Event, effects: tuple[Effect, ...]) -> None:
        self.db.put(self.db.signoffs, signoff.id, signoff)
        if signoff.id not in self.db.judged:
            self.db.put(self.db.judged, signoff.id, self.book.number)
        self.db.append(event, signoff.id)
        if signoff.status.is_final:
            self.db.forget_reminders(signoff.id)
        for effect in effects:
            match effect:
                case TellPipeline() | Attest():
                    self.db.promise(signoff.id, effect)
                case Remind():
                    self.db.remind(signoff.id)
                case _:
                    pass  # what is shown is another story: tests/engine/test_truth.py

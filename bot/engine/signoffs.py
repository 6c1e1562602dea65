"""Who can ask for it? What may be asked of a signoff: every public method is one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot import logs
from bot.clock import Clock
from bot.domain.change import Change
from bot.domain.effects import ShowCard
from bot.domain.errors import (
    NotYours,
    Refusal,
    UnknownSignoff,
)
from bot.domain.events import (
    DeadlinePassed,
    Event,
    Opened,
    Reported,
    Reviewed,
    Superseded,
    Withdrawn,
)
from bot.domain.lifecycle import advance, begin
from bot.domain.signoff import Report, Review, Signoff, Verdict
from bot.engine.bell import Bell
from bot.engine.rulebook import Rulebook
from bot.ports import CardRef, Closed
from storage import cards, inbox, outbox, reading, recording
from storage.documents import digest_of_change
from storage.store import Session, Store

log = logging.getLogger(__name__)

CLICKS = "clicks"
"""The inbox's name for what people press."""


class KeyReused(Exception):
    """The connection told us of another change under the same key before."""

    def __init__(self, signoff: Signoff) -> None:
        super().__init__(signoff.id)
        self.signoff = signoff


LONG_TEXT = 20_000
"""Characters; a longer text is judged in a thread of its own."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The signoff of a change, whether it is `new`, and those that it superseded."""

    signoff: Signoff
    new: bool
    superseded: tuple[str, ...] = ()


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
class Signoffs:
    store: Store
    rulebook: Rulebook
    clock: Clock
    new_id: Callable[[], str]
    bell: Bell
    keep_older: frozenset[str] = field(default_factory=frozenset)
    """Connections whose newer changes do not supersede older ones."""
    stuck: set[str] = field(default_factory=set)
    """Signoffs that time or policy could not be applied to; they do not hold up the others."""

    async def open(self, change: Change) -> Opening:
        """Start a signoff; a change told twice is the one already open. Raises KeyReused."""
        # Judged before the transaction: long texts take a while, and others want to write.
        event = await self._judge(change)
        opening = await self.store.write(lambda session: self._open(session, event))
        if opening.new:
            with logs.bind(opening.signoff.id):
                log.info("opened for %s, %s", change.key, opening.signoff.status)
            self.bell.ring(opening.signoff.id, *opening.superseded)
        return opening

    async def review(
        self, click: Click, verdict: Verdict, reason: str = "", checklist: tuple[str, ...] = ()
    ) -> Signoff:
        """Count a person's review; the same click twice is one. Raises the Refusal that says why not."""
        review = Review(
            person=click.person,
            verdict=verdict,
            at=self.clock(),
            revision=click.revision,
            policy_digest=click.policy_digest,
            reason=reason,
            checklist=checklist,
        )
        return await self._settle(lambda session: self._review(session, click, review), click)

    async def withdraw(self, click: Click, reason: str) -> Signoff:
        """Take a pending signoff back; only a contributor may."""
        at = self.clock()
        return await self._settle(lambda s: self._withdraw(s, click, reason, at), click)

    async def pass_deadlines(self) -> int:
        """Act on every deadline that has passed, the longest overdue first; how many signoffs."""
        now, total, before = self.clock(), 0, list[str]()
        while due := await self.store.read(lambda s: reading.due(s, now, without=self.stuck)):
            if due == before:  # a row that contradicts its document would keep us here for ever
                log.error("still due after their deadlines were passed: %s", ", ".join(due))
                self.stuck.update(due)
            for signoff_id in due:
                await self._catch_up_alone(signoff_id, now)
            total, before = total + len(due), list(due)
        return total

    async def reassess_pending(self) -> None:
        """After a start: what another policy judged is judged anew."""
        now = self.clock()
        for signoff_id in await self.store.read(reading.pending_ids):
            await self._catch_up_alone(signoff_id, now)
        self.bell.ring()

    async def _catch_up_alone(self, signoff_id: str, now: datetime) -> None:
        try:
            await self.store.write(partial(self._pass, signoff_id=signoff_id, now=now))
        except Closed:
            raise
        except Exception:  # one that cannot be read must not stop the clock of all others
            log.exception("cannot apply time and policy to %s", signoff_id)
            self.stuck.add(signoff_id)
        self.bell.ring(signoff_id)

    async def reported(self, item: outbox.Item, report: Report | None) -> None:
        """The pipeline took our answer: the effect is carried out. None: it had no address."""
        await self.store.write(lambda session: self._reported(session, item, report))
        self.bell.ring(item.signoff_id)

    async def refused(self, item: outbox.Item, report: Report) -> None:
        """The pipeline did not take our answer for good: parked, where people see it."""
        await self.store.write(lambda session: self._refused(session, item, report))
        self.bell.ring(item.signoff_id)

    async def _judge(self, change: Change) -> Opened:
        judge = partial(self.rulebook.judge, self.new_id(), change, self.clock())
        if _length(change) > LONG_TEXT:
            return await asyncio.to_thread(judge)
        return judge()

    def _open(self, session: Session, event: Opened) -> Opening:
        change = event.change
        before = reading.before(session, change)
        if before.known:
            if before.digest != digest_of_change(change):
                raise KeyReused(before.known)
            return Opening(before.known, new=False)
        older = () if change.connection in self.keep_older else before.older
        for signoff in older:
            self._record(session, signoff, Superseded(by=event.signoff_id, at=event.at))
        step = begin(event)
        recording.insert(session, event, step)
        return Opening(step.signoff, new=True, superseded=tuple(o.id for o in older))

    def _review(self, session: Session, click: Click, review: Review) -> Signoff | Refusal:
        if not inbox.admit(session, CLICKS, click.id, review.at):
            return self._load(session, click.signoff_id)
        signoff = self._catch_up(session, self._load(session, click.signoff_id), review.at)
        if click.on and cards.adopt(session, signoff.id, click.on):
            recording.promise(session, signoff, (ShowCard(),), review.at)
        earlier = (review.person for review in signoff.reviews)
        reviewers = (*(p for p in earlier if p not in click.absent), review.person)
        event = Reviewed(review=review, standings=self.rulebook.standings(reviewers))
        try:
            return self._record(session, signoff, event)
        except Refusal as refusal:
            inbox.forget(session, CLICKS, click.id)  # repeated, it is refused again
            return refusal  # not raised: what catching up wrote shall stay written

    def _withdraw(
        self, session: Session, click: Click, reason: str, at: datetime
    ) -> Signoff | Refusal:
        signoff = self._catch_up(session, self._load(session, click.signoff_id), at)
        if click.person not in signoff.contributors.people:
            return NotYours()
        try:
            return self._record(session, signoff, Withdrawn(by=click.person, reason=reason, at=at))
        except Refusal as refusal:
            return refusal

    def _pass(self, session: Session, signoff_id: str, now: datetime) -> None:
        self._catch_up(session, self._load(session, signoff_id), now)

    def _reported(self, session: Session, item: outbox.Item, report: Report | None) -> None:
        outbox.complete(session, item)
        if report:
            self._record(session, self._load(session, item.signoff_id), Reported(report=report))

    def _refused(self, session: Session, item: outbox.Item, report: Report) -> None:
        outbox.park(session, item, report.detail)
        self._record(session, self._load(session, item.signoff_id), Reported(report=report))

    def _load(self, session: Session, signoff_id: str) -> Signoff:
        signoff = reading.signoff(session, signoff_id)
        if signoff is None:
            raise UnknownSignoff(name=signoff_id)
        return signoff

    def _catch_up(self, session: Session, signoff: Signoff, now: datetime) -> Signoff:
        """What time and policy did since we last looked comes before what a person does now."""
        if signoff.status.is_final:
            return signoff
        if reassessed := self.rulebook.reassess(signoff, now):
            signoff = self._record(session, signoff, reassessed)
        if signoff.next_due is not None and signoff.next_due <= now:
            signoff = self._record(session, signoff, DeadlinePassed(at=now))
        return signoff

    def _record(self, session: Session, signoff: Signoff, event: Event) -> Signoff:
        step = advance(signoff, event)
        recording.update(session, event, step)
        return step.signoff

    async def _settle(self, unit: Callable[[Session], Signoff | Refusal], click: Click) -> Signoff:
        outcome = await self.store.write(unit)
        refused = type(outcome).__name__ if isinstance(outcome, Refusal) else ""
        with logs.bind(click.signoff_id):
            log.info("click of %s: %s", click.person, refused or "counted")
        self.bell.ring(click.signoff_id)
        if isinstance(outcome, Refusal):
            signoff = await self.store.read(lambda session: self._load(session, click.signoff_id))
            raise self.rulebook.explain(outcome, signoff)
        return outcome


def _length(change: Change) -> int:
    return len(change.description) + sum(len(commit.message) for commit in change.commits)

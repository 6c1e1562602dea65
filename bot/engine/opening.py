"""How does a change become a signoff? Judged with all that is known of it, and of whom it is asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.domain import dossier as dossier_of
from bot.domain.carrying import carried, restated, since
from bot.domain.change import Change
from bot.domain.dossier import Dossier, Told
from bot.domain.errors import (
    NewerWaits,
    NewerWentOn,
    NotTold,
    Outdated,
    Refusal,
    TooManyWait,
)
from bot.domain.events import Opened, Renewed
from bot.domain.facts import NEVER_DRAWN
from bot.domain.lifecycle import begin
from bot.domain.quorum import asks_nobody
from bot.domain.risk.diffs import whole_digest
from bot.domain.signoff import Signoff, Status
from bot.domain.speaking import decided_for, standing
from bot.domain.unshipped import Stating, is_unvouched, line_of, together
from bot.engine.beside import Beside
from bot.engine.circumstances import Circumstances
from bot.engine.inviting import Inviting
from bot.engine.keeping import Keeper
from bot.engine.knowing import Known, known
from bot.engine.rulebook import Rulebook
from storage import crowding, dossiers, moment, places, reading, recording
from storage.documents import digest_of_change
from storage.store import Session

log = logging.getLogger(__name__)

NO_LIMIT = 1_000_000

LONG_TEXT = 20_000
"""Characters; a longer text is judged in a thread of its own."""

A_MOMENT = timedelta(seconds=10)
"""It is judged before its turn comes. If that is longer ago, or our clock was wrong, it is done anew."""

MANY = 100
"""Commits and files together; more are judged in a thread of their own."""


class KeyReused(Exception):
    """The connection told us of another change under the same key before."""

    def __init__(self, signoff: Signoff) -> None:
        super().__init__(signoff.id)
        self.signoff = signoff


@dataclass(frozen=True, slots=True)
class Opening:
    """The signoff of a change, whether it is `new`, and those that it superseded."""

    signoff: Signoff
    new: bool
    superseded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What is asked again for, as which signoff; `by` is empty for the pipeline."""

    of: str
    new_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """`judge` comes before any transaction; the others are units of work within one."""

    keeper: Keeper
    rulebook: Rulebook
    inviting: Inviting
    circumstances: Circumstances
    clock: Clock
    new_id: Callable[[], str]
    new_draw: Callable[[], int]
    most: int = NO_LIMIT
    stating: Stating = field(default_factory=dict)

    @property
    def beside(self) -> Beside:
        return Beside(keeper=self.keeper, roster=self.rulebook.roster)

    async def judge(self, change: Change, known: Known) -> Opened:
        """Before any transaction: what takes long must keep neither writers nor the loop waiting."""
        draw = known.dossier.draw
        draw = self.new_draw() if draw is None else draw
        judge = partial(self._judged, self.new_id(), change, self.clock(), known, draw)
        if _is_large(change, known):
            return await asyncio.to_thread(judge)
        return judge()

    def open(
        self,
        session: Session,
        change: Change,
        event: Opened,
        judged_with: Known,
        *,
        keep_older: bool = False,
        as_it_is: bool = False,
    ) -> Opening:
        """A `change`, judged as `event` says. Told twice it is the signoff already there, and so it is
        if somebody else proposed the same. `as_it_is`: nothing newer of it was told of.

        Raises KeyReused.
        """
        before, as_it_is = reading.before(session, change), as_it_is and change.by_lineage
        if as_it_is or not before.known:
            others = before.older if as_it_is and not keep_older else ()
            if joined := self._joined(session, event, others, as_it_is=as_it_is):
                return joined
        if before.known and as_it_is:  # it was given up, or gave way to what is no more
            change, event = _named_anew(change, event)
            before = reading.before(session, change)
        told_as = digest_of_change(change)
        if before.known:
            if before.digest != told_as and before.known.change != change:
                raise KeyReused(before.known)
            return Opening(before.known, new=False)
        now = moment.now(session)
        older = () if keep_older else before.older
        superseded = self.beside.supersede(session, change, older, event.signoff_id)
        is_known = known(session, change, keep_older=keep_older)
        late = abs(now - event.at) > A_MOMENT
        if late or not is_known.same_as(judged_with):  # or another revision was pushed meanwhile
            draw = event.draw if is_known.dossier.draw is None else is_known.dossier.draw
            event = self._judged(event.signoff_id, change, now, is_known, draw)
        opened = self._begin(session, event, is_known.everything, told_as)
        return Opening(opened, new=True, superseded=superseded)

    def renew(
        self, session: Session, renewal: Renewal, *, keep_older: bool = False
    ) -> Signoff | Refusal:
        """Ask again for what expired, as another signoff, with all that was known of it."""
        at = moment.now(session)
        found = self.keeper.load(session, renewal.of)
        expired = self.keeper.catch_up(session, found, at)
        if expired.renewed_as and not renewal.by:  # pipelines ask more than once
            return self.keeper.load(session, expired.renewed_as)
        try:
            if not keep_older:
                _check_newest(session, expired)
            if expired.status is Status.EXPIRED and not _was_told(expired):
                raise NotTold
            event = Renewed(renewed_as=renewal.new_id, by=renewal.by, at=at)
            self.keeper.record(session, expired, event)
        except Refusal as refusal:
            return refusal
        is_known = known(session, expired.change, keep_older=True)
        dossier = _all_known(is_known.everything, expired)
        if expired.along:
            dossier = dossier_of.grown(dossier, expired.provenance, expired.contributors)
        judged = self.rulebook.judge(
            renewal.new_id, expired.change, at, dossier, expired.draw, expired.set_aside
        )
        mine = (expired.id, *expired.along)
        left = (*is_known.unshipped.ids, *is_known.unshipped.apart)
        opened = replace(
            judged,
            renews=expired.id,
            renewal=expired.renewal + 1,
            along=expired.along,
            apart=tuple(id for id in left if id not in mine),
        )
        told_as = reading.told_as(session, expired.id)
        return self._begin(session, opened, dossier, told_as)

    def see(self, session: Session, event: Opened) -> tuple[str, ...]:
        """Remember what a revision shows; the signoffs that now know more."""
        change = event.change
        self.beside.learn(session, event)
        touched = reading.pending_of(session, change)
        for signoff in touched:
            self.keeper.catch_up(session, signoff, moment.now(session))
        return tuple(signoff.id for signoff in touched)

    def _joined(
        self, session: Session, event: Opened, others: Iterable[Signoff], *, as_it_is: bool
    ) -> Opening | None:
        """Where it was said or is being asked already, by whomever; `others` wait there."""
        change = event.change
        there, now = reading.at_place(session, change), moment.now(session)
        look = standing if as_it_is else decided_for
        found = look(change, there, now)
        if found is None:
            return None
        self.beside.learn(session, event)  # who proposes it has a part in it from now on
        others = [it for it in others if it.id != found.id]
        superseded = self.beside.supersede(session, change, others, found.id)
        return Opening(found, new=False, superseded=superseded)

    def _judged(
        self, signoff_id: str, change: Change, at: datetime, known: Known, draw: int
    ) -> Opened:
        """With what goes along with it."""
        unshipped = known.unshipped
        whole = together(change, unshipped)
        event = self.rulebook.judge(signoff_id, whole, at, known.everything, draw)
        return replace(event, along=unshipped.ids, apart=unshipped.apart)

    def _begin(self, session: Session, event: Opened, dossier: Dossier, told_as: str) -> Signoff:
        """Write the new signoff, and what its dossier learns from it. Raises Outdated, TooManyWait."""
        if not self.keeper.is_current(session):
            raise Outdated
        event = self._after(session, event, dossier)
        event = self._with_invitations(session, event)
        event = replace(event, unvouched=is_unvouched(event.change, self.stating))
        step = begin(event)
        if not step.signoff.status.is_final:
            self._check_room(session, event.change)
        self._remember(session, event, dossier)
        recording.insert(session, event, step, judged_by=self.rulebook.digest, told_as=told_as)
        self.keeper.showing.follow(session, step.signoff, step.effects, event.at)
        self.keeper.publishing.follow(session, event, step.signoff)
        return step.signoff

    def _check_room(self, session: Session, change: Change) -> None:
        """What it superseded has made room by now. Raises TooManyWait, and nothing is recorded."""
        if crowding.waiting_at_most(session, change, self.most) < self.most:
            return
        if not self._has_held_place(session, change):
            log.warning("%s of %s wait, so no more are taken", self.most, change.repository)
            raise TooManyWait(most=str(self.most), repository=change.repository)

    def _has_held_place(self, session: Session, change: Change) -> bool:
        """Beyond those there are half as many places for each environment that nobody invents: a
        rule spells it, or something went on there. So what fills all others keeps no fix waiting.
        """
        spelt = self.rulebook.policy.spells(change.environment)
        if not spelt and not places.went_on(session, change.connection, line_of(change)):
            return False
        held = self.most // 2
        return crowding.waiting_there_at_most(session, change, held) < held

    def _after(self, session: Session, event: Opened, dossier: Dossier) -> Opened:
        """With what the revision before it leaves to it, if there was one."""
        change, last = event.change, dossier.last_told(event.change.environment)
        before = reading.signoff(session, last.signoff_id) if last else None
        if before is None or before.change.revision == change.revision:
            return event
        told = since(before, change, self.rulebook.roster)
        event = replace(event, since=told)
        if not told.identical:
            return event
        again = replace(dossier, statements=(*event.statements, *restated(before, change)))
        judged = self.rulebook.judge(event.signoff_id, change, event.at, again, event.draw)
        event = replace(
            judged,
            since=told,
            renews=event.renews,
            renewal=event.renewal,
            along=event.along,
            apart=event.apart,
        )
        if dossier.was_told(change.revision, change.environment):
            return event  # it goes back behind what was approved since
        kept = carried(
            before,
            change,
            event.requirement,
            event.contributors,
            event.risk,
            event.at,
            is_member=self.circumstances.is_member,
        )
        standings = self.rulebook.standings(review.person for review in kept)
        return replace(event, carried=kept, standings=standings)

    def _with_invitations(self, session: Session, event: Opened) -> Opened:
        if event.requirement.shadow or asks_nobody(event.requirement):
            return event
        invited = self.inviting.first(
            session, event.change, event.requirement, event.contributors, event.at
        )
        return replace(event, invited=invited)

    def _remember(self, session: Session, event: Opened, dossier: Dossier) -> None:
        change = event.change
        entry = Told(
            signoff_id=event.signoff_id,
            environment=change.environment,
            revision=change.revision,
            digest=whole_digest(change),
        )
        seen = dossier_of.grown(dossier, event.provenance, event.contributors)
        drawn = replace(seen, draw=event.draw if event.draw != NEVER_DRAWN else seen.draw)
        said = dossier_of.said(drawn, event.statements)
        dossiers.keep(session, change, dossier_of.told(said, entry))
        if change.by_lineage:
            self.beside.share(session, event)


def _named_anew(change: Change, event: Opened) -> tuple[Change, Opened]:
    """Its key is that of a signoff which is over."""
    key = f"{change.key}/{event.signoff_id}"
    return replace(change, key=key), replace(event, change=replace(event.change, key=key))


def _is_large(change: Change, known: Known) -> bool:
    if known.unshipped.along:
        return True
    text = len(change.description) + sum(len(commit.message) for commit in change.commits)
    entries = len(change.commits) + len(change.files) + len(change.owners or ())
    return text > LONG_TEXT or entries > MANY or bool(change.policies)


def _all_known(dossier: Dossier, expired: Signoff) -> Dossier:
    """What was said of it, and who had a part, is not forgotten because time ran out."""
    people = dossier.contributors.people | expired.contributors.people
    return replace(
        dossier,
        statements=tuple(dict.fromkeys((*dossier.statements, *expired.statements))),
        contributors=replace(dossier.contributors, people=people),
    )


def _check_newest(session: Session, expired: Signoff) -> None:
    """Raises the Refusal that says which change is newer: asked again, this would undo it."""
    older = reading.before(session, expired.change).older
    if waiting := [it for it in older if it.change.supersedes(expired.change)]:
        raise NewerWaits(signoff=waiting[0].id)
    if newer := reading.let_go_on_after(session, expired):
        raise NewerWentOn(signoff=newer)


def _was_told(expired: Signoff) -> bool:
    """Whether the pipeline knows that it expired: two answers must not overtake each other."""
    return not expired.change.reply_to or expired.report is not None

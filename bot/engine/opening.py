"""How does a change become a signoff? Judged with all that is known of it, and of whom it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from bot.clock import Clock
from bot.domain import dossier as dossier_of
from bot.domain.carrying import carried, restated, since
from bot.domain.change import Change
from bot.domain.dossier import Dossier, Told
from bot.domain.events import Opened
from bot.domain.facts import NEVER_DRAWN
from bot.domain.lifecycle import Step, begin
from bot.domain.quorum import asks_nobody
from bot.domain.risk.diffs import whole_digest
from bot.engine.circumstances import Circumstances
from bot.engine.inviting import Inviting
from bot.engine.rulebook import Rulebook
from storage import dossiers, reading, recording
from storage.store import Session

LONG_TEXT = 20_000
"""Characters; a longer text is judged in a thread of its own."""

MANY = 100
"""Commits and files together; more are judged in a thread of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    rulebook: Rulebook
    inviting: Inviting
    circumstances: Circumstances
    clock: Clock
    new_id: Callable[[], str]
    new_draw: Callable[[], int]

    async def judge(self, change: Change, dossier: Dossier) -> Opened:
        """Before any transaction: what takes long must keep neither writers nor the loop waiting."""
        draw = self.new_draw() if dossier.draw is None else dossier.draw
        judge = partial(
            self.rulebook.judge, self.new_id(), change, self.clock(), dossier=dossier, draw=draw
        )
        if _is_large(change):
            return await asyncio.to_thread(judge)
        return judge()

    def open(self, session: Session, event: Opened, judged_with: Dossier) -> Step:
        """Write the new signoff, and what its dossier learns from it."""
        change = event.change
        dossier = dossiers.of(session, change)
        if dossier != judged_with:  # another revision was pushed meanwhile
            draw = event.draw if dossier.draw is None else dossier.draw
            event = self.rulebook.judge(event.signoff_id, change, event.at, dossier, draw)
        event = self._after(session, event, dossier)
        event = self._with_invitations(session, event)
        step = begin(event)
        recording.insert(session, event, step)
        self._remember(session, event, dossier)
        return step

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
        event = self.rulebook.judge(event.signoff_id, change, event.at, again, event.draw)
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
        return replace(event, since=told, carried=kept, standings=standings)

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
        said = dossier_of.said(drawn, event.statements, event.set_aside)
        dossiers.keep(session, change, dossier_of.told(said, entry))


def _is_large(change: Change) -> bool:
    text = len(change.description) + sum(len(commit.message) for commit in change.commits)
    entries = len(change.commits) + len(change.files) + len(change.owners or ())
    return text > LONG_TEXT or entries > MANY or bool(change.policies)

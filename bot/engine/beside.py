"""What becomes of signoffs beside each other: older revisions, and others that propose the same?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain import dossier as dossier_of
from bot.domain.change import Change
from bot.domain.contributors import acting
from bot.domain.dossier import EMPTY
from bot.domain.events import Opened, Superseded
from bot.domain.people import Roster
from bot.domain.signoff import Signoff
from bot.domain.speaking import decided_for
from bot.engine.keeping import Keeper
from storage import dossiers, moment, reading
from storage.store import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Everything here runs within somebody's transaction."""

    keeper: Keeper
    roster: Roster

    def supersede(
        self, session: Session, change: Change, older: Iterable[Signoff], by: str
    ) -> tuple[str, ...]:
        """Those that give way to this change, by id."""
        return self._give_way(session, [it for it in older if change.supersedes(it.change)], by)

    def end(self, session: Session, decided: Signoff) -> tuple[str, ...]:
        """What waits for the same answer gives way to the one that was given."""
        there = reading.at_place(session, decided.change)
        found = decided_for(decided.change, there, moment.now(session))
        if found is None:
            return ()
        waiting = [it for it in there if not it.status.is_final and it.id != found.id]
        return self._give_way(session, waiting, found.id)

    def learn(self, session: Session, event: Opened) -> None:
        """What it shows is remembered, though nobody is asked because of it."""
        known = dossiers.of(session, event.change)
        grown = dossier_of.grown(known, event.provenance, event.contributors)
        dossiers.keep(session, event.change, grown)
        self.share(session, event)

    def share(self, session: Session, event: Opened) -> None:
        """What is shown of a revision counts for whoever else proposes it, and its people too.

        Except what a stranger shows of what others proposed before: anybody may copy a commit, and
        write of it what they like.
        """
        change = event.change
        if not change.lineage or not change.revision:
            return
        known = dossiers.of_revision(session, change)
        everyone = self.roster.directory.everyone
        if known is not None and not any(everyone(who) for who in acting(change)):
            return
        grown = dossier_of.grown(known or EMPTY, event.provenance, event.contributors)
        if grown != known:
            dossiers.keep_of_revision(session, change, grown)

    def _give_way(self, session: Session, older: Iterable[Signoff], by: str) -> tuple[str, ...]:
        """Unless it is too late for that."""
        at, looked_at = moment.now(session), list[str]()
        for found in older:
            signoff = self.keeper.catch_up(session, found, at)
            if not signoff.status.is_final:
                self.keeper.record(session, signoff, Superseded(by=by, at=at))
            looked_at.append(signoff.id)
        return tuple(looked_at)

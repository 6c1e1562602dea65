"""How is a signoff kept up with time and policy? What they did comes before what a person does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.asking.choosing import Seen
from bot.domain.errors import UnknownSignoff
from bot.domain.events import DeadlinePassed, Event, Reassessed, Released, Settled
from bot.domain.lifecycle import advance
from bot.domain.people import Standing
from bot.domain.signoff import Asked, DeadlineKind, Signoff
from bot.engine.circumstances import GOOD_FOR
from bot.engine.inviting import Inviting
from bot.engine.rulebook import Rulebook
from bot.engine.showing import Showing
from storage import dossiers, reading, recording
from storage.store import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Everything here runs within somebody's transaction."""

    rulebook: Rulebook
    inviting: Inviting
    showing: Showing

    def load(self, session: Session, signoff_id: str) -> Signoff:
        """Raises UnknownSignoff."""
        signoff = reading.signoff(session, signoff_id)
        if signoff is None:
            raise UnknownSignoff(name=signoff_id)
        return signoff

    def record(self, session: Session, signoff: Signoff, event: Event) -> Signoff:
        """Raises the Refusal of the lifecycle."""
        step = advance(signoff, event)
        recording.update(session, event, step)
        self.showing.follow(session, step.signoff, step.effects, event.at)
        return step.signoff

    def catch_up(self, session: Session, signoff: Signoff, now: datetime) -> Signoff:
        """With what policy, evidence and time did since we last looked."""
        if signoff.status.is_final:
            return signoff
        dossier = dossiers.of(session, signoff.change)
        if reassessed := self.rulebook.reassess(signoff, dossier, now):
            event = self._with_invitations(session, signoff, reassessed)
            signoff = self.record(session, signoff, event)
        for happens in (self._settled, self._lapsed, self._passed):
            if not signoff.status.is_final and (happened := happens(session, signoff, now)):
                signoff = self.record(session, signoff, happened)
        return signoff

    def _settled(self, session: Session, signoff: Signoff, now: datetime) -> Settled | None:
        """An approval in time counts, however late we look at it."""
        settling = signoff.settling
        if settling is None or settling.until > now:
            return None
        if signoff.expires_at is not None and signoff.expires_at < settling.until:
            return None
        late = now - settling.until > GOOD_FOR
        standings = self.standings_of_members(settling.approvers, surely=late)
        return Settled(standings=standings, at=now)

    def standings_of_members(
        self, people: Iterable[str], *, surely: bool = False
    ) -> tuple[Standing, ...]:
        """Without those of whom the chat said lately that they are no members any more; `surely`:
        only of those of whom it said that they are.
        """
        seen = self.inviting.circumstances.seen
        said = {person: seen.get(person, Seen()).member for person in people}
        there = (
            person for person, member in said.items() if member or not (surely or member is False)
        )
        return self.rulebook.standings(there)

    def _lapsed(self, session: Session, signoff: Signoff, now: datetime) -> Released | None:
        claim = signoff.claim
        if claim is None or claim.until > now:
            return None
        return Released(person=claim.person, at=now, lapsed=True)

    def _passed(self, session: Session, signoff: Signoff, now: datetime) -> DeadlinePassed | None:
        waiting = signoff.next_deadlines
        if not waiting or waiting[0].at > now:
            return None
        return DeadlinePassed(at=now, invited=self._widened(session, signoff, now))

    def _with_invitations(
        self, session: Session, signoff: Signoff, event: Reassessed
    ) -> Reassessed:
        """Beside those who were asked and still may, as many more as are needed now."""
        same = event.requirement.asks == signoff.requirement.asks
        if same and event.invited and event.invited == signoff.invited:
            return event
        anew = advance(signoff, event).signoff
        more = self._invited(session, anew, event.at, already=event.invited)
        return replace(event, invited=(*event.invited, *more))

    def _widened(self, session: Session, signoff: Signoff, now: datetime) -> tuple[Asked, ...]:
        """Whom an escalation brings in. Who may is asked again, at each of them."""
        due = {deadline.kind for deadline in signoff.next_deadlines if deadline.at <= now}
        if DeadlineKind.ESCALATE not in due or DeadlineKind.EXPIRE in due:
            return ()
        passed_on = (Asked(person=it.by) for it in signoff.delegations)
        already = (*signoff.invited, *passed_on)
        return self._invited(session, signoff, now, already=already, wider=True)

    def _invited(
        self,
        session: Session,
        signoff: Signoff,
        at: datetime,
        *,
        already: tuple[Asked, ...],
        wider: bool = False,
    ) -> tuple[Asked, ...]:
        return self.inviting.first(
            session,
            signoff.change,
            signoff.requirement,
            signoff.contributors,
            at,
            already=already,
            wider=wider or signoff.escalated,
        )

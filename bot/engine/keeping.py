"""How is a signoff kept up with time and policy? What they did comes before what a person does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.errors import UnknownSignoff
from bot.domain.events import DeadlinePassed, Event, Reassessed
from bot.domain.lifecycle import advance
from bot.domain.signoff import Asked, DeadlineKind, Signoff
from bot.engine.inviting import Inviting
from bot.engine.rulebook import Rulebook
from storage import dossiers, reading, recording
from storage.store import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Everything here runs within somebody's transaction."""

    rulebook: Rulebook
    inviting: Inviting

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
        return step.signoff

    def catch_up(self, session: Session, signoff: Signoff, now: datetime) -> Signoff:
        """With what policy, evidence and time did since we last looked."""
        if signoff.status.is_final:
            return signoff
        dossier = dossiers.of(session, signoff.change)
        if reassessed := self.rulebook.reassess(signoff, dossier, now):
            event = self._with_invitations(session, signoff, reassessed)
            signoff = self.record(session, signoff, event)
        if signoff.next_due is not None and signoff.next_due <= now:
            invited = self._widened(session, signoff, now)
            signoff = self.record(session, signoff, DeadlinePassed(at=now, invited=invited))
        return signoff

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
        waiting = signoff.requirement.deadlines[signoff.deadlines_passed :]
        due = {deadline.kind for deadline in waiting if deadline.at <= now}
        if DeadlineKind.ESCALATE not in due or DeadlineKind.EXPIRE in due:
            return ()
        return self._invited(session, signoff, now, already=signoff.invited, wider=True)

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

"""How is a signoff kept up with time and policy? What they did comes before what a person does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.asking.choosing import Seen
from bot.domain.effects import ShowCard
from bot.domain.errors import Outdated, UnknownSignoff
from bot.domain.events import (
    DeadlinePassed,
    Event,
    Reassessed,
    Released,
    Reported,
    Settled,
    Superseded,
)
from bot.domain.ladder import Climb, climb, due, passed, planned_anew
from bot.domain.lifecycle import advance
from bot.domain.people import Standing
from bot.domain.signoff import Asked, DeadlineKind, Report, Signoff, Status
from bot.domain.speaking import decided_for
from bot.engine.circumstances import GOOD_FOR
from bot.engine.inviting import Inviting
from bot.engine.publishing import SILENT, Publishing
from bot.engine.rulebook import Rulebook
from bot.engine.showing import Showing
from storage import dossiers, leaves, moment, reading, recording, rulebooks, surfaces
from storage.store import Session

WIDENED = "nobody who was asked first has decided"
ESCALATED = "nobody has decided for a while"
STANDS_IN = "somebody who was asked is away by now"
"""Why somebody is asked later than others, before what speaks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Everything here runs within somebody's transaction. `passed` are deadlines it acted on."""

    rulebook: Rulebook
    inviting: Inviting
    showing: Showing
    publishing: Publishing = SILENT
    passed: list[DeadlineKind] = field(default_factory=list)

    def load(self, session: Session, signoff_id: str) -> Signoff:
        """Raises UnknownSignoff."""
        signoff = reading.signoff(session, signoff_id)
        if signoff is None:
            raise UnknownSignoff(name=signoff_id)
        return signoff

    def is_current(self, session: Session) -> bool:
        """Whether no living process was started later with another rulebook."""
        return rulebooks.in_force(session, self.rulebook.digest)

    def keep_up(self, session: Session, signoff_id: str) -> None:
        """With time and policy, once it is known that ours is current."""
        self._kept_up(session, self.load(session, signoff_id), moment.now(session))

    def record(self, session: Session, signoff: Signoff, event: Event) -> Signoff:
        """Raises the Refusal of the lifecycle."""
        step = advance(signoff, event)
        recording.update(session, event, step)
        self.showing.follow(session, step.signoff, step.effects, event.at)
        self.publishing.follow(session, event, step.signoff)
        return step.signoff

    def note(self, session: Session, told: Sequence[tuple[str, Report]]) -> None:
        """What pipelines said to our answers about these: cards show it, and no page or list does.

        Raises UnknownSignoff.
        """
        known = reading.signoffs(session, {signoff_id for signoff_id, _ in told})
        steps = []
        for signoff_id, report in told:
            if signoff_id not in known:
                raise UnknownSignoff(name=signoff_id)
            event = Reported(report=report)
            steps.append((event, advance(known[signoff_id], event)))
            known[signoff_id] = steps[-1][1].signoff
        recording.update_all(session, steps)
        surfaces.mark_all(session, known, moment.now(session))

    def catch_up(self, session: Session, signoff: Signoff, now: datetime) -> Signoff:
        """With what policy, evidence and time did since we last looked. Raises Outdated."""
        if signoff.status.is_final:
            return signoff
        if not self.is_current(session):
            raise Outdated
        return self._kept_up(session, signoff, now)

    def _kept_up(self, session: Session, signoff: Signoff, now: datetime) -> Signoff:
        if signoff.status.is_final:
            return self._overdue(session, signoff, now)
        anew = reading.judged_by(session, signoff.id) != self.rulebook.digest
        signoff = self._judged(session, signoff, now) if anew else signoff
        was_due = bool(due(signoff, now))
        for happens in (self._outvoted, self._settled, self._lapsed, self._passed):
            if not signoff.status.is_final and (happened := happens(session, signoff, now)):
                signoff = self.record(session, signoff, happened)
        return self.stood_in(session, signoff, now) if was_due or anew else signoff

    def _overdue(self, session: Session, signoff: Signoff, now: datetime) -> Signoff:
        """Of what is over, only an override that nobody has reviewed is due for anything."""
        due_at = signoff.next_due
        if due_at is None or due_at > now:
            return signoff
        return self.record(session, signoff, DeadlinePassed(at=now))

    def _judged(self, session: Session, signoff: Signoff, now: datetime) -> Signoff:
        """By our rulebook, with all that is known. By another it may have hung elsewhere."""
        judged_by = reading.judged_by(session, signoff.id)
        dossier = dossiers.of(session, signoff.change)
        if reassessed := self.rulebook.reassess(signoff, dossier, now):
            event = self._with_invitations(session, signoff, reassessed)
            signoff = self.record(session, signoff, event)
        recording.judged(session, signoff.id, self.rulebook.digest)
        if judged_by:
            self.showing.follow(session, signoff, (ShowCard(),), now)
        return signoff

    def _outvoted(self, session: Session, signoff: Signoff, now: datetime) -> Superseded | None:
        """A no to the same commit is its answer as well: no later yes of anybody stands beside it."""
        there = reading.at_place(session, signoff.change)
        found = decided_for(signoff.change, there, now)
        if found is None or found.status is not Status.REJECTED:
            return None
        return Superseded(by=found.id, at=now)

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
        found = due(signoff, now)
        if not found:
            return None
        self.passed.extend(deadline.kind for deadline in found)
        return DeadlinePassed(at=now, invited=self._widened(session, signoff, now))

    def stood_in(self, session: Session, signoff: Signoff, now: datetime) -> Signoff:
        """With others asked for those who went on leave meanwhile, if too few are still there."""
        away = leaves.at(session, now).keys()
        if signoff.status.is_final or away.isdisjoint(signoff.asked):
            return signoff
        passed_on = (Asked(person=it.by) for it in signoff.delegations)
        found = self._invited(session, signoff, now, already=(*signoff.invited, *passed_on))
        there = tuple(_because(STANDS_IN, it) for it in found if it.person not in away)
        if not there:
            return signoff
        event = Reassessed(
            requirement=signoff.requirement,
            contributors=signoff.contributors,
            invited=(*signoff.invited, *there),
            at=now,
        )
        return self.record(session, signoff, event)

    def _with_invitations(
        self, session: Session, signoff: Signoff, event: Reassessed
    ) -> Reassessed:
        """Beside those who were asked and still may, as many more as are needed now."""
        same = event.requirement.asks == signoff.requirement.asks
        _, news = planned_anew(signoff, event.requirement, event.at)
        if same and event.invited and event.invited == signoff.invited and not news.invites:
            return event
        anew = advance(signoff, event).signoff
        more = self._asked_by(session, anew, event.at, news, already=event.invited)
        return replace(event, invited=(*event.invited, *more))

    def _widened(self, session: Session, signoff: Signoff, now: datetime) -> tuple[Asked, ...]:
        """Whom a rung of the ladder brings in. Who may is asked again, at each of them."""
        news, kinds = climb(signoff, now), [it.kind for it in due(signoff, now)]
        if not news.invites or DeadlineKind.EXPIRE in kinds:
            return ()
        passed_on = (Asked(person=it.by) for it in signoff.delegations)
        already = (*signoff.invited, *passed_on)
        return self._asked_by(session, passed(signoff, now), now, news, already=already)

    def _asked_by(
        self,
        session: Session,
        signoff: Signoff,
        at: datetime,
        news: Climb,
        *,
        already: tuple[Asked, ...],
    ) -> tuple[Asked, ...]:
        """Who is asked beside those who were, and that they are because nobody decided."""
        found = self._invited(session, signoff, at, already=already, more=news.asks_more)
        why = ESCALATED if news.escalates else WIDENED
        return tuple(_because(why, it) for it in found) if news.invites else found

    def _invited(
        self,
        session: Session,
        signoff: Signoff,
        at: datetime,
        *,
        already: tuple[Asked, ...],
        more: bool = False,
    ) -> tuple[Asked, ...]:
        return self.inviting.first(
            session,
            signoff.change,
            signoff.requirement,
            signoff.contributors,
            at,
            already=already,
            wider=signoff.escalated,
            more=more,
            without=signoff.waits_to_join,
        )


def _because(why: str, asked: Asked) -> Asked:
    return replace(asked, why=(why, *asked.why))

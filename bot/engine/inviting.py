"""Who is asked now? Few, those who may and can, with the reason why they."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.asking.choosing import Choice, Leave, Load, Situation
from bot.domain.asking.inviting import choices, familiar, rotas_of
from bot.domain.change import Change
from bot.domain.people import Contributors, Roster
from bot.domain.signoff import Asked, Requirement, Signoff
from bot.engine.circumstances import Circumstances
from storage import invitations, leaves
from storage.store import Session

LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Inviting:
    roster: Roster
    circumstances: Circumstances

    def first(
        self,
        session: Session,
        change: Change,
        requirement: Requirement,
        contributors: Contributors,
        at: datetime,
        *,
        already: tuple[Asked, ...] = (),
        wider: bool = False,
    ) -> tuple[Asked, ...]:
        """Whom to ask beside those who were asked `already`; `wider`: it has waited too long."""
        found = choices(
            requirement,
            change,
            contributors,
            self.roster,
            self._situation(session, change, requirement, at),
            already=frozenset(it.person for it in already),
            wider=wider,
        )
        new = {asked.person: asked for choice in found for asked in choice.asked}
        return tuple(new.values())

    def choices(self, session: Session, signoff: Signoff, at: datetime) -> tuple[Choice, ...]:
        """For each ask, whom one would ask now and why nobody else, as if nobody had been asked."""
        change, requirement = signoff.change, signoff.requirement
        situation = self._situation(session, change, requirement, at)
        people = signoff.contributors
        return tuple(
            choices(requirement, change, people, self.roster, situation, wider=signoff.escalated)
        )

    def _situation(
        self, session: Session, change: Change, requirement: Requirement, at: datetime
    ) -> Situation:
        ends = [deadline.at for deadline in requirement.deadlines]
        load = invitations.load(session, at - LATELY)
        away = leaves.at(session, at)
        return Situation(
            at=at,
            until=max(ends, default=None),
            load={p: Load(open=count.waiting, week=count.lately) for p, count in load.items()},
            leave={p: Leave(until=it.until, deputy=it.deputy) for p, it in away.items()},
            seen=self.circumstances.seen,
            on_call=self.circumstances.on_call(at, rotas_of(requirement, self.roster)),
            familiar=familiar(change, self.roster),
        )

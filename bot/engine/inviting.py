"""Who is asked now? Few, those who may and can, with the reason why they."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.asking.budgets import NO_BUDGETS, Budgets, day_begins
from bot.domain.asking.choosing import Choice, Leave, Load, Seen, Situation
from bot.domain.asking.inviting import choices, familiar, rotas_of
from bot.domain.change import Change
from bot.domain.people import Contributors, Roster
from bot.domain.quiet import quiet_until, working
from bot.domain.signoff import Asked, Requirement, Signoff
from bot.engine.circumstances import Circumstances
from storage import invitations, leaves, preferences
from storage.preferences import Preferences
from storage.store import Session

LATELY = timedelta(days=7)

Wishes = Mapping[str, Preferences]
"""By person; of those who ever said anything."""


@dataclass(frozen=True, slots=True)
class Inviting:
    roster: Roster
    circumstances: Circumstances
    budgets: Budgets = NO_BUDGETS

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
        more: bool = False,
        without: frozenset[str] = frozenset(),
    ) -> tuple[Asked, ...]:
        """Whom to ask beside those who were asked `already`; `more`: it has waited for a while,
        `wider`: for too long, but not long enough for the groups in `without`.
        """
        said = preferences.everybody(session)
        found = choices(
            requirement,
            change,
            contributors,
            self._as_preferred(said),
            self._situation(session, change, requirement, at, said),
            already=frozenset(it.person for it in already),
            wider=wider,
            more=more,
            without=without,
        )
        new = {asked.person: asked for choice in found for asked in choice.asked}
        return tuple(new.values())

    def choices(self, session: Session, signoff: Signoff, at: datetime) -> tuple[Choice, ...]:
        """For each ask, whom one would ask now and why nobody else, as if nobody had been asked."""
        change, requirement = signoff.change, signoff.requirement
        said = preferences.everybody(session)
        situation = self._situation(session, change, requirement, at, said)
        people, roster = signoff.contributors, self._as_preferred(said)
        return tuple(
            choices(
                requirement,
                change,
                people,
                roster,
                situation,
                wider=signoff.escalated,
                without=signoff.waits_to_join,
            )
        )

    def _as_preferred(self, said: Wishes) -> Roster:
        """Everybody with the working hours they say they have. About a millisecond for 300 people."""
        known = self.roster.people
        hours = {id: working(it.hours) for id, it in said.items() if id in known}
        own = {id: replace(known[id], hours=it) for id, it in hours.items() if it}
        return replace(self.roster, people={**known, **own}) if own else self.roster

    def _seen(self, said: Wishes, at: datetime) -> Mapping[str, Seen]:
        """What the chat said, and whoever wants their peace here is as quiet as by the chat's own."""
        seen = dict(self.circumstances.seen)
        for id in said.keys() & self.roster.people.keys():
            own = quiet_until(said[id].quiet, self.roster.people[id].timezone, at)
            known = seen.get(id, Seen())
            ends = [end for end in (own, known.quiet_until) if end]
            if own:
                seen[id] = replace(known, quiet_until=max(ends))
        return seen

    def _in_question(self, requirement: Requirement) -> set[str]:
        """Everybody whom any ask could go to."""
        asks, groups = requirement.asks, self.roster.groups
        circles = {id for ask in asks for id in ask.groups | ask.wider} & groups.keys()
        members = (member for id in circles for member in groups[id].members)
        return {*members, *(person for ask in asks for person in ask.people)}

    def _situation(
        self,
        session: Session,
        change: Change,
        requirement: Requirement,
        at: datetime,
        said: Wishes,
    ) -> Situation:
        ends = [deadline.at for deadline in requirement.deadlines]
        people = self._in_question(requirement)
        load = invitations.load(session, at - LATELY, people)
        away = leaves.at(session, at)
        return Situation(
            at=at,
            until=max(ends, default=None),
            load={p: Load(open=count.waiting, week=count.lately) for p, count in load.items()},
            leave={p: Leave(until=it.until, deputy=it.deputy) for p, it in away.items()},
            seen=self._seen(said, at),
            on_call=self.circumstances.on_call(at, rotas_of(requirement, self.roster)),
            familiar=familiar(change, self.roster),
            today=self._today(session, people, at),
            budgets=self.budgets,
        )

    def _today(self, session: Session, people: Iterable[str], at: datetime) -> Mapping[str, int]:
        """How often those were asked today who may not be asked without end; each by their own day."""
        known = self.roster.people
        limited = (id for id in people if id in known and self.budgets.of(id) is not None)
        begins = {id: day_begins(known[id], at) for id in limited}
        return invitations.since(session, begins) if begins else {}

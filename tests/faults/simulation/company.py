"""Who works there, on what, and under which rules? Few of each, so that things meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from bot.domain.change import Change
from bot.domain.conditions import When
from bot.domain.events import Opened, Reassessed
from bot.domain.people import Person, Roster, Standing
from bot.domain.policy import Policy
from bot.domain.signoff import Asked, Signoff
from bot.domain.sla import Sla, deadlines
from bot.engine.rulebook import Rulebook
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_change,
    a_group,
    a_person,
    a_policy,
    a_rule,
    hours,
    minutes,
    out_of_groups,
    with_person,
    without_person,
)

START = NOW
PLACES = ("production", "staging", "sandbox")
AUTHORS = ("jun", "jun", "ada", "kim")
PRESSERS = ("ada", "ada", "ada", "grace", "grace", "grace", "pat", "ruth", "max", "kim", "jun")

COMPANY = replace(
    ROSTER,
    people={**ROSTER.people, "max": a_person("max", "principal")},
    groups={**ROSTER.groups, "managers": a_group("managers", "max")},
)
ROSTERS = (
    COMPANY,
    COMPANY,
    without_person(COMPANY, "ada"),
    with_person(COMPANY, a_person("grace", "mid")),
    out_of_groups(COMPANY, "grace"),
    with_person(COMPANY, a_person("kim", "senior"), PAYMENTS),
    with_person(COMPANY, a_person("jun", "senior"), PAYMENTS),
    without_person(COMPANY, "pat", "grace"),
)

WITHOUT = {"ada": (2,), "grace": (3, 4, 7), "pat": (7,)}
"""In which of these they may not review any more."""

SLAS = {
    "day": Sla(escalate_to=(PLATFORM,)),
    "brief": Sla(
        remind=(minutes(10),),
        escalate=minutes(20),
        expire=minutes(45),
        escalate_to=(PLATFORM,),
    ),
    "rungs": Sla(
        remind=(minutes(10), minutes(25)),
        widen=minutes(15),
        escalate=minutes(30),
        escalate_to=(PLATFORM,),
        managers=minutes(60),
        managers_to=("managers",),
        expire=hours(2),
    ),
    "days": Sla(remind=(hours(4), hours(24)), escalate=hours(30), expire=hours(50)),
}


def _policy(
    number: int, *, sla: str, grace: timedelta = timedelta(), free: bool = False, **demand: Any
) -> Policy:
    """`free`: nobody has to sign what goes to the sandbox."""
    rules = [
        a_rule(sla=sla, sources=(PAYMENTS,), **demand),
        a_rule("staging", When(environment=("staging",)), sla="brief"),
        a_rule("sandbox", When(environment=("sandbox",)), approvals=0 if free else 1),
    ]
    return a_policy(*rules, slas=SLAS, digest=f"sha256:policy-{number}", grace=grace)


POLICIES = (
    _policy(0, sla="day"),
    _policy(1, sla="day", approvals=2, free=True),
    _policy(2, sla="days", grace=minutes(20)),
    _policy(3, sla="rungs", approvals=2, reason=True),
    _policy(4, sla="brief", approvals=2, grace=minutes(8), free=True),
)


@dataclass(frozen=True, slots=True)
class Book:
    """A roster and a policy, as a process was started with them."""

    number: tuple[int, int]
    rulebook: Rulebook

    @property
    def roster(self) -> Roster:
        return self.rulebook.roster

    @property
    def policy_digest(self) -> str:
        return self.rulebook.policy.digest

    def judge(self, signoff_id: str, change: Change, at: datetime) -> Opened:
        """As the rulebook does; what it says of changes alike is found once."""
        alike, slas = _judged(self.number, change.environment, change.author.login)
        requirement = replace(alike.requirement, deadlines=deadlines([*slas], at))
        return replace(alike, signoff_id=signoff_id, change=change, requirement=requirement, at=at)

    def reassess(self, signoff: Signoff, at: datetime) -> Reassessed | None:
        """What is asked now, if that is something else."""
        now = self.judge(signoff.id, signoff.change, signoff.opened_at)
        people = now.contributors.people | signoff.contributors.people
        who = replace(now.contributors, people=people)
        anew = replace(signoff, requirement=now.requirement, contributors=who)
        still = {person.id for person in self.who_may(anew)}
        invited = tuple(asked for asked in signoff.invited if asked.person in still)
        same = (anew.requirement, who, invited)
        if same == (signoff.requirement, signoff.contributors, signoff.invited):
            return None
        return Reassessed(
            requirement=now.requirement,
            contributors=who,
            provenance=now.provenance,
            risk=now.risk,
            invited=invited,
            at=at,
        )

    def who_may(self, signoff: Signoff) -> tuple[Person, ...]:
        return self.rulebook.who_may(signoff)

    def standings(self, *people: str) -> tuple[Standing, ...]:
        return self.rulebook.standings(people)

    def invited(self, signoff: Signoff, away: frozenset[str]) -> tuple[Asked, ...]:
        """Two who may and are there, beside those who were asked already."""
        known = {*away, *signoff.asked}
        free = [person.id for person in self.who_may(signoff) if person.id not in known]
        return tuple(Asked(person=person) for person in free[:2])


@cache
def book(roster: int, policy: int) -> Book:
    return Book((roster, policy), Rulebook(ROSTERS[roster], POLICIES[policy]))


@cache
def _judged(
    number: tuple[int, int], environment: str, author: str
) -> tuple[Opened, tuple[Sla, ...]]:
    """What is said of changes alike, and the SLA that gives its deadlines."""
    rulebook = book(*number).rulebook
    alike = rulebook.judge("alike", a_change(author, environment=environment), START)
    due = alike.requirement.deadlines
    fits = (sla for sla in (*SLAS.values(), Sla()) if deadlines([sla], START) == due)
    return alike, (next(fits),)

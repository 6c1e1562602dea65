"""What does a config of the right shape mean to the domain?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time

from bot.config import conventions, shape, shape_people
from bot.config.calendars import Calendars, calendars
from bot.config.connections import Connection, connection
from bot.config.dashboard import Dashboard, dashboard
from bot.config.digests import sha256
from bot.config.meaning_policy import policy
from bot.config.outcomes import DAY_BEFORE, Outcomes, outcomes
from bot.config.override import override
from bot.config.rotas import AnyRota, rota
from bot.config.step_up import StepUp, step_up
from bot.config.subscribers import Subscriber, subscriber
from bot.config.times import DAYS, hours
from bot.config.trust import Evidence, evidence
from bot.config.values import VERSION
from bot.domain.accounts import GITHUB, GITLAB
from bot.domain.asking.budgets import NO_BUDGETS, Budgets
from bot.domain.evidence.conventions import Conventions
from bot.domain.override import NOBODY_MAY, OverrideRules
from bot.domain.people import Group, Person, Roster
from bot.domain.policy import Policy
from bot.domain.risk import RiskRules, RiskTier, Territory, Window

NO_VERSION = (
    f"the config says no version: add `version: {VERSION}` as its first line, "
    "so that later versions of Countersign know how to read it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file. `digest` names its exact text; `policy.digest` what decides who must sign.

    `administrators` let in the security keys of others. `warnings` are what should be put right before a later version insists.
    """

    roster: Roster
    policy: Policy
    connections: Mapping[str, Connection]
    rotas: Mapping[str, AnyRota]
    subscribers: Mapping[str, Subscriber]
    risk: RiskRules
    conventions: Conventions
    digest: str
    evidence: Evidence
    fallback_channel: str = ""
    step_up: StepUp | None = None
    dashboard: Dashboard | None = None
    outcomes: Outcomes = DAY_BEFORE
    override: OverrideRules = NOBODY_MAY
    pending_per_repository: int = 1_000
    administrators: frozenset[str] = frozenset()
    budgets: Budgets = NO_BUDGETS
    warnings: tuple[str, ...] = ()


def config(file: shape.File, text: str) -> Config:
    working = calendars(file)
    people = {id: _person(id, person, working) for id, person in file.people.items()}
    roster = Roster(
        people=people,
        groups={id: _group(id, group, people) for id, group in file.groups.items()},
        levels=file.levels,
    )
    risk = RiskRules(
        territories=tuple(map(_territory, file.risk.territories)),
        windows=tuple(_window(name, window) for name, window in file.windows.items()),
        recent=file.risk.recent,
    )
    known_by = _conventions(file.provenance)
    return Config(
        roster=roster,
        policy=policy(file, roster, risk, known_by, working),
        connections={name: connection(name, it) for name, it in file.connections.items()},
        rotas={name: rota(name, it) for name, it in file.rotas.items()},
        subscribers={name: subscriber(name, it) for name, it in file.subscribers.items()},
        risk=risk,
        conventions=known_by,
        digest=sha256(text),
        evidence=evidence(file.evidence),
        fallback_channel=file.slack.fallback_channel or "",
        step_up=step_up(file.step_up),
        dashboard=dashboard(file.dashboard),
        outcomes=outcomes(file.outcomes),
        override=override(file.override, keys=file.step_up is not None),
        pending_per_repository=file.limits.pending_per_repository,
        administrators=frozenset(file.administrators),
        budgets=_budgets(file),
        warnings=() if file.version else (NO_VERSION,),
    )


def _budgets(file: shape.File) -> Budgets:
    own = {id: it.attention for id, it in file.people.items() if it.attention is not None}
    said = file.policy.attention
    return Budgets(per_day=said.per_day if said else None, people=own)


def _conventions(provenance: shape.Provenance) -> Conventions:
    if not provenance.conventions:
        return conventions.standard()
    return conventions.compiled(
        conventions.standard_entries(),
        own=provenance.conventions,
        version=conventions.standard_version(),
    )


def _person(id: str, person: shape_people.Person, working: Calendars) -> Person:
    calendar = working.of_person(person)
    return Person(
        id=id,
        name=person.name,
        level=person.level,
        slack=person.slack or "",
        logins=frozenset(login for _, login in _logins(person)),
        homes=frozenset(f"{at}:{login}" for at, login in _logins(person)),
        emails=frozenset(person.emails),
        oidc=person.oidc or "",
        accounts=frozenset(
            (
                *(f"github:{number}" for number in person.github_id),
                *(f"gitlab:{number}" for number in person.gitlab_id),
            )
        ),
        timezone=calendar.zone,
        hours=person.hours or "",
        calendar=calendar,
    )


def _logins(person: shape_people.Person) -> Iterator[tuple[str, str]]:
    """Each with where it is one."""
    for at, logins in ((GITHUB, person.github), (GITLAB, person.gitlab), *person.logins.items()):
        yield from ((at, login) for login in logins)


def _group(id: str, group: shape_people.Group, people: Mapping[str, Person]) -> Group:
    zones = (people[member].timezone for member in group.members)
    return Group(
        id=id,
        members=group.members,
        channel=group.channel or "",
        owns=group.owns or (),
        teams=group.teams,
        on_call=group.on_call or "",
        slack_usergroup=group.slack_usergroup or "",
        digest=group.digest,
        timezone=group.timezone or next((zone for zone in zones if zone != "UTC"), "UTC"),
    )


def _territory(territory: shape.Territory) -> Territory:
    return Territory(
        name=territory.name,
        paths=territory.paths,
        repository=territory.repository or (),
        criticality=RiskTier(territory.criticality),
    )


def _window(name: str, window: shape.Window) -> Window:
    """Without hours it lasts the whole day, which the domain writes as equal times."""
    start, end = hours(window.hours) if window.hours else (time(0), time(0))
    return Window(
        name=name,
        kind=window.kind,
        days=frozenset(map(DAYS.index, window.days)) if window.days else frozenset(range(7)),
        start=start,
        end=end,
        zone=window.timezone,
        since=date.fromisoformat(window.first) if window.first else None,
        until=date.fromisoformat(window.last) if window.last else None,
    )

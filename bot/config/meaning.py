"""What does a config of the right shape mean to the domain?"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from bot.config import shape, values
from bot.domain.calendar import WorkingHours
from bot.domain.change import Kind
from bot.domain.people import Group, Person, Roster
from bot.domain.policy import AMAZON_RULE, Demand, Policy, Rule, Sla
from bot.domain.predicates import LevelRange, Size, When
from bot.domain.provenance import AiStatus

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConnection:
    """Any pipeline with Standard Webhooks. The `*_env` are names of variables, never values."""

    name: str
    secret_env: str
    token_env: str = ""
    callback_prefix: str = ""
    link_prefix: str = ""
    supersede: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubConnection:
    """A GitHub App. The `*_env` are names of variables; the URLs end without a slash."""

    name: str
    app_id: str
    private_key_env: str
    webhook_secret_env: str
    api_url: str = "https://api.github.com"
    web_url: str = "https://github.com"
    token_env: str = ""
    supersede: bool = True


Connection = WebhookConnection | GithubConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file. `digest` names its exact text; `policy.digest` what decides who must sign."""

    roster: Roster
    policy: Policy
    connections: Mapping[str, Connection]
    digest: str


def config(file: shape.File, text: str) -> Config:
    roster = Roster(
        people={id: _person(id, person) for id, person in file.people.items()},
        groups={id: _group(id, group) for id, group in file.groups.items()},
        levels=file.levels,
    )
    return Config(
        roster=roster,
        policy=_policy(file, roster),
        connections={name: _connection(name, it) for name, it in file.connections.items()},
        digest=_sha256(text),
    )


def _person(id: str, person: shape.Person) -> Person:
    return Person(
        id=id,
        name=person.name,
        level=person.level,
        slack=person.slack or "",
        logins=frozenset((*person.github, *person.gitlab)),
        emails=frozenset(person.emails),
        timezone=person.timezone,
        hours=person.hours or "",
    )


def _group(id: str, group: shape.Group) -> Group:
    return Group(
        id=id,
        members=group.members,
        channel=group.channel or "",
        owns=group.owns or (),
        slack_usergroup=group.slack_usergroup or "",
    )


def _connection(name: str, connection: shape.Connection) -> Connection:
    supersede = connection.supersede == "always"
    match connection:
        case shape.Webhook():
            return WebhookConnection(
                name=name,
                secret_env=connection.secret_env,
                token_env=connection.token_env or "",
                callback_prefix=connection.callback_prefix or "",
                link_prefix=connection.link_prefix or "",
                supersede=supersede,
            )
        case shape.Github():
            return GithubConnection(
                name=name,
                app_id=connection.app_id,
                private_key_env=connection.private_key_env,
                webhook_secret_env=connection.webhook_secret_env,
                api_url=connection.api_url.rstrip("/"),
                web_url=connection.web_url.rstrip("/"),
                token_env=connection.token_env or "",
                supersede=supersede,
            )


def _policy(file: shape.File, roster: Roster) -> Policy:
    rules = file.policy.rules
    policy = Policy(
        rules=(AMAZON_RULE,) if rules is None else tuple(map(_rule, rules)),
        slas={name: _sla(sla) for name, sla in file.slas.items()},
        shadow=file.policy.mode == "shadow",
        digest="",
    )
    return dataclasses.replace(policy, digest=_policy_digest(policy, roster))


def _policy_digest(policy: Policy, roster: Roster) -> str:
    """Over what decides who must sign, with every default written out; channels do not count."""
    said = {
        "policy": dataclasses.asdict(policy),
        "levels": roster.levels,
        "groups": {
            group.id: {
                "members": group.members,
                "owns": group.owns,
                "slack_usergroup": group.slack_usergroup,
            }
            for group in roster.groups.values()
        },
    }
    return _sha256(json.dumps(said, sort_keys=True, separators=(",", ":"), default=_canonical))


def _canonical(value: object) -> object:
    match value:
        case timedelta():
            return int(value.total_seconds())
        case time():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case _:
            raise TypeError(f"no canonical form for {type(value)}")


def _sha256(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _sla(sla: shape.Sla) -> Sla:
    """Reminders and escalations that come by default only, and too late, are left out."""
    usual = Sla()
    expire = sla.expire or usual.expire
    escalate = usual.escalate if sla.escalate is None else sla.escalate
    if not isinstance(escalate, timedelta) or escalate >= expire:
        escalate = None
    remind = usual.remind if sla.remind is None else sla.remind
    return Sla(
        remind=tuple(sorted(after for after in remind if after < expire)),
        escalate=escalate,
        expire=expire,
        escalate_to=sla.escalate_to,
        hours=_working_hours(sla) if sla.clock == "working" else None,
    )


def _working_hours(sla: shape.Sla) -> WorkingHours:
    usual = WorkingHours()
    start, end = values.hours(sla.hours) if sla.hours else (usual.start, usual.end)
    days = frozenset(map(_DAYS.index, sla.days)) if sla.days else usual.days
    return WorkingHours(start=start, end=end, zone=sla.timezone or usual.zone, days=days)


def _rule(rule: shape.Rule) -> Rule:
    require = rule.require
    return Rule(
        name=rule.name,
        when=_when(rule.when),
        require=Demand(
            approvals=require.approvals,
            level=require.level,
            sources=require.sources,
            sla=require.sla or "",
            reason=require.reason,
            checklist=require.checklist,
        ),
    )


def _when(when: shape.When) -> When:
    size = when.size
    return When(
        environment=when.environment or (),
        repository=when.repository or (),
        kind=tuple(map(Kind, when.kind or ())),
        ai=tuple(map(AiStatus, when.ai or ())),
        author_level=_level_range(when.author_level) if when.author_level else None,
        paths=when.paths or (),
        size=Size(lines_over=size.lines_over, files_over=size.files_over) if size else None,
    )


def _level_range(wanted: shape.LevelRange) -> LevelRange:
    return LevelRange(below=wanted.below or "", at_least=wanted.at_least or "")

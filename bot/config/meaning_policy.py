"""What does a policy of the right shape mean to the domain, and what names it?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from bot.config import shape, shape_policy
from bot.config.calendars import Calendars
from bot.config.digests import digest_of
from bot.config.patterns import Regex
from bot.domain.change import Kind
from bot.domain.conditions import LevelRange, Matches, Size, When
from bot.domain.evidence.conventions import Conventions
from bot.domain.people import Roster
from bot.domain.policy import AMAZON_RULE, Demand, Origin, Policy, Rule
from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskRules, RiskTier
from bot.domain.signoff import Declaration
from bot.domain.sla import Sla

REPOSITORY = "repository: "
"""What the name of a repository's own rule begins with."""


def policy(
    file: shape.File,
    roster: Roster,
    risk: RiskRules,
    conventions: Conventions,
    calendars: Calendars,
) -> Policy:
    said = file.policy
    usual = said.rules is None and not said.groups
    read = Policy(
        rules=(AMAZON_RULE,) if usual else tuple(rules(said.rules or (), said.groups)),
        slas={name: _sla(sla, roster, calendars) for name, sla in file.slas.items()},
        shadow=said.mode == "shadow",
        carry=said.carry_forward,
        risk_checklist=said.risk_checklist,
        risk_reason=said.risk_reason,
        grace=said.grace,
        claim_for=said.claim,
        step_up=frozenset(map(RiskTier, file.step_up.risk)) if file.step_up else frozenset(),
        digest="",
    )
    own = [entry.model_dump(mode="json") for entry in file.provenance.conventions]
    known_by = {"version": conventions.version, "own": own}
    return dataclasses.replace(read, digest=_digest(read, roster, risk, known_by))


def _digest(policy: Policy, roster: Roster, risk: RiskRules, known_by: object) -> str:
    """Over what decides who must sign and how, with every default written out.

    Channels do not count, nor how long somebody is shown to be on it, nor on which days nobody
    works: they decide nothing.
    """
    decides = {it.name: getattr(policy, it.name) for it in dataclasses.fields(policy)}
    del decides["claim_for"]
    if not policy.step_up:
        del decides["step_up"]
    decides["rules"] = [_asking(rule) for rule in policy.rules]
    decides["slas"] = {name: _rungs(sla) for name, sla in policy.slas.items()}
    said = {
        "policy": decides,
        "risk": risk,
        "conventions": known_by,
        "levels": roster.levels,
        "groups": {
            group.id: {
                "members": group.members,
                "owns": group.owns,
                "teams": group.teams,
                "slack_usergroup": group.slack_usergroup,
            }
            for group in roster.groups.values()
        },
    }
    return digest_of(said)


def _asking(rule: Rule) -> Mapping[str, object]:
    """Without what it does not ask for, for the same reason as below."""
    said = {it.name: getattr(rule, it.name) for it in dataclasses.fields(rule)}
    demand = rule.require
    asks = {it.name: getattr(demand, it.name) for it in dataclasses.fields(demand)}
    if not demand.step_up:
        del asks["step_up"]
    return {**said, "require": asks}


def _rungs(sla: Sla) -> Mapping[str, object]:
    """Rungs that nobody asked for are left out, so that an upgrade alone is no other policy."""
    usual = Sla()
    said = {it.name: getattr(sla, it.name) for it in dataclasses.fields(sla)}
    for name in ("widen", "managers", "managers_to"):
        if said[name] == getattr(usual, name):
            del said[name]
    hours = sla.hours and {
        it.name: getattr(sla.hours, it.name) for it in dataclasses.fields(sla.hours)
    }
    return {**said, "hours": hours and {key: it for key, it in hours.items() if key != "closed"}}


def _sla(sla: shape.Sla, roster: Roster, calendars: Calendars) -> Sla:
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
        escalate_to=tuple(_groups(sla.escalate_to, roster)),
        hours=calendars.of_sla(sla),
        widen=sla.widen,
        managers=sla.managers,
        managers_to=sla.managers_to,
    )


def _groups(names: Iterable[str], roster: Roster) -> Iterator[str]:
    """A rota stands for the groups that are on call by it."""
    for name in names:
        if name in roster.groups:
            yield name
        else:
            yield from (it.id for it in roster.groups.values() if it.on_call == name)


def rules(
    alone: Iterable[shape_policy.Rule],
    groups: Iterable[shape_policy.RuleGroup],
    origin: Origin = Origin.SERVER,
) -> Iterator[Rule]:
    """Those that stand alone, and then those of each group."""
    yield from (_rule(written, origin) for written in alone)
    for group in groups:
        shared = _when(group.when)
        for written in group.rules:
            rule = dataclasses.replace(_rule(written, origin), group=group.name)
            if shared != When():
                both = dataclasses.replace(rule.when, all=(shared, *rule.when.all))
                rule = dataclasses.replace(rule, when=both)
            yield rule


def _rule(rule: shape_policy.Rule, origin: Origin) -> Rule:
    require = rule.require
    return Rule(
        name=f"{REPOSITORY}{rule.name}" if origin is Origin.REPOSITORY else rule.name,
        when=_when(rule.when),
        require=Demand(
            approvals=require.approvals,
            level=require.level,
            sources=require.sources,
            sla=require.sla or "",
            reason=require.reason,
            checklist=require.checklist,
            declaration=Declaration(require.declaration),
            carry=require.carry_forward,
            step_up=require.step_up,
        ),
        origin=origin,
    )


def _when(when: shape_policy.When) -> When:
    size = when.size
    return When(
        environment=when.environment or (),
        repository=when.repository or (),
        kind=tuple(map(Kind, when.kind or ())),
        ai=tuple(map(AiStatus, when.ai or ())),
        tools=when.tools or (),
        author_level=_level_range(when.author_level) if when.author_level else None,
        paths=when.paths or (),
        size=Size(lines_over=size.lines_over, files_over=size.files_over) if size else None,
        risk=tuple(map(RiskTier, when.risk or ())),
        risk_from=when.risk_from or (),
        branch=when.branch or (),
        labels=when.labels or (),
        matches=_matches(when.matches) if when.matches else None,
        checks=when.checks or (),
        window=when.window or (),
        incidents=when.incidents_over,
        unowned=when.unowned is True,
        sample=when.sample,
        all=tuple(map(_when, when.all or ())),
        any=tuple(map(_when, when.any or ())),
        none=tuple(map(_when, when.none or ())),
    )


def _level_range(wanted: shape_policy.LevelRange) -> LevelRange:
    return LevelRange(below=wanted.below or "", at_least=wanted.at_least or "")


def _matches(wanted: shape_policy.Matches) -> Matches:
    return Matches(
        title=_regex(wanted.title),
        description=_regex(wanted.description),
        branch=_regex(wanted.branch),
        path=_regex(wanted.path),
    )


def _regex(pattern: str | None) -> Regex | None:
    return Regex(pattern) if pattern else None

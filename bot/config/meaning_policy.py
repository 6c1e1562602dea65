"""What does a policy of the right shape mean to the domain, and what names it?"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta

from bot.config import shape, shape_policy
from bot.config.patterns import Regex
from bot.config.times import DAYS, hours
from bot.domain.calendar import WorkingHours
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


def policy(file: shape.File, roster: Roster, risk: RiskRules, conventions: Conventions) -> Policy:
    said = file.policy
    usual = said.rules is None and not said.groups
    read = Policy(
        rules=(AMAZON_RULE,) if usual else tuple(rules(said.rules or (), said.groups)),
        slas={name: _sla(sla) for name, sla in file.slas.items()},
        shadow=said.mode == "shadow",
        carry=said.carry_forward,
        risk_checklist=said.risk_checklist,
        risk_reason=said.risk_reason,
        grace=said.grace,
        claim_for=said.claim,
        digest="",
    )
    own = [entry.model_dump(mode="json") for entry in file.provenance.conventions]
    known_by = {"version": conventions.version, "own": own}
    return dataclasses.replace(read, digest=_digest(read, roster, risk, known_by))


def _digest(policy: Policy, roster: Roster, risk: RiskRules, known_by: object) -> str:
    """Over what decides who must sign and how, with every default written out.

    Channels do not count, nor how long somebody is shown to be on it: that decides nothing.
    """
    decides = dataclasses.asdict(policy)
    del decides["claim_for"]
    said = {
        "policy": decides,
        "risk": dataclasses.asdict(risk),
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
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":"), default=_canonical))


def _canonical(value: object) -> object:
    match value:
        case timedelta():
            return int(value.total_seconds())
        case time() | date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case _:
            raise TypeError(f"no canonical form for {type(value)}")


def sha256(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


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
    start, end = hours(sla.hours) if sla.hours else (usual.start, usual.end)
    days = frozenset(map(DAYS.index, sla.days)) if sla.days else usual.days
    return WorkingHours(start=start, end=end, zone=sla.timezone or usual.zone, days=days)


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

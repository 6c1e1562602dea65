"""`countersign check`: what is configured, in a few lines or in JSON; or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import time, timedelta
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from bot.cli import evidencing, keyless, overriding, reaching, seating, speaking_of, stepping_up
from bot.config import (
    AnyRota,
    Config,
    Connection,
    GithubConnection,
    IcalRota,
    Misconfigured,
    PagerDutyRota,
    PlatformConnection,
    WebhookConnection,
)
from bot.config.connections import PAGERDUTY
from bot.domain.asking.rota import Rota, Rotation
from bot.domain.circles import CODEOWNERS, OWNERS
from bot.domain.conditions import When
from bot.domain.globs import folded
from bot.domain.people import Group, Roster
from bot.domain.policy import DEFAULT, Policy, Rule, demanded
from bot.domain.risk import Territory, Window
from bot.domain.sla import Sla

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def describe(config: Config, database: str = "", remarks: Sequence[str] = ()) -> str:
    """For people: who, which doors, which rules, and what may surprise them.

    `database` is what decisions are stored in, in words; empty: nobody has looked. `remarks` are
    about what does not stand in the config.
    """
    roster, policy = config.roster, config.policy
    mode = "SHADOW: everything passes" if policy.shadow else "enforced"
    lines = [
        f"people       {len(roster.people)}: {_levels(roster)}",
        *_listing("groups", [_group(group) for group in roster.groups.values()]),
        *_listing("connections", [_connection(it) for it in config.connections.values()]),
        *_listing("slas", [f"{name}: {_sla(sla)}" for name, sla in policy.slas.items()]),
        *_if_any("rotas", [f"{name}: {_rota(it)}" for name, it in config.rotas.items()]),
        *_if_any("windows", [_window(window) for window in config.risk.windows]),
        *_if_any("territories", [_territory(it) for it in config.risk.territories]),
        *_listing("rules", [_rule(rule) for rule in policy.rules], f", {mode}"),
        f"step-up      {stepping_up.said(config)}",
        *seating.said(config),
        f"override     {overriding.said(config)}",
        f"evidence     {evidencing.said(config)}",
        f"policy       {policy.digest}",
        *([f"database     {database}"] if database else []),
        *(f"note: {note}" for note in (*notes(config), *remarks)),
        *(f"warning: {warning}" for warning in config.warnings),
    ]
    return "\n".join(lines)


def as_json(config: Config, database: str = "", remarks: Sequence[str] = ()) -> dict[str, Any]:
    """The same for programs."""
    roster, policy = config.roster, config.policy
    return {
        "ok": True,
        "digest": config.digest,
        "policy_digest": policy.digest,
        "conventions": config.conventions.version,
        "mode": "shadow" if policy.shadow else "enforce",
        "people": sorted(roster.people),
        "groups": {name: list(group.members) for name, group in roster.groups.items()},
        "connections": {name: _kind(it) for name, it in config.connections.items()},
        "keyless": {name: asdict(it.oidc) for name, it in config.connections.items() if it.oidc},
        "slas": sorted(policy.slas),
        "rotas": sorted(config.rotas),
        "windows": {window.name: window.kind for window in config.risk.windows},
        "territories": [territory.name for territory in config.risk.territories],
        "rules": [rule.name for rule in policy.rules],
        "rule_groups": _rule_groups(policy),
        "step_up": stepping_up.facts(config),
        "dashboard": seating.facts(config),
        "override": overriding.facts(config),
        "evidence": evidencing.facts(config),
        "notes": [*notes(config), *remarks],
        "warnings": list(config.warnings),
    }


def mistakes(trouble: Misconfigured) -> str:
    """For people: a heading and a line for each."""
    return str(trouble)


def mistakes_as_json(trouble: Misconfigured) -> dict[str, Any]:
    return {"ok": False, "problems": list(trouble.problems)}


def notes(config: Config) -> list[str]:
    """What is allowed, and perhaps not what was meant."""
    roster = config.roster
    unreachable = [person.id for person in roster.people.values() if not person.slack]
    unanswered = [
        group.id
        for group in roster.groups.values()
        if not any(roster.people[member].slack for member in group.members)
    ]
    claimed_only = all(group.owns for group in roster.groups.values())
    free = [rule.name for rule in config.policy.rules if not rule.require.approvals]
    idle = sorted(config.rotas.keys() - {group.on_call for group in roster.groups.values()})
    unbounded = [it.name for it in config.connections.values() if _is_unbounded(it)]
    odd = sorted({tool for rule in config.policy.rules for tool in _odd_tools(rule.when, config)})
    found = [
        ("no connection: no pipeline can ask for a signoff", not config.connections),
        (f"cannot be asked, having no Slack id: {', '.join(unreachable)}", unreachable),
        (f"groups of which nobody can be asked: {', '.join(unanswered)}", unanswered),
        ("every group owns something: nobody can sign for a repository none claims", claimed_only),
        (f"rules that let changes pass without a signature: {', '.join(free)}", free),
        (f"rotas that no group names in on_call: {', '.join(idle)}", idle),
        (
            f"who may announce may name any place of the platform: {', '.join(unbounded)}; say places",
            unbounded,
        ),
        (f"rules wait in vain for tools that no convention knows: {', '.join(odd)}", odd),
    ]
    told = (sentence for sentence, applies in found if applies)
    return [
        *told,
        *speaking_of.notes(config),
        *keyless.notes(config),
        *reaching.notes(config),
        *stepping_up.notes(config),
        *seating.notes(config),
        *overriding.notes(config),
        *_former(config),
        *_out_of_reach(config),
    ]


def _former(config: Config) -> Iterator[str]:
    """Secrets of before: whoever got hold of one can use it until it is taken out."""
    for it in (*config.connections.values(), *config.subscribers.values()):
        if it.former:
            keys = " and ".join(f"{called}_env" for called in it.former)
            yield (
                f"{it.name} still accepts its former {keys}: take `former` out once all use the new one"
            )


def _is_unbounded(connection: Connection) -> bool:
    return isinstance(connection, PlatformConnection) and connection.is_unbounded


def _odd_tools(when: When, config: Config) -> Iterator[str]:
    """Tools in a rule that no convention knows by this name, with the name that may be meant."""
    known = {folded(tool): tool for tool in config.conventions.tools}
    for tool in when.tools:
        if folded(tool) not in known:
            similar = get_close_matches(folded(tool), known, n=1)
            yield f"{tool} (did you mean {known[similar[0]]}?)" if similar else tool
    for inner in (*when.all, *when.any, *when.none):
        yield from _odd_tools(inner, config)


def _out_of_reach(config: Config) -> Iterator[str]:
    """Rules that the owners of some repository could never meet, too few of them being so high."""
    roster = config.roster
    for rule in (*config.policy.rules, DEFAULT):
        demand = rule.require
        if OWNERS not in demand.sources or CODEOWNERS in demand.sources:
            continue
        named = [roster.groups[source] for source in demand.sources if source in roster.groups]
        short = [
            ", ".join(group.id for group in owners)
            for owners in _owners(roster)
            if _able(roster, (*owners, *named), demand.level) < demand.approvals
        ]
        if short:
            yield (
                f"{rule.name} asks the owners for {demand.approvals} at {demand.level} or above, "
                f"and these alone have fewer: {'; '.join(short)}"
            )


def _owners(roster: Roster) -> list[list[Group]]:
    """Who may be the owners of a repository: each group that claims some, and all that do not."""
    rest = [group for group in roster.groups.values() if not group.owns]
    return [*([group] for group in roster.groups.values() if group.owns), *([rest] if rest else [])]


def _able(roster: Roster, groups: Iterable[Group], level: str) -> int:
    members = {member for group in groups for member in group.members}
    return sum(roster.reaches(roster.people[member].level, level) for member in members)


def _listing(title: str, items: list[str], more: str = "") -> list[str]:
    return [f"{title:12} {len(items)}{more}", *(f"  {item}" for item in items)]


def _if_any(title: str, items: list[str]) -> list[str]:
    return _listing(title, items) if items else []


def _levels(roster: Roster) -> str:
    held = [person.level for person in roster.people.values()]
    counts = ((held.count(level), level) for level in reversed(roster.levels))
    return ", ".join(f"{count} {level}" for count, level in counts if count)


def _group(group: Group) -> str:
    owns = ", ".join(group.owns) or "every repository nobody claims"
    teams = f"; in CODEOWNERS {', '.join(group.teams)}" if group.teams else ""
    on_call = f"; on call {group.on_call}" if group.on_call else ""
    return f"{group.id}: {', '.join(group.members)}; answers for {owns}{teams}{on_call}"


def _kind(connection: Connection) -> str:
    match connection:
        case WebhookConnection():
            return "webhook"
        case GithubConnection():
            return "github"
        case PlatformConnection():
            return connection.kind


def _connection(connection: Connection) -> str:
    match connection:
        case WebhookConnection():
            target = connection.callback_prefix or "nowhere; pipelines ask"
        case GithubConnection():
            target = connection.web_url
        case PlatformConnection():
            target = connection.url or connection.kind
    if _kind(connection) == PAGERDUTY:
        return f"{connection.name}: tells of incidents"
    taken = f"; {keyless.told(connection.oidc)}" if connection.oidc else ""
    bound = reaching.told(connection)
    return f"{connection.name}: {_kind(connection)}, reports to {target}{bound}{taken}"


def _sla(sla: Sla) -> str:
    remind = ", ".join(map(_length, sla.remind)) or "never"
    escalate = _length(sla.escalate) if sla.escalate else "never"
    widen = f"widen {_length(sla.widen)}; " if sla.widen else ""
    managers = f"managers {_length(sla.managers)}; " if sla.managers else ""
    said = f"remind {remind}; {widen}escalate {escalate}; {managers}expire {_length(sla.expire)}"
    if sla.hours is None:
        return said
    return f"{said}; working hours {_between(sla.hours.start, sla.hours.end)} {sla.hours.zone}"


def _between(start: time, end: time) -> str:
    return f"{start:%H:%M}-{end:%H:%M}"


def _length(length: timedelta) -> str:
    left, words = int(length.total_seconds()), []
    for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, seconds)
        words += [f"{count}{unit}"] if count else []
    return "".join(words)


def _rota(rota: AnyRota) -> str:
    """Of a calendar only the host: its address may be a secret."""
    match rota:
        case PagerDutyRota():
            return f"schedule {rota.schedule} of PagerDuty"
        case IcalRota():
            return f"calendar at {urlsplit(rota.url).hostname}" if rota.url else rota.file
        case Rota(rotation=Rotation() as turns):
            start = f"{turns.starting:%Y-%m-%d %H:%M} {turns.starting.tzinfo}"
            return f"{', '.join(turns.members)} by turns of {_length(turns.every)} from {start}"
        case Rota(shifts=shifts):
            people = dict.fromkeys(shift.person for shift in shifts)
            return f"{len(shifts)} shifts of {', '.join(people)}"


def _window(window: Window) -> str:
    some = len(window.days) < len(_WEEKDAYS)
    days = [", ".join(_WEEKDAYS[day] for day in sorted(window.days))] if some else []
    hours = [_between(window.start, window.end)] if window.start != window.end else []
    since = [f"from {window.since}"] if window.since else []
    until = [f"to {window.until}"] if window.until else []
    said = " ".join([*days, *hours, window.zone, *since, *until])
    return f"{window.name}: {window.kind}, {said}"


def _territory(territory: Territory) -> str:
    where = f" in {', '.join(territory.repository)}" if territory.repository else ""
    paths = ", ".join(territory.paths)
    return f"{territory.name}: {territory.criticality.value}, {paths}{where}"


def _rule(rule: Rule) -> str:
    group = f"{rule.group} / " if rule.group else ""
    return f"{group}{rule.name}: {demanded(rule.require)}"


def _rule_groups(policy: Policy) -> dict[str, list[str]]:
    groups = dict.fromkeys(rule.group for rule in policy.rules if rule.group)
    return {name: [rule.name for rule in policy.rules if rule.group == name] for name in groups}

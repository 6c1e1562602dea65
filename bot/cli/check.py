"""`countersign check`: what is configured, in a few lines or in JSON; or what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.config import Config, Connection, GithubConnection, Misconfigured, WebhookConnection
from bot.domain.people import Group, Roster
from bot.domain.policy import OWNERS, Demand, Rule, Sla


def describe(config: Config) -> str:
    """For people: who, which doors, which rules, and what may surprise them."""
    roster, policy = config.roster, config.policy
    mode = "SHADOW: everything passes" if policy.shadow else "enforced"
    lines = [
        f"people       {len(roster.people)}: {_levels(roster)}",
        *_listing("groups", [_group(group) for group in roster.groups.values()]),
        *_listing("connections", [_connection(it) for it in config.connections.values()]),
        *_listing("slas", [f"{name}: {_sla(sla)}" for name, sla in policy.slas.items()]),
        *_listing("rules", [_rule(rule) for rule in policy.rules], f", {mode}"),
        f"policy       {policy.digest}",
        *(f"note: {note}" for note in notes(config)),
    ]
    return "\n".join(lines)


def as_json(config: Config) -> dict[str, Any]:
    """The same for programs."""
    roster, policy = config.roster, config.policy
    return {
        "ok": True,
        "digest": config.digest,
        "policy_digest": policy.digest,
        "mode": "shadow" if policy.shadow else "enforce",
        "people": sorted(roster.people),
        "groups": {name: list(group.members) for name, group in roster.groups.items()},
        "connections": {name: _kind(it) for name, it in config.connections.items()},
        "slas": sorted(policy.slas),
        "rules": [rule.name for rule in policy.rules],
        "notes": notes(config),
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
    found = [
        ("no connection: no pipeline can ask for a signoff", not config.connections),
        (f"cannot be asked, having no Slack id: {', '.join(unreachable)}", unreachable),
        (f"groups of which nobody can be asked: {', '.join(unanswered)}", unanswered),
        ("every group owns something: nobody can sign for a repository none claims", claimed_only),
        (f"rules that let changes pass without a signature: {', '.join(free)}", free),
    ]
    return [sentence for sentence, applies in found if applies]


def _listing(title: str, items: list[str], more: str = "") -> list[str]:
    return [f"{title:12} {len(items)}{more}", *(f"  {item}" for item in items)]


def _levels(roster: Roster) -> str:
    held = [person.level for person in roster.people.values()]
    counts = ((held.count(level), level) for level in reversed(roster.levels))
    return ", ".join(f"{count} {level}" for count, level in counts if count)


def _group(group: Group) -> str:
    owns = ", ".join(group.owns) or "every repository nobody claims"
    return f"{group.id}: {', '.join(group.members)}; answers for {owns}"


def _kind(connection: Connection) -> str:
    match connection:
        case WebhookConnection():
            return "webhook"
        case GithubConnection():
            return "github"


def _connection(connection: Connection) -> str:
    match connection:
        case WebhookConnection():
            target = connection.callback_prefix or "nowhere; pipelines ask"
        case GithubConnection():
            target = connection.web_url
    return f"{connection.name}: {_kind(connection)}, reports to {target}"


def _sla(sla: Sla) -> str:
    remind = ", ".join(map(_length, sla.remind)) or "never"
    escalate = _length(sla.escalate) if sla.escalate else "never"
    said = f"remind {remind}; escalate {escalate}; expire {_length(sla.expire)}"
    if sla.hours is None:
        return said
    start, end = f"{sla.hours.start:%H:%M}", f"{sla.hours.end:%H:%M}"
    return f"{said}; working hours {start}-{end} {sla.hours.zone}"


def _length(length: timedelta) -> str:
    left, words = int(length.total_seconds()), []
    for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, seconds)
        words += [f"{count}{unit}"] if count else []
    return "".join(words)


def _rule(rule: Rule) -> str:
    return f"{rule.name}: {_demand(rule.require)}"


def _demand(demand: Demand) -> str:
    if not demand.approvals:
        return "nobody has to sign"
    sources = " or ".join("the owners" if it == OWNERS else it for it in demand.sources)
    extra = " and a reason" if demand.reason else ""
    return f"{demand.approvals} × {demand.level} or above, from {sources}{extra}"

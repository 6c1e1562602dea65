"""Who must agree? From the facts of a change to what is asked of whom, and because of what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.calendar import WorkingHours
from bot.domain.change import Change
from bot.domain.people import Contributors, Roster
from bot.domain.picking import WIDER_AT_MOST, candidates, pick
from bot.domain.predicates import Facts, LevelRange, When, matches, names_environment
from bot.domain.provenance import AiStatus, Provenance, because
from bot.domain.signoff import Ask, Deadline, DeadlineKind, Requirement

OWNERS = "owners"
"""In a rule's `from`: the groups that answer for the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """When to remind, widen and give up, counted from the opening; `hours`: working time only."""

    remind: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(minutes=45))
    escalate: timedelta | None = timedelta(hours=1)
    expire: timedelta = timedelta(hours=8)
    escalate_to: tuple[str, ...] = ()
    hours: WorkingHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one rule requires. `sources` are group names, or `owners`.

    A rule that wants no approvals is an exemption: it has to be certain that it applies.
    """

    approvals: int = 1
    level: str = "senior"
    sources: tuple[str, ...] = (OWNERS,)
    sla: str = ""
    reason: bool = False
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    name: str
    when: When
    require: Demand


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All rules; `digest` names exactly these."""

    rules: tuple[Rule, ...]
    slas: Mapping[str, Sla]
    digest: str
    shadow: bool = False


DEFAULT = Rule(name="default", when=When(), require=Demand())

AMAZON_RULE = Rule(
    name="AI-assisted production change below senior",
    when=When(
        environment=("production",),
        ai=(
            AiStatus.ASSISTED,
            AiStatus.CONTRADICTED,
            AiStatus.SUSPECTED,
            AiStatus.UNDECLARED,
        ),
        author_level=LevelRange(below="senior"),
    ),
    require=Demand(),
)
"""What is in force where the config has no rules of its own."""

_BY_AI = (AiStatus.ASSISTED, AiStatus.CONTRADICTED)


def evaluate(
    policy: Policy,
    roster: Roster,
    change: Change,
    provenance: Provenance,
    contributors: Contributors,
    opened_at: datetime,
) -> Requirement:
    """All rules that match, combined to the strictest; none matches: the default, one senior."""
    facts = Facts(
        change=change,
        provenance=provenance,
        author=roster.identify(change.author),
        contributors=contributors,
        roster=roster,
    )
    met = list(_met(policy, facts)) or [(DEFAULT, tuple(_why_default(policy, facts)))]
    demands = [rule.require for rule, _ in met]
    owners = roster.owners(change)
    slas = [policy.slas.get(demand.sla, Sla()) for demand in demands]
    asks = strictest(
        (_ask(demand, sla, owners) for demand, sla in zip(demands, slas, strict=True)), roster
    )
    sentences = (*(sentence for _, why in met for sentence in why), *_strangers(facts))
    seed = f"{change.connection}\0{change.key}"
    return Requirement(
        asks=asks,
        levels=roster.levels,
        owners=owners,
        rules=tuple(rule.name for rule, _ in met),
        because=tuple(dict.fromkeys(sentences)),
        policy_digest=policy.digest,
        deadlines=_deadlines(_named(policy, demands) or [Sla()], opened_at),
        asked=_unique(pick(ask, roster, contributors, seed) for ask in asks if ask.approvals),
        asked_when_wider=_unique(
            candidates(replace(ask, groups=ask.wider), roster, contributors) for ask in asks
        )[:WIDER_AT_MOST],
        approve_reason=any(demand.reason for demand in demands),
        checklist=_unique(demand.checklist for demand in demands),
        shadow=policy.shadow,
    )


def _named(policy: Policy, demands: Iterable[Demand]) -> list[Sla]:
    """The deadlines that somebody chose: a rule that names none does not shorten another's."""
    return [policy.slas[demand.sla] for demand in demands if demand.sla in policy.slas]


def _met(policy: Policy, facts: Facts) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    """The rules that apply, and why. Tightening takes doubt for a yes, exempting for a no."""
    for rule in policy.rules:
        why = matches(rule.when, facts, certain=not rule.require.approvals)
        if why is not None:
            yield rule, why


def _why_default(policy: Policy, facts: Facts) -> Iterator[str]:
    yield because(facts.provenance)
    conditions = [rule.when for rule in policy.rules if rule.when.environment]
    if conditions and not any(names_environment(when, facts.change) for when in conditions):
        yield "no rule names this environment"
    yield "no rule is about this change"


def _strangers(facts: Facts) -> Iterator[str]:
    """Whose signature we could not tell from that of somebody else."""
    if facts.contributors.unknown:
        yield (
            "somebody who had a part is not in the roster: "
            "under another name they could sign their own work"
        )
    elif facts.provenance.status in _BY_AI and not facts.contributors.people:
        yield (
            "somebody who had a part is not in the roster: "
            "it is AI-assisted, and nobody we know is named with it"
        )


def strictest(asks: Iterable[Ask], roster: Roster) -> tuple[Ask, ...]:
    """Without those that another covers: as many, as high, from within, escalated or not.

    Beside one that asks for somebody, those that ask for nobody say nothing.
    """
    kept: list[Ask] = []
    every = tuple(dict.fromkeys(asks))
    for ask in tuple(ask for ask in every if ask.approvals) or every:
        if not any(_covers(other, ask, roster) for other in kept):
            kept = [other for other in kept if not _covers(ask, other, roster)] + [ask]
    return tuple(kept)


def _covers(stricter: Ask, ask: Ask, roster: Roster) -> bool:
    if not {stricter.level, ask.level} <= set(roster.levels):
        return False  # a level nobody can reach keeps its ask, which then nobody can meet
    return (
        stricter.approvals >= ask.approvals
        and roster.rank(stricter.level) >= roster.rank(ask.level)
        and (_within(stricter, ask) or not ask.approvals)
    )


def _within(stricter: Ask, ask: Ask) -> bool:
    """Whether its circle lies within the other's, before it escalates and after."""
    return stricter.groups <= ask.groups and stricter.wider <= ask.groups | ask.wider


def _ask(demand: Demand, sla: Sla, owners: tuple[str, ...]) -> Ask:
    named = {source for source in demand.sources if source != OWNERS}
    groups = named | set(owners) if OWNERS in demand.sources else named
    return Ask(
        approvals=demand.approvals,
        level=demand.level,
        groups=frozenset(groups),
        wider=frozenset(sla.escalate_to if sla.escalate else ()),
    )


def _deadlines(slas: list[Sla], opened_at: datetime) -> tuple[Deadline, ...]:
    """The soonest of each kind counts, and nothing is due after the expiry."""
    expire = min(_due(sla, sla.expire, opened_at) for sla in slas)
    remind = {_due(sla, after, opened_at) for sla in slas for after in sla.remind}
    escalate = [_due(sla, sla.escalate, opened_at) for sla in slas if sla.escalate]
    deadlines = {
        *(Deadline(at, DeadlineKind.REMIND) for at in remind),
        *(Deadline(at, DeadlineKind.ESCALATE) for at in sorted(escalate)[:1]),
    }
    before = sorted(deadline for deadline in deadlines if deadline.at < expire)
    return (*before, Deadline(expire, DeadlineKind.EXPIRE))


def _due(sla: Sla, after: timedelta, opened_at: datetime) -> datetime:
    return sla.hours.add(opened_at, after) if sla.hours else opened_at + after


def _unique(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))

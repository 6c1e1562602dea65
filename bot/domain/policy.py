"""Who must agree? From the facts of a change to what is asked of whom, and because of what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from bot.domain.asks import strictest
from bot.domain.circles import CODEOWNERS, OWNERS, circles
from bot.domain.conditions import (
    LevelRange,
    When,
    asks_about_environment,
    names_environment,
    spells_environment,
)
from bot.domain.explanation import Answer, RuleAnswer
from bot.domain.facts import Facts
from bot.domain.predicates import judge
from bot.domain.provenance import BY_AI, AiStatus, because
from bot.domain.risk import RiskTier
from bot.domain.signoff import Ask, Declaration, Requirement
from bot.domain.sla import Sla, deadlines


class Origin(StrEnum):
    """Whose rule it is. A repository's own may only tighten."""

    SERVER = "server"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one rule requires. `sources` are group names, `owners` or `codeowners`.

    A rule that wants no approvals is an exemption: it has to be certain that it applies.
    `carry`: reviews of an identical change may be kept. `step_up`: an approval counts only with a
    fresh sign-in and a security key.
    """

    approvals: int = 1
    level: str = "senior"
    sources: tuple[str, ...] = (OWNERS,)
    sla: str = ""
    reason: bool = False
    checklist: tuple[str, ...] = ()
    declaration: Declaration = Declaration.ASK
    carry: bool = True
    step_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    name: str
    when: When
    require: Demand
    group: str = ""
    origin: Origin = Origin.SERVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All rules; `digest` names exactly these.

    `risk_checklist` and `risk_reason`: high and critical risk ask who approves for these, too.
    `grace` is how long a single click to approve may be taken back before it counts; `claim_for`
    how long somebody is shown to be on it. `step_up` are the tiers of risk at which an approval takes a
    fresh sign-in and a security key.
    """

    rules: tuple[Rule, ...]
    slas: Mapping[str, Sla]
    digest: str
    shadow: bool = False
    carry: bool = True
    risk_checklist: bool = True
    risk_reason: bool = True
    grace: timedelta = timedelta(0)
    claim_for: timedelta = timedelta(minutes=30)
    step_up: frozenset[RiskTier] = frozenset()

    def names(self, environment: str) -> bool:
        """Whether a rule of ours is about this environment by its name."""
        return any(names_environment(rule.when, environment) for rule in self.rules)

    def spells(self, environment: str) -> bool:
        """Whether one names it in so many words, and not by a glob alone."""
        return any(spells_environment(rule.when, environment) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What policy asks, and the answer of every rule."""

    requirement: Requirement
    answers: tuple[RuleAnswer, ...]


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

UNREADABLE_POLICY = Rule(
    name="the repository's own policy cannot be read",
    when=When(),
    require=Demand(),
    origin=Origin.REPOSITORY,
)

ASKS_AT_MOST = 100
"""Different asks of a repository's own; to find which of them cover others takes their square."""

NOBODY_CAN = Ask(approvals=1, level=DEFAULT.require.level, groups=frozenset())
"""Stands for what cannot be told: nobody meets it, so nothing is approved beside it."""

_CHECKED = (RiskTier.HIGH, RiskTier.CRITICAL)


def evaluate(policy: Policy, facts: Facts, repository: tuple[Rule, ...] = ()) -> Judgement:
    """All rules that match, combined to the strictest; none matches: the default, one senior.

    `repository` are the rules of the repository itself: they are added, so they only tighten.
    """
    rules = (*policy.rules, *repository)
    answers = [_answer(rule, facts) for rule in rules]
    met = [rule for rule, answer in zip(rules, answers, strict=True) if answer.met]
    if not any(rule.origin is Origin.SERVER for rule in met):
        answers.append(_answer_default(policy, facts))
        met.append(DEFAULT)
    requirement = _requirement(policy, facts, met, answers)
    return Judgement(requirement, tuple(answers))


def _answer(rule: Rule, facts: Facts) -> RuleAnswer:
    """Tightening takes doubt for a yes, exempting for a no."""
    answer = judge(rule.when, facts, certain=not rule.require.approvals)
    return RuleAnswer(
        rule=rule.name,
        answer=answer,
        asks=demanded(rule.require),
        group=rule.group,
        origin=rule.origin.value,
    )


def _answer_default(policy: Policy, facts: Facts) -> RuleAnswer:
    sentences = (because(facts.provenance), *_why_default(policy, facts))
    parts = tuple(Answer(True, sentence) for sentence in sentences)
    answer = Answer(True, "where no other rule is about a change", parts)
    return RuleAnswer(
        rule=DEFAULT.name,
        answer=answer,
        asks=demanded(DEFAULT.require),
        origin=Origin.SERVER.value,
    )


def demanded(demand: Demand) -> str:
    """What one rule asks, in words."""
    if not demand.approvals:
        return "nobody has to sign"
    words = {OWNERS: "the owners", CODEOWNERS: "CODEOWNERS"}
    sources = " or ".join(words.get(source, source) for source in demand.sources)
    extra = " and a reason" if demand.reason else ""
    count = len(demand.checklist)
    points = f" and {count} point{'' if count == 1 else 's'} to check" if count else ""
    said = " and a declaration" if demand.declaration is Declaration.REQUIRED else ""
    key = " and a security key" if demand.step_up else ""
    return f"{demand.approvals} × {demand.level} or above from {sources}{extra}{points}{said}{key}"


def _requirement(
    policy: Policy, facts: Facts, met: list[Rule], answers: list[RuleAnswer]
) -> Requirement:
    demands = [rule.require for rule in met]
    asks, about_owners = _asks(policy, met, facts)
    strangers = tuple(_strangers(facts))
    somebody = any(ask.approvals for ask in asks)
    if strangers and somebody:
        asks = tuple(replace(ask, approvals=ask.approvals + 1) for ask in asks)
    reasons = (reason for answer in answers for reason in _reasons(answer))
    risky = somebody and facts.risk.tier in _CHECKED
    points = facts.risk.checklist if risky and policy.risk_checklist else ()
    reason = any(demand.reason for demand in demands) or (risky and policy.risk_reason)
    checklist = _unique((*map(_points, met), points))
    step_up = somebody and (
        facts.risk.tier in policy.step_up or any(demand.step_up for demand in demands)
    )
    # Where approving takes a form it was deliberate.
    at_a_click = somebody and not (risky or reason or checklist or step_up)
    return Requirement(
        asks=asks,
        levels=facts.roster.levels,
        owners=_channels(asks, facts),
        rules=tuple(rule.name for rule in met),
        because=tuple(dict.fromkeys((*reasons, *about_owners, *strangers))),
        policy_digest=policy.digest,
        deadlines=deadlines(_slas(policy, met), facts.at),
        approve_reason=reason,
        checklist=checklist,
        declaration=_declaration(demands),
        carry=policy.carry and not step_up and all(demand.carry for demand in demands),
        shadow=policy.shadow,
        grace=policy.grace if at_a_click else timedelta(0),
        step_up=step_up,
    )


def _asks(policy: Policy, met: list[Rule], facts: Facts) -> tuple[tuple[Ask, ...], tuple[str, ...]]:
    """A stranger's file may not ask so much that what the server asks is lost, or takes for ever."""
    asks: dict[Origin, list[Ask]] = {Origin.SERVER: [], Origin.REPOSITORY: []}
    said: list[str] = []
    for rule in met:
        demand = rule.require
        sla = policy.slas.get(demand.sla, Sla())
        found, sentences = circles(demand.sources, facts.change, facts.roster)
        said += sentences if demand.approvals else ()
        asks[rule.origin] += [
            Ask(
                approvals=max(demand.approvals, circle.approvals) if demand.approvals else 0,
                level=demand.level,
                groups=circle.groups,
                people=circle.people,
                wider=sla.wider,
            )
            for circle in found
        ]
    own = tuple(dict.fromkeys(asks[Origin.REPOSITORY]))
    if len(own) > ASKS_AT_MOST:
        said.append(
            "the repository's own rules ask for more than can be told apart: nobody may sign"
        )
        own = (NOBODY_CAN,)
    return strictest((*asks[Origin.SERVER], *own), facts.roster), tuple(said)


def _reasons(answer: RuleAnswer) -> Iterable[str]:
    """What a repository writes into its own rules is not for us to say."""
    if answer.origin == Origin.REPOSITORY:
        return ("a rule of the repository's own applies",) if answer.met else ()
    return answer.answer.reasons()


def _points(rule: Rule) -> tuple[str, ...]:
    theirs = "From the repository: " if rule.origin is Origin.REPOSITORY else ""
    return tuple(f"{theirs}{point}" for point in rule.require.checklist)


def _channels(asks: Iterable[Ask], facts: Facts) -> tuple[str, ...]:
    """The groups whose channels get the card: the owners, and whoever CODEOWNERS names."""
    owners = facts.roster.owners(facts.change)
    asked = {group for ask in asks for group in ask.groups}
    also = [group for group in facts.roster.groups if group in asked and group not in owners]
    return (*owners, *also)


def _slas(policy: Policy, met: Iterable[Rule]) -> list[Sla]:
    """The deadlines that somebody chose: a rule that names none does not shorten another's.

    A repository's own choice may shorten what the server's rules leave, never take its place.
    """
    named = [rule for rule in met if rule.require.sla in policy.slas]
    ours = [policy.slas[rule.require.sla] for rule in named if rule.origin is Origin.SERVER]
    theirs = [policy.slas[rule.require.sla] for rule in named if rule.origin is Origin.REPOSITORY]
    return [*(ours or [Sla()]), *theirs]


def _why_default(policy: Policy, facts: Facts) -> Iterator[str]:
    conditions = [rule.when for rule in policy.rules if asks_about_environment(rule.when)]
    if conditions and not any(
        names_environment(when, facts.change.environment) for when in conditions
    ):
        yield "no rule names this environment"
    yield "no rule is about this change"


def _strangers(facts: Facts) -> Iterator[str]:
    """Whose signature we could not tell from that of somebody else."""
    one_more = "so one more person has to sign: under another name they could sign their own work"
    automatic = facts.provenance.status is AiStatus.AUTOMATION
    if facts.contributors.unknown and not automatic:
        yield f"somebody who had a part is not in the roster, {one_more}"
    elif facts.provenance.status in BY_AI and not facts.contributors.people:
        yield f"it is AI-assisted, and nobody we know is named with it, {one_more}"


def _declaration(demands: Iterable[Demand]) -> Declaration:
    """The strictest; who need not sign need not be asked either."""
    wanted = {demand.declaration for demand in demands if demand.approvals}
    for declaration in (Declaration.REQUIRED, Declaration.ASK):
        if declaration in wanted:
            return declaration
    return Declaration.NO


def _unique(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))

"""What do roster, conventions, risk and policy, all together, say about one change?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.change import Change
from bot.domain.contributors import by_nobody, contributors
from bot.domain.dossier import EMPTY, Dossier
from bot.domain.evidence.conventions import Conventions
from bot.domain.facts import NEVER_DRAWN, Facts, gather
from bot.domain.people import Roster
from bot.domain.places import places_of
from bot.domain.policy import UNREADABLE_POLICY, Judgement, Policy, Rule, evaluate
from bot.domain.provenance import AiStatus, Statement, assess
from bot.domain.risk import RiskRules, assess_risk
from bot.domain.risk.windows import open_windows
from bot.domain.signoff import SetAside

ReadPolicy = Callable[[str], tuple[Rule, ...] | None]
"""The rules of a repository's own policy file; None if it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything the config says that decides who must sign."""

    roster: Roster
    policy: Policy
    conventions: Conventions
    risk: RiskRules
    read_policy: ReadPolicy


@dataclass(frozen=True, slots=True)
class Judged:
    """The facts that were found, and what policy makes of them."""

    facts: Facts
    judgement: Judgement


def judge(
    rules: Rules,
    change: Change,
    at: datetime,
    *,
    dossier: Dossier = EMPTY,
    statements: tuple[Statement, ...] = (),
    set_aside: tuple[SetAside, ...] = (),
    draw: int = NEVER_DRAWN,
) -> Judged:
    """Judged as of `at`. What the dossier knows of earlier revisions counts as well."""
    provenance = assess(
        change,
        rules.conventions,
        at=at,
        before=dossier.findings,
        statements=tuple(dict.fromkeys((*dossier.statements, *statements))),
        set_aside=frozenset(aside.finding for aside in (*dossier.set_aside, *set_aside)),
    )
    people = contributors(change, rules.roster, rules.conventions, before=dossier.contributors)
    if provenance.status is AiStatus.AUTOMATION and not by_nobody(people):
        # Somebody had a part in an earlier revision, or pushed this one.
        provenance = replace(provenance, status=AiStatus.UNDECLARED)
    paths = places_of(change.paths)
    facts = gather(
        change,
        rules.roster,
        provenance,
        people,
        assess_risk(change, rules.risk, at, paths),
        at,
        paths,
        draw=draw,
        windows=(window.name for window in open_windows(rules.risk.windows, at)),
    )
    own = tuple(rule for text in change.policies for rule in _own_rules(rules, text))
    return Judged(facts, evaluate(rules.policy, facts, own))


def _own_rules(rules: Rules, text: str) -> tuple[Rule, ...]:
    read = rules.read_policy(text)
    return (UNREADABLE_POLICY,) if read is None else read

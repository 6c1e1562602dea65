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
from bot.domain.people import Roster, Standing
from bot.domain.places import places_of
from bot.domain.policy import UNREADABLE_POLICY, Judgement, Policy, Rule, evaluate
from bot.domain.provenance import AiStatus, Statement, assess
from bot.domain.quorum import is_met_by
from bot.domain.risk import RiskRules, assess_risk
from bot.domain.risk.windows import open_windows
from bot.domain.signoff import Declaration, Requirement, SetAside

NOT_ENOUGH = "evidence was set aside, and still counts: that takes those who would have to approve"

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
    """Judged as of `at`. What the dossier knows of earlier revisions counts as well.

    Evidence that was set aside counts until as many said so as would have had to approve.
    """
    said = tuple(dict.fromkeys((*dossier.statements, *statements)))
    judged = _judge(rules, change, at, dossier, said, frozenset(), draw)
    if not set_aside:
        return judged
    gone = _gone(judged, set_aside)
    if not gone:
        return replace(judged, judgement=_saying(judged.judgement, NOT_ENOUGH))
    less = _judge(rules, change, at, dossier, said, gone, draw)
    return replace(less, judgement=_in_form_of(judged.judgement.requirement, less.judgement))


def _judge(
    rules: Rules,
    change: Change,
    at: datetime,
    dossier: Dossier,
    statements: tuple[Statement, ...],
    set_aside: frozenset[str],
    draw: int,
) -> Judged:
    provenance = assess(
        change,
        rules.conventions,
        at=at,
        before=dossier.findings,
        statements=statements,
        set_aside=set_aside,
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


def _gone(judged: Judged, set_aside: tuple[SetAside, ...]) -> frozenset[str]:
    """The findings that count no more: those by whom could have approved the whole, all together.

    A press of a button takes no security key away.
    """
    whole, facts = judged.judgement.requirement, judged.facts
    if whole.step_up:
        return frozenset()
    by: dict[str, list[Standing]] = {}
    for aside in set_aside:
        standing = facts.roster.standing(aside.by)
        if standing and aside.by not in facts.contributors.people:
            by.setdefault(aside.finding, []).append(standing)
    return frozenset(finding for finding, people in by.items() if is_met_by(whole, people))


def _in_form_of(whole: Requirement, judgement: Judgement) -> Judgement:
    """Nobody had to tick a point or say why to set evidence aside: that is left to be done."""
    less = judgement.requirement
    insists = Declaration.REQUIRED in (whole.declaration, less.declaration)
    formed = replace(
        less,
        approve_reason=whole.approve_reason or less.approve_reason,
        checklist=tuple(dict.fromkeys((*whole.checklist, *less.checklist))),
        declaration=Declaration.REQUIRED if insists else less.declaration,
        grace=min(whole.grace, less.grace),
        carry=whole.carry and less.carry,
    )
    return replace(judgement, requirement=formed)


def _saying(judgement: Judgement, sentence: str) -> Judgement:
    requirement = judgement.requirement
    because = tuple(dict.fromkeys((*requirement.because, sentence)))
    return replace(judgement, requirement=replace(requirement, because=because))


def _own_rules(rules: Rules, text: str) -> tuple[Rule, ...]:
    read = rules.read_policy(text)
    return (UNREADABLE_POLICY,) if read is None else read

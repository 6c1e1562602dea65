"""How is it told to programs why a change is asked for, and of whom?"""

from __future__ import annotations

from typing import Any

from bot import explained
from bot.cli.reports import Answered, Explained
from bot.domain.evidence.findings import Finding
from bot.domain.provenance import because
from bot.domain.risk import Reason
from bot.domain.signoff import Ask, Requirement


def described(found: Explained) -> dict[str, Any]:
    """From what was found to who would be asked."""
    change, facts = found.change, found.judged.facts
    requirement = found.judged.judgement.requirement
    return {
        "ok": True,
        "at": found.at.isoformat(),
        "change": {
            "repository": change.repository,
            "revision": change.revision,
            "environment": change.environment,
            "title": change.title,
        },
        "ai": {
            "status": facts.provenance.status.value,
            "sentence": because(facts.provenance),
            "tools": list(facts.provenance.tools),
            "findings": [_finding(finding) for finding in facts.provenance.findings],
        },
        "author": facts.author.id if facts.author else None,
        "contributors": {
            "people": sorted(facts.contributors.people),
            "unknown": list(facts.contributors.unknown),
        },
        "risk": {
            "tier": facts.risk.tier.value,
            "score": facts.risk.score,
            "reasons": [_reason(reason) for reason in facts.risk.reasons],
        },
        "requirement": _requirement(requirement),
        **explained.as_json(found.judged.judgement.answers, found.choices),
        "notes": list(found.notes),
    }


def answered(said: Answered) -> dict[str, Any]:
    """What a server says."""
    return {
        "ok": True,
        "signoff": said.signoff,
        "status": said.status,
        "current": said.current,
        **explained.as_json(said.rules, said.choices),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "source": finding.source,
        "where": finding.where,
        "tool": finding.tool,
        "tier": finding.tier.value,
        "role": finding.role.value,
        "counts": finding.counts,
        "text": finding.text,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "tier": reason.tier.value,
        "points": reason.points,
        "sentence": reason.sentence,
        "paths": list(reason.paths),
    }


def _requirement(requirement: Requirement) -> dict[str, Any]:
    return {
        "asks": [_ask(ask) for ask in requirement.asks],
        "rules": list(requirement.rules),
        "because": list(requirement.because),
        "deadlines": [
            {"kind": it.kind.value, "at": it.at.isoformat()} for it in requirement.deadlines
        ],
        "reason": requirement.approve_reason,
        "checklist": list(requirement.checklist),
        "declaration": requirement.declaration.value,
        "shadow": requirement.shadow,
        "policy_digest": requirement.policy_digest,
    }


def _ask(ask: Ask) -> dict[str, Any]:
    return {
        "approvals": ask.approvals,
        "level": ask.level,
        "groups": sorted(ask.groups),
        "people": sorted(ask.people),
        "wider": sorted(ask.wider),
    }

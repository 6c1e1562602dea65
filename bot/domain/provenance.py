"""Did AI help to make this change? What the findings and the author's own word come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import conventions
from bot.domain.change import Change, Identity
from bot.domain.contributors import takers_part
from bot.domain.conventions import Role
from bot.domain.findings import (
    STRONG,
    UNREAD,
    Finding,
    Tier,
    bot_name,
    findings_in,
    is_person,
    place_of,
)
from bot.domain.lines import fold

KEPT_AT_MOST = 100
"""Findings kept of one change: a hostile text can hold as many as it has lines."""

_NAMED_AT_MOST = 3
# The sources of findings, and how a sentence speaks of each.
_SOURCES = {
    "change author": "the change author",
    "trigger": "the trigger",
    "co-author trailer": "a co-author trailer",
    "trailer": "a trailer",
    "footer": "a footer",
    "session link": "a session link",
    "commit author": "a commit author",
    "committer": "a committer",
    "branch": "the branch name",
    "declaration": "the declaration",
    "prose": "the text",
}


class AiStatus(StrEnum):
    ASSISTED = "assisted"
    CONTRADICTED = "contradicted"
    SUSPECTED = "suspected"
    UNDECLARED = "undeclared"
    DECLARED_HUMAN = "declared_human"
    AUTOMATION = "automation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    status: AiStatus
    findings: tuple[Finding, ...] = ()

    @property
    def tools(self) -> tuple[str, ...]:
        named = (found.tool for found in self.findings if found.speaks_of_ai and found.tool)
        return tuple(dict.fromkeys(named))


def assess(change: Change) -> Provenance:
    """All evidence in the facts of a change, and the author's own word, joined."""
    unique: dict[tuple[str, str, str, str], Finding] = {}
    for finding in findings_in(change):
        unique.setdefault((finding.source, finding.tool, finding.text, finding.where), finding)
    findings = tuple(unique.values())
    strongest = sorted(findings, key=_rank)[:KEPT_AT_MOST]
    return Provenance(status=_status(change, findings), findings=tuple(strongest))


def because(provenance: Provenance) -> str:
    """One sentence for the card, in our own words only: nothing in it came from outside."""
    spoken = [finding for finding in provenance.findings if finding.speaks_of_ai]
    strong = [finding for finding in spoken if finding.tier in STRONG]
    match provenance.status:
        case AiStatus.ASSISTED:
            return f"AI-assisted ({_list(strong)})"
        case AiStatus.CONTRADICTED:
            return f"the author says no AI, but {_clause(strong)}"
        case AiStatus.SUSPECTED:
            return f"may be AI-assisted ({_list(spoken)})"
        case AiStatus.UNDECLARED:
            return "nobody said whether AI helped, and nothing was found"
        case AiStatus.DECLARED_HUMAN:
            return "the author states that no AI was used"
        case AiStatus.AUTOMATION:
            return f"an automation ({_automation(provenance)}), not AI"


def _status(change: Change, findings: tuple[Finding, ...]) -> AiStatus:
    spoken = [finding for finding in findings if finding.speaks_of_ai]
    strong = [finding for finding in spoken if finding.tier in STRONG]
    denied = {finding.where for finding in findings if finding.role is Role.NONE}
    said_no = _said_no(change, denied)
    if strong:
        caught = said_no or any(finding.where in denied for finding in strong)
        return AiStatus.CONTRADICTED if caught else AiStatus.ASSISTED
    if spoken:
        return AiStatus.SUSPECTED
    if said_no:
        return AiStatus.DECLARED_HUMAN
    return AiStatus.AUTOMATION if _is_automatic(change) else AiStatus.UNDECLARED


def _said_no(change: Change, denied: set[str]) -> bool:
    """A commit answers for itself alone, so a no of commits needs all of them."""
    if denied & {"payload", "title", "description"}:
        return True
    return bool(change.commits) and all(place_of(commit) in denied for commit in change.commits)


def _is_automatic(change: Change) -> bool:
    """The platform says the author is a bot, all commits are known, and no human is named."""
    return (
        change.commits_complete
        and fold(change.author.kind) == "bot"
        and bool(bot_name(change.author))
        and all(
            bot_name(commit.author) and _stands_aside(commit.committer) for commit in change.commits
        )
        and not any(map(is_person, takers_part(change)))
    )


def _stands_aside(committer: Identity) -> bool:
    """Nobody, the forge or a bot: a person who commits a bot's change may have changed it."""
    nobody = not (committer.login or committer.email or committer.name)
    forge = fold(committer.email) in conventions.FORGE_COMMITTERS
    return nobody or forge or bool(bot_name(committer))


def _list(findings: Iterable[Finding]) -> str:
    """The strongest findings by kind: "co-author trailer: Cursor, branch: OpenAI Codex"."""
    ranked = sorted(findings, key=_rank)
    said = list(dict.fromkeys(_said(f) for f in ranked))
    more = f" and {len(said) - _NAMED_AT_MOST} more" if len(said) > _NAMED_AT_MOST else ""
    return (", ".join(said[:_NAMED_AT_MOST]) + more) or "no finding is kept"


def _said(finding: Finding) -> str:
    return UNREAD if finding.source == UNREAD else f"{_source(finding)}: {_tool(finding)}"


def _clause(findings: Iterable[Finding]) -> str:
    ranked = sorted(findings, key=_rank)
    return next(
        (f"{_SOURCES.get(f.source, 'a finding')} names {_tool(f)}" for f in ranked),
        "evidence says yes",
    )


def _rank(finding: Finding) -> int:
    return list(Tier).index(finding.tier)


def _source(finding: Finding) -> str:
    return finding.source if finding.source in _SOURCES else "finding"


def _tool(finding: Finding) -> str:
    return finding.tool if finding.tool in conventions.TOOLS else "an AI tool"


def _automation(provenance: Provenance) -> str:
    names = (found.tool for found in provenance.findings if found.role is Role.AUTOMATION)
    return next((name for name in names if name in conventions.AUTOMATIONS), "a bot")

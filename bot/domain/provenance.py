"""Did AI help to make this change? What the findings and the author's own word come to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.change import Change, Identity
from bot.domain.contributors import takers_part
from bot.domain.evidence.conventions import Conventions, Role
from bot.domain.evidence.findings import STRONG, UNREAD, Finding, Tier, findings_in, place_of
from bot.domain.evidence.identities import FORGE_COMMITTERS, address, automation, is_bot, is_person

KEPT_AT_MOST = 100
"""Findings kept of one change: a hostile text can hold as many as it has lines."""

ANSWER = "answer"
"""Where a finding stands that is somebody's answer to our own question."""

_NAMED_AT_MOST = 3
# The sources of findings, and how a sentence speaks of each.
_SOURCES = {
    "change author": "the change author", "trigger": "the trigger", "pusher": "the pusher",
    "co-author trailer": "a co-author trailer", "trailer": "a trailer", "footer": "a footer",
    "session link": "a session link", "commit author": "a commit author", "committer": "a committer",
    "branch": "the branch name", "declaration": "the declaration", "prose": "the text",
    "statement": "a statement", "check-box": "a ticked box", "subject": "the subject",
    "label": "a label", "git note": "a git note", "agent trace": "an agent trace",
}  # fmt: skip
# Names of tools come from the conventions alone; what does not look like one is not repeated.
_A_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+/-]{0,39}")


STATEMENT = "statement"
"""The source of what somebody who had a part answered us."""


RUNS_WHAT_THE_BRANCH_SAYS = "github-actions"
"""A bot that does whatever a workflow file of the change's own branch tells it."""


class AiStatus(StrEnum):
    ASSISTED = "assisted"
    CONTRADICTED = "contradicted"
    SUSPECTED = "suspected"
    UNDECLARED = "undeclared"
    DECLARED_HUMAN = "declared_human"
    AUTOMATION = "automation"


BY_AI = (AiStatus.ASSISTED, AiStatus.CONTRADICTED)
"""AI helped, whatever else was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a person answered when we asked them whether AI helped."""

    person: str
    assisted: bool
    at: datetime
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    status: AiStatus
    findings: tuple[Finding, ...] = ()

    @property
    def tools(self) -> tuple[str, ...]:
        named = (found.tool for found in self.findings if found.counts and found.tool)
        return tuple(dict.fromkeys(named))


def assess(
    change: Change,
    conventions: Conventions,
    *,
    at: datetime,
    before: tuple[Finding, ...] = (),
    statements: tuple[Statement, ...] = (),
    set_aside: frozenset[str] = frozenset(),
) -> Provenance:
    """All evidence in the facts of a change, and the author's own word, joined.

    `before` is what earlier revisions showed: it stays evidence for ever. `set_aside` are ids of
    findings that stay listed and no longer count.
    """
    seen = (
        replace(finding, seen_at=at, revision=change.revision)
        for finding in findings_in(change, conventions)
    )
    joined = _joined((*seen, *_answers(statements, change.revision)), before)
    findings = [replace(finding, set_aside=finding.id in set_aside) for finding in joined]
    return Provenance(status=_status(change, findings, conventions), findings=strongest(findings))


def strongest(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As many as are kept: what counts before what does not, and what proves most first.

    Of each tool and tier the first goes before the rest, so that no flood hides another tool.
    """
    ranked = sorted(findings, key=_rank)
    first: dict[tuple[str, Tier], Finding] = {}
    for finding in ranked:
        first.setdefault((finding.tool, finding.tier), finding)
    leading = {finding.id for finding in first.values()}
    ordered = sorted(ranked, key=lambda finding: not (finding.counts and finding.id in leading))
    return tuple(sorted(ordered[:KEPT_AT_MOST], key=_rank))


def because(provenance: Provenance) -> str:
    """One sentence for the card, in our own words only: nothing in it came from outside."""
    counted = [finding for finding in provenance.findings if finding.counts]
    strong = [finding for finding in counted if finding.tier in STRONG]
    match provenance.status:
        case AiStatus.ASSISTED:
            return f"AI-assisted ({_list(strong)})"
        case AiStatus.CONTRADICTED:
            return f"the author says no AI, but {_clause(strong)}"
        case AiStatus.SUSPECTED:
            return f"may be AI-assisted ({_list(counted)})"
        case AiStatus.UNDECLARED:
            return "nobody said whether AI helped, and nothing was found"
        case AiStatus.DECLARED_HUMAN if counted:
            return (
                f"the author states that no AI was used, though there are hints ({_list(counted)})"
            )
        case AiStatus.DECLARED_HUMAN:
            return "the author states that no AI was used"
        case AiStatus.AUTOMATION:
            return f"an automation ({_automation(provenance)}), not AI"


def _answers(statements: tuple[Statement, ...], revision: str) -> Iterator[Finding]:
    """A yes speaks of all that follows it, a no of its own revision alone.

    Whoever said no can put it right with a yes; a yes cannot be taken back by a no.
    """
    for place, said in enumerate(statements):
        righted = any(it.assisted and it.person == said.person for it in statements[place:])
        if said.assisted or (said.revision == revision and not righted):
            yield Finding(
                source=STATEMENT,
                tool="",
                tier=Tier.DECLARED,
                text=f"{said.person}: {'AI helped' if said.assisted else 'no AI was used'}",
                where=ANSWER,
                role=Role.ASSIST if said.assisted else Role.NONE,
                seen_at=said.at,
                revision=said.revision,
            )


def _joined(seen: Iterable[Finding], before: Iterable[Finding]) -> list[Finding]:
    """What there is now and what there was, each once; who saw it first is remembered."""
    once: dict[str, Finding] = {}
    for finding in seen:
        known = once.setdefault(finding.id, finding)
        if _weight(finding) < _weight(known):
            once[finding.id] = finding
    for earlier in before:
        now = once.get(earlier.id)
        if now is None:
            once[earlier.id] = replace(earlier, present=False)
        else:
            stronger = min(now, earlier, key=_weight)
            once[earlier.id] = replace(
                stronger, seen_at=earlier.seen_at, revision=earlier.revision, present=True
            )
    return list(once.values())


def _status(change: Change, findings: list[Finding], conventions: Conventions) -> AiStatus:
    counted = [finding for finding in findings if finding.counts]
    strong = [finding for finding in counted if finding.tier in STRONG]
    # A no of an earlier revision was said of that one.
    denied = {finding.where for finding in findings if finding.denies and finding.present}
    said_no = _said_no(change, denied)
    if strong:
        caught = said_no or any(finding.where in denied for finding in strong)
        return AiStatus.CONTRADICTED if caught else AiStatus.ASSISTED
    if any(finding.source == UNREAD for finding in counted):
        return AiStatus.SUSPECTED
    if said_no:
        return AiStatus.DECLARED_HUMAN
    if counted:
        return AiStatus.SUSPECTED
    return AiStatus.AUTOMATION if _is_automatic(change, conventions) else AiStatus.UNDECLARED


def _said_no(change: Change, denied: set[str]) -> bool:
    """A commit answers for itself alone, so a no of commits needs all of them."""
    if denied & {"payload", "title", "description", ANSWER}:
        return True
    return (
        bool(change.commits)
        and change.commits_complete
        and all(place_of(commit) in denied for commit in change.commits)
    )


def _is_automatic(change: Change, conventions: Conventions) -> bool:
    """The platform says the author is a bot, all commits are known, and no human is named."""
    bot = automation(change.author, conventions)
    return (
        change.commits_complete
        and is_bot(change.author)
        and bot is not None
        and bot.tool != RUNS_WHAT_THE_BRANCH_SAYS
        and all(
            is_bot(commit.author)
            and automation(commit.author, conventions)
            and _stands_aside(commit.committer, conventions)
            for commit in change.commits
        )
        and not any(is_person(who, conventions) for who in takers_part(change))
    )


def _stands_aside(committer: Identity, conventions: Conventions) -> bool:
    """Nobody, the forge or a bot: a person who commits a bot's change may have changed it."""
    nobody = not (committer.login or committer.email or committer.name)
    forge = address(committer.email) in FORGE_COMMITTERS
    return nobody or forge or automation(committer, conventions) is not None


def _list(findings: Iterable[Finding]) -> str:
    """The strongest findings by kind: "co-author trailer: Cursor, branch: OpenAI Codex"."""
    ranked = sorted(findings, key=_rank)
    said = list(dict.fromkeys(_said(f) for f in ranked))
    more = f" and {len(said) - _NAMED_AT_MOST} more" if len(said) > _NAMED_AT_MOST else ""
    return (", ".join(said[:_NAMED_AT_MOST]) + more) or "no finding is kept"


def _said(finding: Finding) -> str:
    if finding.source == UNREAD:
        return UNREAD
    gone = "" if finding.present else ", in an earlier revision"
    return f"{_source(finding)}: {_tool(finding)}{gone}"


def _clause(findings: Iterable[Finding]) -> str:
    ranked = sorted(findings, key=_rank)
    return next(
        (f"{_SOURCES.get(f.source, 'a finding')} names {_tool(f)}" for f in ranked),
        "evidence says yes",
    )


def _rank(finding: Finding) -> tuple[bool, int]:
    return finding.set_aside, _weight(finding)


def _weight(finding: Finding) -> int:
    return list(Tier).index(finding.tier)


def _source(finding: Finding) -> str:
    return finding.source if finding.source in _SOURCES else "finding"


def _tool(finding: Finding) -> str:
    return _plain_name(finding.tool) or "an AI tool"


def _automation(provenance: Provenance) -> str:
    names = (found.tool for found in provenance.findings if found.role is Role.AUTOMATION)
    return next((name for name in names if _plain_name(name)), "a bot")


def _plain_name(name: str) -> str:
    return name if _A_NAME.fullmatch(name) else ""

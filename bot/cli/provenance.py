"""`countersign provenance`: what evidence of AI stands in the history of a real repository?"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import config, gitlog
from bot.cli import terminal
from bot.clock import system_clock
from bot.config import Misconfigured, conventions
from bot.domain.change import Change, Commit
from bot.domain.evidence.conventions import Conventions
from bot.domain.evidence.findings import Finding
from bot.domain.provenance import Provenance, assess
from bot.gitlog import GitTrouble

TROUBLE = 1
CONFIG = Path("countersign.yaml")
"""Whose conventions count, too, if no other file is named and this one is there."""

_HEADINGS = ("COMMIT", "DATE", "STATUS", "TOOL", "TIER", "SOURCE", "TEXT")
_TOTALS = ("status", "tier", "tool")
_NAMELESS = "(not named)"
_AUTHOR = "author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    commit: Commit
    provenance: Provenance

    @property
    def status(self) -> str:
        return self.provenance.status.value

    @property
    def date(self) -> str:
        return f"{self.commit.authored_at:%Y-%m-%d}" if self.commit.authored_at else "?"


def run(arguments: argparse.Namespace) -> int:
    """`--git PATH --range A..B [--config FILE] [--json]`; Misconfigured."""
    known = _conventions(Path(arguments.config) if arguments.config else None)
    try:
        found = list(judged(Path(arguments.git), arguments.range, known))
    except GitTrouble as trouble:
        return _refused(str(trouble), as_json=arguments.json)
    if arguments.json:
        terminal.tell([json.dumps(as_json(found, known), indent=2)])
    else:
        terminal.tell(described(found, terminal.width()))
    return 0


def _conventions(named: Path | None) -> Conventions:
    """Ours, and those of the operator's config."""
    if named is None and not CONFIG.exists():
        return conventions.standard()
    path = named or CONFIG
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "is not UTF-8"
        raise Misconfigured([f"{path}: {why}"], "the config cannot be read") from None
    return config.load(text).conventions


def judged(path: Path, range: str, known: Conventions) -> Iterator[Judged]:
    """Each commit of a range, newest first; GitTrouble."""
    return (_judged(commit, known) for commit in gitlog.commits(path, range))


def _judged(commit: Commit, known: Conventions) -> Judged:
    """The commit as a change of its own, on the day it was made."""
    change = Change(
        connection="git",
        key=commit.sha,
        repository="repository",
        revision=commit.sha,
        environment="production",
        title="",
        author=commit.author,
        commits=(commit,),
    )
    found = assess(change, known, at=commit.authored_at or system_clock())
    return Judged(commit=commit, provenance=replace(found, findings=_once(found.findings)))


def _once(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The author of the commit is that of the change, too: what they show is one finding."""
    said = {(finding.tool, finding.text) for finding in findings if finding.where != _AUTHOR}
    return tuple(it for it in findings if it.where != _AUTHOR or (it.tool, it.text) not in said)


def described(commits: Iterable[Judged], width: int) -> Iterator[str]:
    """For people: a row for each finding, and then the totals."""
    known = list(commits)
    rows = [row for one in known for row in _rows(one)]
    if rows:
        yield from terminal.table([_HEADINGS, *rows], width)
        yield ""
    for title, counts in totals(known).items():
        said = ", ".join(f"{count} {terminal.escaped(name)}" for name, count in counts.items())
        yield f"{title:8} {said or 'none'}"
    found = sum(1 for one in known if one.provenance.findings)
    yield f"{found} of {len(known)} commits have findings"


def _rows(one: Judged) -> Iterator[tuple[str, ...]]:
    heads = (one.commit.sha[:8], one.date, one.status)
    for found in one.provenance.findings:
        tool = found.tool or _NAMELESS
        yield (*heads, tool, found.tier.value, found.source, found.text)
        heads = ("", "", "")


def totals(commits: Iterable[Judged]) -> dict[str, dict[str, int]]:
    """Commits by status; findings by tier; commits by the tools their evidence names."""
    status, tier, tool = Counter[str](), Counter[str](), Counter[str]()
    for one in commits:
        status[one.status] += 1
        tier.update(finding.tier.value for finding in one.provenance.findings)
        spoken = [finding for finding in one.provenance.findings if finding.speaks_of_ai]
        tool.update({finding.tool or _NAMELESS for finding in spoken})
    return {
        name: dict(counter.most_common())
        for name, counter in zip(_TOTALS, (status, tier, tool), strict=True)
    }


def as_json(commits: Iterable[Judged], by: Conventions) -> dict[str, Any]:
    """The same for programs, with the commits that have no findings too."""
    known = list(commits)
    return {
        "ok": True,
        "conventions": by.version,
        "commits": [_commit(one) for one in known],
        "totals": totals(known),
    }


def _commit(one: Judged) -> dict[str, Any]:
    commit = one.commit
    return {
        "sha": commit.sha,
        "authored_at": commit.authored_at.isoformat() if commit.authored_at else None,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "subject": commit.message.partition("\n")[0][:200],
        "status": one.status,
        "findings": [_finding(finding) for finding in one.provenance.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    known = {"id": finding.id, **asdict(finding)}
    return {key: it.isoformat() if isinstance(it, datetime) else it for key, it in known.items()}


def _refused(sentence: str, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"ok": False, "problems": [sentence]}, indent=2))
    else:
        print(terminal.escaped(sentence), file=sys.stderr)
    return TROUBLE

"""How well are labelled commits told apart? `python -m tests.provenance.report LABELLED.jsonl`

Each line: author, author_email, committer, committer_email, message, author_date, label (ai, human or
bot), tool (a list), ambiguous, declared (yes, no or null) and git_note (tools, ai_lines) or null.
Exit 1 if a bar is missed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.config.conventions import standard
from bot.domain.change import AiNote, Change, Commit, Identity
from bot.domain.evidence.findings import STRONG, Tier
from bot.domain.provenance import Provenance, assess

AT = datetime(2026, 11, 22, tzinfo=UTC)
# Tiers that are counted, the least precision, the least recall.
BARS = ((STRONG, 1.00, 0.96), ((*STRONG, Tier.INFERRED), 0.99, 0.99))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One labelled commit, and what became of it."""

    row: Mapping[str, Any]
    provenance: Provenance

    @property
    def is_ai(self) -> bool:
        return bool(self.row["label"] == "ai")

    def found(self, tiers: Iterable[Tier]) -> bool:
        return any(finding.counts and finding.tier in tiers for finding in self.provenance.findings)

    def shown(self) -> str:
        row = self.row
        subject = row["message"].partition("\n")[0]
        why = "; ".join(row.get("evidence", ())) or row.get("note", "")
        return f"{row.get('repo', '')} {row.get('sha', '')[:7]} {subject[:60]!r}: {why[:160]!r}"


def change_of(row: Mapping[str, Any]) -> Change:
    """A change of this one commit; nothing in it is proven."""
    author = Identity(name=row["author"], email=row["author_email"])
    note = row.get("git_note")
    written = datetime.fromisoformat(row["author_date"]) if row.get("author_date") else None
    commit = Commit(
        sha=row.get("sha", "0" * 40),
        message=row["message"],
        author=author,
        committer=Identity(name=row["committer"], email=row["committer_email"]),
        authored_at=written,
        notes=(
            AiNote(
                ref="refs/notes/ai",
                tools=tuple(note["tools"]),
                ai_lines=note["ai_lines"],
                signed=True,
            ),
        )
        if note
        else (),
    )
    return Change(
        connection="report",
        key=commit.sha,
        repository=row.get("repo", "acme/pay"),
        revision=commit.sha,
        environment="production",
        title="",
        author=author,
        commits=(commit,),
    )


def judged(lines: Iterable[str]) -> Iterator[Judged]:
    """The clear rows, assessed."""
    for line in lines:
        row = json.loads(line)
        if not row.get("ambiguous"):
            yield Judged(row=row, provenance=assess(change_of(row), standard(), at=AT))


def measured(rows: list[Judged], tiers: tuple[Tier, ...]) -> tuple[float, float, list[str]]:
    """Precision, recall, and what went wrong."""
    hits = sum(row.is_ai and row.found(tiers) for row in rows)
    alarms = [row for row in rows if row.found(tiers) and not row.is_ai]
    misses = [row for row in rows if row.is_ai and not row.found(tiers)]
    wrong = [f"  false alarm: {row.shown()}{_evidence(row, tiers)}" for row in alarms]
    wrong += [f"  missed: {row.shown()}" for row in misses]
    return hits / ((hits + len(alarms)) or 1), hits / ((hits + len(misses)) or 1), wrong


def _evidence(row: Judged, tiers: tuple[Tier, ...]) -> str:
    return "".join(
        f"\n      {found.convention} ({found.tier}): {found.text[:100]!r}"
        for found in row.provenance.findings
        if found.counts and found.tier in tiers
    )


def by_tool(rows: Iterable[Judged], tiers: tuple[Tier, ...]) -> Iterator[str]:
    """Of each tool that a label names: how many rows were found, and how many named that tool."""
    there, found, named = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        for tool in row.row.get("tool", ()):
            there[tool] += 1
            found[tool] += row.found(tiers)
            named[tool] += tool in row.provenance.tools
    for tool, count in there.most_common():
        yield f"  {tool:<20} {found[tool]:>4} of {count:>4}, named {named[tool]:>4}"


def report(rows: list[Judged]) -> tuple[str, bool]:
    """What to print, and whether every bar is reached."""
    lines, reached = [f"{len(rows)} clear rows"], True
    for tiers, least_precision, least_recall in BARS:
        precision, recall, wrong = measured(rows, tiers)
        fine = precision >= least_precision and recall >= least_recall
        reached = reached and fine
        lines.append(
            f"{' + '.join(tiers)}: precision {precision:.3f} (>= {least_precision:.2f}), "
            f"recall {recall:.3f} (>= {least_recall:.2f}){'' if fine else '  MISSED'}"
        )
        lines += [*wrong, *by_tool(rows, tiers)]
    return "\n".join(lines), reached


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.provenance.report LABELLED.jsonl\n")
        return 2
    with Path(arguments[0]).open(encoding="utf-8") as labelled:
        text, reached = report(list(judged(labelled)))
    sys.stdout.write(f"{text}\n")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

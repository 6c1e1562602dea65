"""What is to be told of this change: by its CI, by git, and which of it is not known?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.agent import governing
from bot.agent.comparing import Comparison, Unknown, compared
from bot.agent.facts import TEXT_AT_MOST, Told, commits, files, person, told_commits
from bot.agent.surroundings import Base, Surroundings
from bot.domain.change import Identity
from bot.domain.owners import Dialect
from bot.gitlog import GitTrouble, records, repository_of
from bot.gitlog.commits import Record, tree_of

KEY_AT_MOST = 200
_URL = re.compile(r"https?://[!-~]{1,2000}")
_TITLE_AT_MOST = 500
_Found = TypeVar("_Found")


@dataclass(slots=True, kw_only=True)
class Statement:
    """`data` as docs/pipelines.md has it, and a sentence for everything that is not known.

    `deepen` says how to get a clone that holds more.
    """

    deepen: str
    data: Told = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def attempt(self, what: str, ask: Callable[[], _Found]) -> _Found | None:
        """None where it is not known; then it is left out, and said so."""
        try:
            return ask()
        except (Unknown, GitTrouble) as why:
            more = isinstance(why, Unknown) and why.cut
            remedy = f"; a clone that does: {self.deepen}" if more else ""
            self.notes.append(f"{what} left out, so stricter rules apply: {why}{remedy}")
            return None


def stated(path: Path, around: Surroundings, revision: str, base: Base) -> Statement:
    """All that is known of the change but its key and environment, which are chosen."""
    told = Statement(deepen=around.deepen)
    comparison = told.attempt("commits and files are", lambda: compared(path, revision, base))
    found: list[Record] = []
    if comparison:
        told.data["base_revision"] = comparison.base
        told.notes.append(f"compared with {comparison.base[:12]} ({base.said})")
        if base.partial:
            told.data["partial"] = True
            told.notes.append(
                "what came before may ship too, so stricter rules apply: name what runs now with --base"
            )
        found = _from_git(told, comparison)
    touched = _touched(told.data["files"]) if "files" in told.data else None
    told.data["policies"] = governing.policies(path, revision, comparison, touched, around.dialect)
    if comparison and around.dialect and touched is not None:
        _owners(told, comparison, around.dialect, touched)
    _from_ci(told, around, _newest(path, revision), found)
    if comparison and told.data.get("commits") == []:
        _going_back(told, around, comparison)
    with suppress(GitTrouble):
        told.data["tree"] = tree_of(path, revision)
    repository = around.repository or repository_of(path)
    told.data |= {"repository": repository, "revision": revision}
    return told


def key(around: Surroundings, data: Told) -> str:
    """The same for one attempt of one run and one environment; without a run, for one revision."""
    run = around.run or f"{data['repository']}/{data['revision']}"
    whole = f"{run}/{data['environment']}"
    if len(whole) <= KEY_AT_MOST:
        return whole
    digest = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()
    return f"{whole[: KEY_AT_MOST - 65].rstrip()}-{digest}"


def _from_git(told: Statement, comparison: Comparison) -> list[Record]:
    """What lies between; the commits, if all are known."""
    both = told.attempt("the commits are", lambda: _told(comparison))
    changed = told.attempt("the files are", lambda: files(comparison))
    if both:
        told.data["commits"] = both[1]
    if changed is not None:
        told.data["files"] = changed
    return both[0] if both else []


def _going_back(told: Statement, around: Surroundings, comparison: Comparison) -> None:
    """Nothing comes that was not there; whoever reads the title must not take it for something new."""
    if not around.title:
        told.data["title"] = f"Back to: {told.data['title']}"[:_TITLE_AT_MOST]
    told.notes.append(
        f"it goes back behind {comparison.base[:12]}: no commit is new, and the files say what changes"
    )


def _told(comparison: Comparison) -> tuple[list[Record], list[Told]]:
    found = commits(comparison)
    return found, told_commits(comparison, found)


def _owners(
    told: Statement, comparison: Comparison, dialect: Dialect, touched: frozenset[str]
) -> None:
    found = told.attempt(
        "the owners are", lambda: governing.codeowners(comparison, dialect, touched)
    )
    if found:
        told.data["codeowners"] = found


def _touched(files: Iterable[Told]) -> frozenset[str]:
    names = (file.get(name) for file in files for name in ("path", "previous_path"))
    return frozenset(name for name in names if name)


def _from_ci(
    told: Statement, around: Surroundings, head: Record | None, found: list[Record]
) -> None:
    subject = head.commit.message.strip().partition("\n")[0] if head else ""
    title = (around.title or subject)[:_TITLE_AT_MOST].strip() or "(no title)"
    author = around.author or _author(found) or (head.commit.author if head else None)
    said = {
        "title": title,
        "description": around.description[:TEXT_AT_MOST].replace("\0", ""),
        "url": around.url if _URL.fullmatch(around.url) else "",
        "lineage": around.lineage,
        "branch": around.branch,
        "labels": list(around.labels[:100]),
        "author": person(author) if author else None,
        "triggered_by": person(around.triggered_by) if around.triggered_by else None,
        "pushed_by": [person(who) for who in around.pushed_by],
    }
    told.data |= {name: fact for name, fact in said.items() if fact}


def _author(found: list[Record]) -> Identity | None:
    """Who began the work: whoever merged it last did not write it."""
    return next((it.commit.author for it in found if len(it.parents) < 2), None)


def _newest(path: Path, revision: str) -> Record | None:
    try:
        return next(records(path, revision), None)
    except GitTrouble:
        return None

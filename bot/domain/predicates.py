"""Which words may a rule use? Each says yes with a sentence, or no with None."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.domain.change import Change, Kind
from bot.domain.people import Person, Roster
from bot.domain.provenance import AiStatus, Provenance, because
from bot.domain.spans import harmless


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a rule may look at: gathered before, so that no rule can fail halfway."""

    change: Change
    provenance: Provenance
    author: Person | None
    roster: Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """Authors `below` a level, or `at_least` of one. Somebody unknown is below every level."""

    below: str = ""
    at_least: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Larger than so many lines (added and deleted together) or files; whatever is unknown is."""

    lines_over: int | None = None
    files_over: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The conditions of a rule: all that are given must hold, one value of each is enough."""

    environment: tuple[str, ...] = ()
    repository: tuple[str, ...] = ()
    kind: tuple[Kind, ...] = ()
    ai: tuple[AiStatus, ...] = ()
    author_level: LevelRange | None = None
    paths: tuple[str, ...] = ()
    size: Size | None = None


def matches(when: When, facts: Facts) -> tuple[str, ...] | None:
    """Why the rule applies, a sentence for each condition; None if it does not."""
    sentences = list(_answers(when, facts))
    if any(sentence is None for sentence in sentences):
        return None
    return tuple(sentence for sentence in sentences if sentence)


def _answers(when: When, facts: Facts) -> Iterator[str | None]:
    change = facts.change
    if when.ai:
        yield because(facts.provenance) if facts.provenance.status in when.ai else None
    if when.environment:
        fits = _any_glob(change.environment, when.environment)
        yield harmless(change.environment, 60) if fits else None
    if when.repository:
        fits = _any_glob(change.repository, when.repository)
        yield f"repository {harmless(change.repository, 100)}" if fits else None
    if when.kind:
        yield f"{change.kind.value} change" if change.kind in when.kind else None
    if when.author_level:
        yield _author_level(when.author_level, facts)
    if when.paths:
        yield _paths(when.paths, change)
    if when.size:
        yield _size(when.size, change)


def glob_match(path: str, glob: str) -> bool:
    """`*` stays within a folder, `**` crosses folders; without a slash it fits any file name.

    With a slash at the end it is a folder, and all that is in it.
    """
    if glob.endswith("/"):
        glob += "**"
    if "/" not in glob:
        return fnmatchcase(path.rpartition("/")[2], glob)
    return _segments_match(path.split("/"), glob.strip("/").split("/"))


def _segments_match(path: list[str], glob: list[str]) -> bool:
    """Row by row over the glob, so that many `**` cost no more than length times length."""
    reached = {0}
    for segment in glob:
        if segment == "**":
            reached = set(range(min(reached), len(path) + 1)) if reached else set()
        else:
            reached = {i + 1 for i in reached if i < len(path) and fnmatchcase(path[i], segment)}
    return len(path) in reached


def _any_glob(text: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, glob) for glob in globs)


def _author_level(wanted: LevelRange, facts: Facts) -> str | None:
    author, roster = facts.author, facts.roster
    if wanted.at_least and (author is None or not roster.reaches(author.level, wanted.at_least)):
        return None
    if wanted.below and author and roster.reaches(author.level, wanted.below):
        return None
    if author is None:
        return f"the author is not in the roster, so counts as below {wanted.below}"
    return f"the author is {author.level}"


def _paths(globs: tuple[str, ...], change: Change) -> str | None:
    for glob in globs:
        if any(glob_match(path, glob) for path in change.paths):
            return f"touches {glob}"
    return None if change.files_complete else "not all of its files are known"


def _size(size: Size, change: Change) -> str | None:
    if not change.files_complete:
        return "its size is not known"
    lines, files = change.additions + change.deletions, len(change.files)
    if size.lines_over is not None and lines > size.lines_over:
        return f"{lines} lines"
    if size.files_over is not None and files > size.files_over:
        return f"{files} files"
    return None

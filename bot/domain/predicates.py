"""Which words may a rule use? Each says yes with a sentence, or no with None.

There are two readings. A rule that tightens takes doubt for a yes: one file, one contributor or
one spelling is enough, and so is what we do not know. One that exempts has to be `certain`: all
of them, and nothing unknown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.domain.change import Change, Kind
from bot.domain.people import Contributors, Person, Roster
from bot.domain.provenance import AiStatus, Provenance, because
from bot.domain.spans import harmless

_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a rule may look at: gathered before, so that no rule can fail halfway."""

    change: Change
    provenance: Provenance
    author: Person | None
    contributors: Contributors
    roster: Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """Anybody with a part `below` a level, or all `at_least` of one; strangers are below all."""

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


def matches(when: When, facts: Facts, *, certain: bool = False) -> tuple[str, ...] | None:
    """Why the rule applies, a sentence for each condition; None if it does not."""
    sentences = list(_answers(when, facts, certain))
    if any(sentence is None for sentence in sentences):
        return None
    return tuple(sentence for sentence in sentences if sentence)


def names_environment(when: When, change: Change) -> bool:
    """Whether one of its globs of environments fits."""
    return _any_glob(change.environment, when.environment, certain=False)


def _answers(when: When, facts: Facts, certain: bool) -> Iterator[str | None]:
    change = facts.change
    if when.ai:
        yield because(facts.provenance) if facts.provenance.status in when.ai else None
    if when.environment:
        fits = _any_glob(change.environment, when.environment, certain=certain)
        yield harmless(change.environment, 60) if fits else None
    if when.repository:
        fits = _any_glob(change.repository, when.repository, certain=certain)
        yield f"repository {harmless(change.repository, 100)}" if fits else None
    if when.kind:
        yield f"{change.kind.value} change" if change.kind in when.kind else None
    if when.author_level:
        yield _author_level(when.author_level, facts, certain)
    if when.paths:
        yield _only_paths(when.paths, change) if certain else _any_path(when.paths, change)
    if when.size:
        yield _size(when.size, change, certain)


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


def _any_glob(text: str, globs: tuple[str, ...], *, certain: bool) -> bool:
    """As it is written and as it is folded: either will do, or, to be certain, both."""
    enough = all if certain else any
    written = any(fnmatchcase(text, glob) for glob in globs)
    return enough((written, any(fnmatchcase(_folded(text), _folded(glob)) for glob in globs)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _folded_path(path: str) -> str:
    """Without capitals, and accents composed."""
    return path.lower() if path.isascii() else "/".join(map(_folded_name, path.split("/")))


def _folded_name(name: str) -> str:
    """Composing a long run of accents takes quadratic time, and no file system has such names."""
    short = len(name) <= _LONGEST_NAME
    return (unicodedata.normalize("NFC", name) if short else name).casefold()


def _author_level(wanted: LevelRange, facts: Facts, certain: bool) -> str | None:
    if certain and (_has_strangers(facts) or not facts.change.commits_complete):
        return None
    if wanted.at_least and not _all_reach(wanted.at_least, facts):
        return None
    if not wanted.below:
        return _levels_of_all(wanted.at_least, facts)
    if certain and not _all_below(wanted.below, facts):
        return None
    return _somebody_below(wanted.below, facts)


def _people(facts: Facts) -> list[Person]:
    """The contributors we know; the author among them, and first."""
    author, people = facts.author, facts.roster.people
    others = [people[id] for id in sorted(facts.contributors.people) if id in people]
    return [author, *(it for it in others if it.id != author.id)] if author else others


def _has_strangers(facts: Facts) -> bool:
    gone = facts.contributors.people - facts.roster.people.keys()
    return facts.author is None or bool(facts.contributors.unknown or gone)


def _all_reach(level: str, facts: Facts) -> bool:
    return not _has_strangers(facts) and all(
        facts.roster.reaches(person.level, level) for person in _people(facts)
    )


def _all_below(level: str, facts: Facts) -> bool:
    roster = facts.roster
    return level in roster.levels and not any(
        roster.reaches(person.level, level) for person in _people(facts)
    )


def _levels_of_all(level: str, facts: Facts) -> str:
    first, *others = _people(facts)
    return f"everybody who had a part is {level} or above" if others else _is_of(first, facts)


def _somebody_below(level: str, facts: Facts) -> str | None:
    low = [it for it in _people(facts) if not facts.roster.reaches(it.level, level)]
    if facts.author is None:
        return f"the author is not in the roster, so counts as below {level}"
    if low:
        return _is_of(low[0], facts)
    if _has_strangers(facts):
        return f"a contributor is not in the roster, so counts as below {level}"
    return None


def _is_of(person: Person, facts: Facts) -> str:
    is_author = facts.author is not None and person.id == facts.author.id
    who = "the author" if is_author else f"a contributor, {person.name},"
    return f"{who} is {person.level}"


def _any_path(globs: tuple[str, ...], change: Change) -> str | None:
    written = change.paths
    folded = tuple(map(_folded_path, written))
    for glob in globs:
        if _one_fits(written, glob) or _one_fits(folded, _folded_path(glob)):
            return f"touches {glob}"
    return None if change.files_complete else "not all of its files are known"


def _one_fits(paths: Iterable[str], glob: str) -> bool:
    return any(glob_match(path, glob) for path in paths)


def _only_paths(globs: tuple[str, ...], change: Change) -> str | None:
    """As they are written: Docs/ is another folder than docs/, and need not be as harmless."""
    paths = change.paths
    known = bool(paths) and change.files_complete
    if known and all(any(glob_match(path, glob) for glob in globs) for path in paths):
        return f"touches only {', '.join(globs)}"
    return None


def _size(size: Size, change: Change, certain: bool) -> str | None:
    if not change.files_complete:
        return None if certain else "its size is not known"
    lines, files = change.additions + change.deletions, len(change.files)
    if size.lines_over is not None and lines > size.lines_over:
        return f"{lines} lines"
    if size.files_over is not None and files > size.files_over:
        return f"{files} files"
    return None

"""Who owns the changed files, by CODEOWNERS as GitHub and as GitLab read it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.domain.change import Ownership
from bot.domain.owners.github import read_github
from bot.domain.owners.gitlab import read_gitlab
from bot.domain.owners.lines import Misread as Misread
from bot.domain.owners.lines import OwnerLine, Reading
from bot.domain.owners.path_index import PathIndex, Ranks


class Dialect(StrEnum):
    """Whose rules a file is read by."""

    GITHUB = "github"
    GITLAB = "gitlab"


LOCATIONS: Mapping[Dialect, tuple[str, ...]] = MappingProxyType(
    {
        Dialect.GITHUB: (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
        Dialect.GITLAB: ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
    }
)
"""Where the file may be: the first that is there is the one that counts."""

POLICIES: Mapping[Dialect, tuple[str, ...]] = MappingProxyType(
    {
        Dialect.GITHUB: (".github/.countersign.yaml", ".countersign.yaml"),
        Dialect.GITLAB: (".gitlab/.countersign.yaml", ".countersign.yaml"),
    }
)
"""Where a repository's own policy may be: all that are there count, so none puts another aside."""


def policies_at(dialect: Dialect | None) -> tuple[str, ...]:
    """Where a policy may be; None: whose repository it is is not known, so wherever it could be."""
    dialects = Dialect if dialect is None else (dialect,)
    return tuple(dict.fromkeys(place for it in dialects for place in POLICIES[it]))


LARGEST = 3_000_000
"""Bytes. A larger file is not read: who owns what is unknown then."""

LINES_AT_MOST = 50_000
"""Likewise."""

PATHS_SHOWN = 3

_Key = tuple[int, int, frozenset[str]]
_Seen = list[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOwners:
    """A CODEOWNERS file, read. `problems` are the lines that were skipped, the first 100.

    `known` False: the file was too large to be read, and nothing in it counts.
    """

    reading: Reading
    index: PathIndex
    known: bool = True

    @property
    def problems(self) -> tuple[Misread, ...]:
        return self.reading.problems

    def of(self, paths: Iterable[str]) -> tuple[Ownership, ...]:
        """The distinct sets of owners of these files, in the order of the lines that decide.

        Last, and without owners: the files that nobody owns. A file whose owners would take too
        long to find is told of everybody in the file, and of nobody: it asks for all there are.
        """
        nobodys: dict[_Key | None, int] = {None: len(self.reading.lines)}
        first, seen = dict[_Key | None, int](), dict[_Key | None, _Seen]()
        for ranks, found in self._alike(paths).items():
            owning = self._owning(ranks) or nobodys
            for key, rank in (owning if ranks is not None else owning | nobodys).items():
                first[key] = min(rank, first.get(key, rank))
                seen.setdefault(key, []).extend(found)
        order = sorted(first, key=lambda key: first[key])
        return tuple(self._ownership(first[key], seen[key]) for key in order)

    def _alike(self, paths: Iterable[str]) -> Mapping[Ranks | None, _Seen]:
        """The first few files of each combination of lines that decide, with their places."""
        distinct = [path.removeprefix("/") for path in dict.fromkeys(paths)]
        alike = dict[Ranks | None, _Seen]()
        for at, ranks in enumerate(self.index.find(distinct)):
            found = alike.get(ranks)
            if found is None:
                found = alike[ranks] = []
            if len(found) < PATHS_SHOWN:
                found.append((at, distinct[at]))
        return alike

    def _owning(self, ranks: Ranks | None) -> dict[_Key | None, int]:
        """The first of these lines for each set of owners, but for sections that spare the file."""
        every = range(len(self.reading.lines))
        lines = [(rank, self.reading.lines[rank]) for rank in (every if ranks is None else ranks)]
        spared = {line.section for _, line in lines if line.spares} if ranks else set[int]()
        return {
            _key(line): rank
            for rank, line in reversed(lines)
            if line.owners and line.section not in spared
        }

    def _ownership(self, rank: int, seen: _Seen) -> Ownership:
        paths = tuple(path for _, path in sorted(seen)[:PATHS_SHOWN])
        if rank == len(self.reading.lines):
            return Ownership(owners=(), paths=paths)
        line = self.reading.lines[rank]
        return Ownership(
            owners=line.owners,
            approvals=line.approvals,
            section=self.reading.sections[line.section],
            paths=paths,
        )


def parse(text: str, dialect: Dialect) -> CodeOwners:
    """Read a file. It never fails: what cannot be read is among the problems."""
    if too_much := _too_much(text):
        reading = Reading(problems=(Misread(line=0, what=too_much),))
        return CodeOwners(reading=reading, index=PathIndex(()), known=False)
    reading = read_github(text) if dialect is Dialect.GITHUB else read_gitlab(text)
    slots = ((2 * line.section + line.spares, line.pattern) for line in reading.lines)
    return CodeOwners(reading=reading, index=PathIndex(slots))


def _too_much(text: str) -> str:
    if len(text) > LARGEST or len(text.encode(errors="surrogatepass")) > LARGEST:
        return f"the file is larger than {LARGEST // 1_000_000} MB: it is not read"
    if text.count("\n") >= LINES_AT_MOST:
        return f"the file has more than {LINES_AT_MOST} lines: it is not read"
    return ""


def _key(line: OwnerLine) -> _Key:
    """Two lines of one section ask for the same if they name the same, in whatever order."""
    return line.section, line.approvals, frozenset(owner.casefold() for owner in line.owners)

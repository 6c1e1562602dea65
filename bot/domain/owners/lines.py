"""What does a line of CODEOWNERS say, once it is read?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.domain.owners.path_patterns import Pattern

PROBLEMS_AT_MOST = 100
"""Lines that were misread and are told; there may be more."""

SPACE = " \t\v\f\r"
"""What separates the words of a line. Wider spaces are part of a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A line that was skipped, or says something else than it seems to. Line 0: all of the file."""

    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLine:
    """Who owns what a pattern is about. `spares`: in this section nobody has to approve it."""

    pattern: Pattern
    owners: tuple[str, ...] = ()
    section: int = 0
    approvals: int = 1
    spares: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The lines in the order in which later ones win, and the names of the sections they are of."""

    lines: tuple[OwnerLine, ...] = ()
    sections: tuple[str, ...] = ("",)
    problems: tuple[Misread, ...] = ()


@dataclass(slots=True)
class Problems:
    """The first of the problems of a file."""

    told: list[Misread] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        if len(self.told) < PROBLEMS_AT_MOST:
            self.told.append(Misread(line=line, what=what))


def written_lines(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines that are neither empty nor comments, without the space around them."""
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = raw.strip(SPACE)
        if line and not line.startswith("#"):
            yield number, line

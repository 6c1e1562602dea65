"""Which lines does a unified diff add and take away, and is it all there?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

PATCH_AT_MOST = 1_000_000
"""Characters of a patch that are looked at."""

LINES_AT_MOST = 20_000

_HEADER = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_FILE_HEADERS = ("--- ", "+++ ", "diff --git ", "index ")
_NO_NEWLINE = "\\"


class Line(NamedTuple):
    """`sign` is "+", "-" or a space; `number` the place in the new file, from 1; 0 if not known."""

    sign: str
    text: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """`whole`: its headers announce exactly what is there, and all of it was read."""

    hunks: tuple[tuple[Line, ...], ...]
    whole: bool
    no_newline: bool

    def lines(self) -> Iterator[Line]:
        for hunk in self.hunks:
            yield from hunk


@dataclass(slots=True)
class _Reading:
    """How many lines of the hunk are still to come, of the old file and of the new one."""

    hunks: list[list[Line]]
    old: int = 0
    new: int = 0
    number: int = 0
    whole: bool = True
    no_newline: bool = False

    def header(self, counts: re.Match[str]) -> None:
        self.old, self.new = int(counts[1] or 1), int(counts[3] or 1)
        self.number = int(counts[2])
        self.hunks.append([])

    @property
    def done(self) -> bool:
        return self.old == 0 and self.new == 0

    def line(self, raw: str) -> None:
        """An empty line is one of context: some tools cut the space at the end."""
        sign, text = (raw[0], raw[1:]) if raw else (" ", "")
        if sign not in "+- " or not self.hunks:
            self.whole = False
            sign, text = "+", raw
        self.old -= sign != "+"
        self.new -= sign != "-"
        if self.old < 0 or self.new < 0:
            self.whole, self.old, self.new = False, 0, 0
        if not self.hunks:
            self.hunks.append([])
        self.hunks[-1].append(Line(sign, text, self.number))
        self.number += sign != "-"


def read_patch(patch: str) -> Patch:
    """What does not fit the headers is read all the same, as far as it can be."""
    raw = patch[:PATCH_AT_MOST].split("\n")
    reading = _Reading([])
    for line in raw[:LINES_AT_MOST]:
        _read(reading, line)
    cut = len(patch) > PATCH_AT_MOST or len(raw) > LINES_AT_MOST
    return Patch(
        hunks=tuple(map(tuple, reading.hunks)),
        whole=reading.whole and reading.done and not cut,
        no_newline=reading.no_newline,
    )


def _read(reading: _Reading, line: str) -> None:
    if reading.done and (counts := _HEADER.match(line)):
        reading.header(counts)
    elif line.startswith(_NO_NEWLINE):
        reading.no_newline = True
    elif reading.done and (not line or (not reading.hunks and line.startswith(_FILE_HEADERS))):
        return
    else:
        reading.line(line)

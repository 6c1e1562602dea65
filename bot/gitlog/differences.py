"""Which files differ between two commits, and how? Read for many pairs from two processes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.domain.change import FileChange
from bot.domain.risk import diffs
from bot.gitlog.asking import GitTrouble, asked, fields, lines

PATCH_AT_MOST = 1_000_000
"""Characters of one file's patch that are looked at; a longer one counts as not seen."""

Pair = tuple[str, str]
"""A commit, and the one it is compared with; an empty one: with nothing."""

_DIFF = (
    *("-r", "--root", "-M", "--no-abbrev", "--ignore-submodules=none", "--no-relative"),
    *("--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short"),
)
_HUNK = re.compile(r"@@ -[0-9]+(?:,([0-9]+))? \+[0-9]+(?:,([0-9]+))? @@")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_STATUS = {"A": "added", "C": "added", "D": "removed", "R": "renamed"}
_NOTHING = "000000"
_Item = TypeVar("_Item")


@dataclass(slots=True, kw_only=True)
class _Entry:
    """One file as git lists it; "-" lines where it does not count them."""

    mode: str
    blob: str
    letter: str
    path: str
    previous: str | None = None
    additions: str = "-"
    deletions: str = "-"

    @property
    def patches(self) -> int:
        """How many patches git writes: a change of type (file to link) is taken and put."""
        return 2 if self.letter == "T" else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One file as git compares it. None: not counted; a patch that is too long, or of no text."""

    path: str
    previous_path: str | None
    status: str
    mode: str
    blob: str
    additions: int | None
    deletions: int | None
    patch: str | None


@dataclass(slots=True)
class _Patch:
    """The hunks of one file, as far as they are kept."""

    hunks: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, line: str) -> None:
        self.length += len(line) + 1
        if self.length <= PATCH_AT_MOST:
            self.hunks.append(line)


_UNSEEN = _Patch(length=PATCH_AT_MOST + 1)


def differences(path: Path, pairs: Sequence[Pair]) -> Iterator[tuple[FileChange, ...]]:
    """The changed files of each pair, in the order given; a commit stands in one pair alone."""
    for found in compared(path, pairs):
        yield tuple(map(_seen, found))


def compared(path: Path, pairs: Sequence[Pair]) -> Iterator[tuple[Difference, ...]]:
    """The same as git writes it, for those who look into it elsewhere."""
    given = [f"{commit} {before}".rstrip() for commit, before in pairs]
    listing = ("diff-tree", "--stdin", "-z", "--raw", "--numstat", *_DIFF)
    patching = ("diff-tree", "--stdin", "-p", "-U3", *_DIFF)
    with (
        asked(path, *listing, given=given) as listed,
        asked(path, *patching, given=given) as patched,
    ):
        entries = _in_step(_entries(fields(listed)), pairs)
        patches = _in_step(_patches(lines(patched)), pairs)
        for found, written in zip(entries, patches, strict=True):
            yield tuple(_files(found, written))


def _in_step(
    answers: Iterator[tuple[str, list[_Item]]], pairs: Iterable[Pair]
) -> Iterator[list[_Item]]:
    """git says nothing of a pair without differences."""
    commit, items = next(answers, ("", []))
    for wanted, _ in pairs:
        if commit == wanted:
            yield items
            commit, items = next(answers, ("", []))
        else:
            yield []
    if commit:
        raise GitTrouble("git compares commits it was not asked about")


def _entries(words: Iterator[str]) -> Iterator[tuple[str, list[_Entry]]]:
    """First every file with its modes, then every file with its lines."""
    commit, entries, counted = "", list[_Entry](), 0
    for word in words:
        if word.startswith(":"):
            entries.append(_entry(word.split(" "), words))
        elif "\t" in word and counted < len(entries):
            additions, deletions, name = word.split("\t", 2)
            if not name:
                next(words, "")
                next(words, "")
            entries[counted].additions, entries[counted].deletions = additions, deletions
            counted += 1
        elif _SHA.fullmatch(word):
            if commit:
                yield commit, entries
            commit, entries, counted = word, [], 0
        else:
            raise GitTrouble("git lists a file in a way that cannot be read")
    if commit:
        yield commit, entries


def _entry(facts: list[str], words: Iterator[str]) -> _Entry:
    if len(facts) != 5:
        raise GitTrouble("git lists a file in a way that cannot be read")
    old_mode, mode, _, blob, letter = facts
    moved = letter[:1] in ("R", "C")
    previous = next(words, "") if moved else None
    return _Entry(
        mode=old_mode.lstrip(":") if mode == _NOTHING else mode,
        blob=blob,
        letter=letter[:1],
        path=next(words, ""),
        previous=previous,
    )


def _patches(written: Iterator[str]) -> Iterator[tuple[str, list[_Patch]]]:
    """Hunks are as long as they say: no line in a file can pass for the end of its patch."""
    commit, patches = "", list[_Patch]()
    for line in written:
        if _SHA.fullmatch(line):
            if commit:
                yield commit, patches
            commit, patches = line, []
        elif line.startswith("diff --git "):
            patches.append(_Patch())
        elif patches and (hunk := _HUNK.match(line)):
            patches[-1].add(line)
            _take_hunk(patches[-1], written, int(hunk[1] or 1), int(hunk[2] or 1))
        elif patches and line.startswith("\\"):
            patches[-1].add(line)
    if commit:
        yield commit, patches


def _take_hunk(patch: _Patch, written: Iterator[str], old: int, new: int) -> None:
    while old > 0 or new > 0:
        line = next(written, None)
        if line is None:
            raise GitTrouble("git writes a patch that ends too early")
        old -= not line.startswith(("+", "\\"))
        new -= not line.startswith(("-", "\\"))
        patch.add(line)


def _files(entries: list[_Entry], patches: list[_Patch]) -> Iterator[Difference]:
    if sum(entry.patches for entry in entries) != len(patches):
        patches = [_UNSEEN for entry in entries for _ in range(entry.patches)]
    left = iter(patches)
    for entry in entries:
        yield _file(entry, [next(left) for _ in range(entry.patches)])


def _file(entry: _Entry, patches: list[_Patch]) -> Difference:
    counted = entry.additions != "-"
    whole = counted and all(patch.length <= PATCH_AT_MOST for patch in patches)
    return Difference(
        path=entry.path,
        previous_path=entry.previous,
        status=_STATUS.get(entry.letter, "modified"),
        mode=entry.mode,
        blob=entry.blob,
        additions=int(entry.additions) if counted else None,
        deletions=int(entry.deletions) if counted else None,
        patch="\n".join(line for patch in patches for line in patch.hunks) if whole else None,
    )


def _seen(file: Difference) -> FileChange:
    found = diffs.inspect(
        file.path,
        file.patch,
        previous_path=file.previous_path,
        status=file.status,
        blob=file.blob,
        mode=file.mode,
    )
    return FileChange(
        path=file.path,
        previous_path=file.previous_path,
        additions=file.additions or 0,
        deletions=file.deletions or 0,
        counted=file.additions is not None,
        status=file.status,
        marks=found.marks,
        settings=found.settings,
        digest=found.digest,
    )

"""What does GitLab show of the files that a change touches, and what does it leave out?"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from pydantic import BaseModel

from bot.domain.change import FileChange
from bot.domain.risk.diffs import inspect
from bot.domain.risk.hunks import Patch, read_patch
from bot.pipelines.gitlab.entries import CommitEntry
from bot.pipelines.told import legible

_MODE = re.compile(r"[0-7]{6}")
_BINARY = "Binary files "


class DiffEntry(BaseModel):
    """`collapsed` and `too_large`: there is more than `diff` shows. Older versions do not say."""

    old_path: str
    new_path: str
    a_mode: str | None = None
    b_mode: str | None = None
    diff: str | None = None
    new_file: bool = False
    renamed_file: bool = False
    deleted_file: bool = False
    collapsed: bool | None = None
    too_large: bool | None = None

    @property
    def legible(self) -> bool:
        return legible(self.new_path, self.old_path)

    def file(self) -> FileChange:
        """The diff is looked at here, and not kept."""
        patch, status, before = self._patch(), self._status(), self._previous()
        mode = self.a_mode if self.deleted_file else self.b_mode
        seen = inspect(
            self.new_path,
            patch,
            previous_path=before,
            status=status,
            mode=mode if mode and _MODE.fullmatch(mode) else "",
        )
        read = None if patch is None else read_patch(patch)
        return FileChange(
            path=self.new_path,
            previous_path=before,
            additions=_lines(read, "+"),
            deletions=_lines(read, "-"),
            counted=read is not None and read.whole,
            status=status,
            marks=seen.marks,
            settings=seen.settings,
            digest=seen.digest,
        )

    def _previous(self) -> str | None:
        return None if self.old_path == self.new_path else self.old_path

    def _status(self) -> str:
        if self.new_file:
            return "added"
        if self.deleted_file:
            return "removed"
        return "renamed" if self.renamed_file or self._previous() else "modified"

    def _patch(self) -> str | None:
        """None where GitLab shows nothing, or not all: an empty text is true of few files only."""
        if self.collapsed or self.too_large or (self.diff or "").startswith(_BINARY):
            return None
        if self.diff:
            return self.diff
        shown = self.collapsed is False and self.too_large is False
        empty = self._status() != "modified" or self.a_mode != self.b_mode
        return "" if shown and empty else None


class Comparison(BaseModel):
    """What lies between two commits. Of many files some are left out, and it does not say so."""

    commits: list[CommitEntry] = []
    diffs: list[DiffEntry] = []


async def to_files(entries: Sequence[DiffEntry]) -> tuple[FileChange, ...]:
    """Looks at all diffs, in a thread: there may be megabytes of them."""
    return await asyncio.to_thread(lambda: tuple(entry.file() for entry in entries))


def _lines(patch: Patch | None, sign: str) -> int:
    return sum(line.sign == sign for line in patch.lines()) if patch else 0

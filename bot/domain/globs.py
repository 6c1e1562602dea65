"""Does a name or a path fit a glob? As it is written, and as it is folded."""

from __future__ import annotations

import unicodedata
from fnmatch import fnmatchcase

_LONGEST = 4_096


def glob_match(path: str, glob: str) -> bool:
    """`*` stays within a folder, `**` crosses folders; without a slash it fits any file name.

    With a slash at the end it is a folder, and all that is in it.
    """
    if glob.endswith("/"):
        glob += "**"
    if "/" not in glob:
        return fnmatchcase(path.rpartition("/")[2], glob)
    return _segments_match(path.split("/"), glob.strip("/").split("/"))


def whole_match(name: str, glob: str) -> bool:
    """All of a name with steps, `payments/deploy`: a glob without a slash fits names without one."""
    return _segments_match(name.split("/"), glob.split("/"))


def _segments_match(path: list[str], glob: list[str]) -> bool:
    """Row by row over the glob, so that many `**` cost no more than length times length."""
    reached = {0}
    for segment in glob:
        if segment == "**":
            reached = set(range(min(reached), len(path) + 1)) if reached else set()
        else:
            reached = {i + 1 for i in reached if i < len(path) and fnmatchcase(path[i], segment)}
    return len(path) in reached


def name_fits(text: str, globs: tuple[str, ...], *, certain: bool = False) -> bool:
    """As it is written and as it is folded: either will do, or, to be certain, both."""
    enough = all if certain else any
    written = any(fnmatchcase(text, glob) for glob in globs)
    return enough((written, any(fnmatchcase(folded(text), folded(glob)) for glob in globs)))


def folded(text: str) -> str:
    """Composing a long run of accents takes quadratic time, and no name is that long."""
    return unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()

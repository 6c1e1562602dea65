"""What does GitHub read in a CODEOWNERS file?"""

from __future__ import annotations

import re

from bot.domain.owners.lines import SPACE, OwnerLine, Problems, Reading, written_lines
from bot.domain.owners.path_dialects import github_pattern

_PATTERN = re.compile(rf"(?:[^\\{SPACE}]|\\.?)+")
_GAP = re.compile(rf"[{SPACE}]+")
_OWNER = re.compile(r"@[\w-]+(?:/[\w.-]+)?|@?[\w.%+'-]+@[\w.-]+", re.ASCII)


def read_github(text: str) -> Reading:
    """A line with an invalid pattern or owner is skipped. Without owners it says: nobody's."""
    problems, lines, owners_of = Problems(), list[OwnerLine](), dict[str, tuple[str, ...] | str]()
    for number, line in written_lines(text):
        start, rest = _halves(line)
        owners = owners_of.get(rest)
        if owners is None:
            owners = owners_of[rest] = _owners(rest)
        pattern = github_pattern(start)
        if isinstance(pattern, str):
            problems.add(number, f"skipped: {pattern}")
        elif isinstance(owners, str):
            problems.add(number, f"skipped: {owners}")
        else:
            lines.append(OwnerLine(pattern=pattern, owners=owners))
    return Reading(lines=tuple(lines), problems=tuple(problems.told))


def _halves(line: str) -> tuple[str, str]:
    """The pattern, up to the first space that is not escaped, and what follows it."""
    found = _PATTERN.match(line) if "\\" in line else None
    if found is not None:
        return found[0], line[found.end() :].strip(SPACE)
    start, *rest = _GAP.split(line, maxsplit=1)
    return start, rest[0] if rest else ""


def _owners(text: str) -> tuple[str, ...] | str:
    """The owners before the comment, if there is one; or why the line is invalid."""
    owners = list[str]()
    for word in _GAP.split(text) if text else ():
        if word.startswith("#"):
            break
        if len(word) > 320 or not _OWNER.fullmatch(word):
            return "one of its owners is no `@name`, `@org/team` or e-mail address"
        owners.append(word)
    return tuple(dict.fromkeys(owners))

"""Which steps does docs/using.md tell people to take, and what do they find when they begin?

A heading with a line `<!-- walk: Ada Park, payments-deploys, REFUNDS -->` under it begins a walk:
who one is, where, and which changes wait. Its steps are the numbered lines up to the next heading.
`walk with step-up` is where approving takes a security key, `walk with a key` where one has theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "using.md"

_HEADING = re.compile(r"^#+ (.+)$")
_BEGIN = re.compile(r"^<!-- walk(?: with (step-up|a key))?: (.+) -->$")
_STEP = re.compile(r"^\d+\. (.+)$")
_PICTURE = re.compile(r"\]\(([^)]+\.png)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """`given`: who one is, the place, and the names of the changes that wait; `equipped` with what."""

    title: str
    given: tuple[str, ...]
    steps: tuple[str, ...]
    equipped: str = ""


def walks(text: str) -> list[Walk]:
    """All of them, in order. Raises ValueError where steps stand that nobody would take."""
    found = []
    for title, lines in _sections(text):
        steps = tuple(_steps(lines))
        begins = (match.groups() for line in lines if (match := _BEGIN.match(line)))
        equipped, given = next(begins, ("", ""))
        if bool(steps) != bool(given):
            missing = "a line that says how its walk begins" if steps else "steps"
            raise ValueError(f"{title!r} lacks {missing}")
        if steps:
            begun = tuple(word.strip() for word in given.split(","))
            found.append(Walk(title=title, given=begun, steps=steps, equipped=equipped or ""))
    return found


def pictures(text: str) -> list[str]:
    """The files that it shows, or links to."""
    return _PICTURE.findall(text)


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    title, lines = "", list[str]()
    for line in text.splitlines():
        if match := _HEADING.match(line):
            yield title, lines
            title, lines = match[1], []
        else:
            lines.append(line)
    yield title, lines


def _steps(lines: list[str]) -> Iterator[str]:
    """A step goes on in the lines that are set in below it."""
    step = ""
    for line in [*lines, ""]:
        if step and line.startswith("   "):
            step = f"{step} {line.strip()}"
            continue
        if step:
            yield step
        match = _STEP.match(line)
        step = match[1] if match else ""

"""What does GitLab read in a CODEOWNERS file?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.domain.owners.lines import SPACE, OwnerLine, Problems, Reading, written_lines
from bot.domain.owners.path_dialects import fnmatch_text, gitlab_pattern

APPROVALS_AT_MOST = 999

_HEADING = re.compile(
    rf"(\^)?\[([^\]]*)\](?:\[([0-9]*)\])?([{SPACE}]+[\w@./+{SPACE}-]*)?", re.ASCII
)
_BREAK = re.compile(rf"(?<!\\)[{SPACE}]+")
_ROLE = re.compile(r"@@(?:developer|maintainer|owner)s?", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"(?<![\w@])@([\w.][\w./-]*)", re.ASCII)
_LOCAL = re.compile(r"[\w.%+'-]+", re.ASCII)
_DOMAIN = re.compile(r"[\w.-]*\w", re.ASCII)
_WORD_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class _Heading:
    section: int = 0
    optional: bool = False
    approvals: int = 1
    owners: tuple[str, ...] = ()


@dataclass(slots=True)
class _Section:
    """A line that repeats a pattern takes the place of the one before, not a later one."""

    name: str = ""
    lines: dict[str, tuple[OwnerLine, bool]] = field(default_factory=dict)

    @property
    def optional(self) -> bool:
        return all(optional for _, optional in self.lines.values())


@dataclass(slots=True)
class _Reader:
    sections: list[_Section] = field(default_factory=lambda: [_Section()])
    numbers: dict[str, int] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    owners: dict[str, tuple[tuple[str, ...], bool]] = field(default_factory=dict)

    def heading(self, number: int, line: str, found: re.Match[str]) -> _Heading:
        """Whatever begins like a heading is one: what follows it is not read."""
        caret, name, count, default = found.groups()
        if found.end() < len(line):
            self.problems.add(number, "read as the heading of a section: the rest is ignored")
        if not name.strip(SPACE):
            self.problems.add(number, "the heading of a section without a name")
        key = name.casefold()
        if key not in self.numbers:
            self.numbers[key] = len(self.sections)
            self.sections.append(_Section(name[:200]))
        owners, _ = self.owners_in(default or "")
        return _Heading(self.numbers[key], bool(caret), _approvals(count or ""), owners)

    def entry(self, number: int, line: str, heading: _Heading) -> None:
        start, *rest = _BREAK.split(line, maxsplit=1)
        spares = start.startswith("!")
        text = fnmatch_text(start[1:] if spares else start)
        pattern = gitlab_pattern(text)
        if isinstance(pattern, str):
            self.problems.add(number, f"skipped: {pattern}")
            return
        owners = () if spares else self._owners(number, rest[0] if rest else "", heading)
        self.sections[heading.section].lines[text] = (
            OwnerLine(
                pattern=pattern,
                owners=owners,
                section=heading.section,
                approvals=heading.approvals,
                spares=spares,
            ),
            heading.optional,
        )

    def _owners(self, number: int, text: str, heading: _Heading) -> tuple[str, ...]:
        """Those of the line; those of the heading only if nothing at all follows the pattern."""
        owners, clean = self.owners_in(text)
        owners = owners if text else heading.owners
        if not clean:
            self.problems.add(number, "part of it is no owner; owners in a comment count here")
        if not owners:
            self.problems.add(number, "it names no owner")
        return owners

    def owners_in(self, text: str) -> tuple[tuple[str, ...], bool]:
        """Every owner that a text mentions, and whether each of its words is one."""
        if text not in self.owners:
            words = [word for word in _BREAK.split(text) if word]
            found = [list(_mentions(word)) for word in words]
            owners = dict.fromkeys(owner for word in found for owner in word)
            self.owners[text] = tuple(owners), all(found)
        return self.owners[text]


def read_gitlab(text: str) -> Reading:
    """Sections with one name are one, and optional only if each of its lines is."""
    reader, heading = _Reader(), _Heading()
    for number, line in written_lines(text):
        if line[0] in "[^" and (found := _HEADING.match(line)):
            heading = reader.heading(number, line, found)
        else:
            reader.entry(number, line, heading)
    return Reading(
        lines=tuple(_lines(reader.sections)),
        sections=tuple(section.name for section in reader.sections),
        problems=tuple(reader.problems.told),
    )


def _lines(sections: list[_Section]) -> Iterator[OwnerLine]:
    for section in sections:
        optional = section.optional
        for line, _ in section.lines.values():
            yield _waived(line) if optional else line


def _waived(line: OwnerLine) -> OwnerLine:
    return OwnerLine(
        pattern=line.pattern,
        owners=line.owners,
        section=line.section,
        approvals=0,
        spares=line.spares,
    )


def _approvals(digits: str) -> int:
    digits = digits.lstrip("0")
    return APPROVALS_AT_MOST if len(digits) > 3 else max(int(digits or "0"), 1)


def _mentions(word: str) -> Iterator[str]:
    """The owners in one word: a role, or every name and address, whatever stands around them."""
    if "@" not in word or len(word) > _WORD_AT_MOST:
        return
    if _ROLE.fullmatch(word):
        yield word
        return
    for found in _NAME.finditer(word):
        if name := _namespace(found[1]):
            yield f"@{name}"
    before, *after = word.split("@")
    for domain in after:
        found_domain = _DOMAIN.match(domain) if _LOCAL.fullmatch(before) else None
        if found_domain:
            yield f"{before}@{found_domain[0]}"
        before = "" if found_domain else domain


def _namespace(text: str) -> str:
    """The longest beginning that may be the path of a user or a group."""
    names = list[str]()
    for name in text.split("/")[:21]:
        whole = name.rstrip(".")
        if not whole or whole.startswith("-"):
            break
        names.append(whole)
        if whole != name:
            break
    return "/".join(names)

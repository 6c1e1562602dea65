"""How do GitHub and GitLab read the pattern of a line of CODEOWNERS?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.owners.path_patterns import (
    ANY_DEPTH,
    ANY_NAME,
    WILDCARDS,
    Atom,
    CharSet,
    Part,
    Pattern,
    part_of,
    plain_part,
)

PATTERN_AT_MOST = 4_096
"""Characters of a pattern: no path is longer."""

_ESCAPED_SPACES = re.compile(r"\\[ \t\v\f\r]+")
_NEVER = "its pattern can never match a path"


def github_pattern(text: str) -> Pattern | str:
    """The pattern, or why GitHub skips the line: gitignore's rules, with a few less.

    Other than in gitignore, a last name `*` means files only, and none further down.
    """
    parts = _refused(text) or _github_parts(text)
    if isinstance(parts, str):
        return parts
    if "/" not in text[:-1] and parts[0] is not ANY_DEPTH:
        parts.insert(0, ANY_DEPTH)
    inside = text.endswith("/")
    if parts[-1] is ANY_DEPTH:
        # `a/**` is what is in `a`; `a/**/` what is in the directories there.
        parts.append(ANY_NAME)
    elif not inside and parts[-1] != ANY_NAME:
        return Pattern(parts=tuple(parts), files=True, folders=True)
    return Pattern(parts=tuple(parts), folders=True) if inside else _files(parts)


def fnmatch_text(text: str) -> str:
    """What GitLab makes of a pattern, without the slash in front: from there it begins anywhere."""
    if text == "*":
        return "**/*"
    text = _ESCAPED_SPACES.sub(" ", text.removeprefix("\\") if text[:2] == "\\#" else text)
    text = text[1:] if text.startswith("/") else f"**/{text}"
    return f"{text}**/*" if text.endswith("/") or not text else text


def gitlab_pattern(text: str) -> Pattern | str:
    """The pattern of such a text, or why it can never match: Ruby's File.fnmatch.

    With its flags for dots and path names: `**` means any depth only in front of a slash.
    """
    if len(text) > PATTERN_AT_MOST:
        return "its pattern is too long"
    parts = _fnmatch_parts(text)
    if parts is None or any(part in ("", ".", "..") for part in parts):
        return _NEVER
    return _files(parts)


def _refused(text: str) -> str:
    if len(text) > PATTERN_AT_MOST:
        return "its pattern is too long"
    if text.startswith("!"):
        return "a pattern cannot be negated with `!`"
    if text.startswith("\\#"):
        return "a `#` in front cannot be escaped"
    if "***" in text:
        return "three asterisks in a row"
    return _NEVER if text in ("", "/") else ""


def _files(parts: Sequence[Part]) -> Pattern:
    """Files at a route; what ends in "anything at any depth" is a folder with all there is in it."""
    if len(parts) > 1 and parts[-2] is ANY_DEPTH and parts[-1] == ANY_NAME:
        return Pattern(parts=tuple(parts[:-2]), folders=True)
    return Pattern(parts=tuple(parts), files=True)


def _github_parts(text: str) -> list[Part] | str:
    parts: list[Part] = []
    for name in text.removeprefix("/").removesuffix("/").split("/"):
        if name in ("", ".", ".."):
            return _NEVER
        part = _github_part(name)
        if part is None:
            return "`[` and `]` must be escaped, and something must follow a `\\`"
        _append(parts, part)
    return parts


def _github_part(name: str) -> Part | None:
    """One name of a pattern; None: it is invalid."""
    if name == "**":
        return ANY_DEPTH
    if "[" not in name and "]" not in name and "\\" not in name:
        return plain_part(name)
    atoms, at = list[Atom](), 0
    while at < len(name):
        if name[at] in "[]" or (name[at] == "\\" and at + 1 == len(name)):
            return None
        atom, at = _atom(name, at)
        atoms.append(atom)
    return part_of(atoms)


def _fnmatch_parts(text: str) -> list[Part] | None:
    """The names of a pattern; None: an unclosed set, which matches nothing."""
    if "[" not in text and "\\" not in text:
        *folders, last = text.split("/")
        plain: list[Part] = []
        for name in folders:
            _append(plain, ANY_DEPTH if name == "**" else plain_part(name))
        return [*plain, plain_part(last)]
    parts, atoms, at = list[Part](), list[Atom](), 0
    while at < len(text):
        if not atoms and text.startswith("**/", at):
            _append(parts, ANY_DEPTH)
            at += 3
            continue
        chars, after = _char_set(text, at + 1) if text[at] == "[" else (None, 0)
        if text[at] == "[" and chars is None:
            return None
        atom, at = (chars, after) if chars else _atom(text, at)
        if atom == "/":
            parts.append(part_of(atoms))
            atoms = []
        else:
            atoms.append(atom)
    parts.append(part_of(atoms))
    return parts


def _append(parts: list[Part], part: Part) -> None:
    """Any depth twice is any depth."""
    if not (part is ANY_DEPTH and parts and parts[-1] is ANY_DEPTH):
        parts.append(part)


def _atom(text: str, at: int) -> tuple[Atom, int]:
    """The wildcard or the character at `at`, which may be escaped, and where the next is."""
    char = text[at]
    if char == "\\" and at + 1 < len(text):
        return text[at + 1], at + 2
    return WILDCARDS.get(char, char), at + 1


def _char_set(text: str, at: int) -> tuple[CharSet | None, int]:
    """The set that begins at `at`, after its bracket, and where it ends; None: it never does."""
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    ranges = list[tuple[str, str]]()
    while at < len(text) and text[at] != "]":
        first, at = _member(text, at)
        ranges.append((first, first))
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("", "]"):
            last, at = _member(text, at + 1)
            # Ruby takes both ends, also of a range that is the wrong way round.
            ranges += [(first, last), (last, last)]
    closed = at < len(text) and (ranges or negated)
    return (CharSet(tuple(ranges), negated) if closed else None), at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    at += text[at] == "\\" and at + 1 < len(text)
    return text[at], at + 1

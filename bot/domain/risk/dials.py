"""Which settings that scale or limit something does a diff move, and from where to where?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from bot.domain.change import Setting
from bot.domain.risk.hunks import Line, Patch
from bot.domain.risk.scales import bound_of

SETTINGS_AT_MOST = 100
"""Of one file; whoever moves more has a file nobody can read."""

_FILES = re.compile(
    r"(?:.*\.(?:ya?ml|json|json5|hcl|tf|tfvars|tofu|toml|properties|conf|cnf|cfg|ini|env|tpl|tmpl|nomad|service|options|vmoptions)"
    r"|(?:.*/)?(?:\.env[^/]*|Dockerfile[^/]*|Procfile|Caddyfile))",
    re.IGNORECASE,
)
# Here a "limit" is a word of a description, and the workers are those of a test run.
_OTHER_LIMITS = re.compile(
    r"(?:.*/)?(?:package\.json|package-lock\.json|composer\.json|(?:openapi|swagger)[^/]*\.(?:json|ya?ml)"
    r"|(?:jest|vitest|playwright|cypress|karma)[^/]*\.json5?|tsconfig[^/]*\.json|\.eslintrc[^/]*|[^/]*\.schema\.json)",
    re.IGNORECASE,
)
_TYPES = frozenset(("integer", "number", "string", "boolean", "object", "array"))
_HEAP = re.compile(r"-Xmx(\d{1,12}[kKmMgGtT]?)\b")
_TEXT = r"(?:(?:\$\{|\{\{)[^{}\n]{0,100}+\}{0,2}|[^\s\"',;\[\]#{][^\s\"',;\[\]#]{0,59}+)"
_SETTING = re.compile(
    r"(?<![\w.-])-{0,2}+([A-Za-z_][\w.-]{0,99}+)[\"']?"
    rf"(?:\s{{0,20}}+[:=]\s{{0,20}}+[\"']?({_TEXT})|\s{{1,20}}+(\d[^\s;#]{{0,30}}+))"
)
_SCOPE = re.compile(r"\s*+(?:-\s++)?[\"']?(limits|requests)[\"']?\s*+[:={]", re.IGNORECASE)
_NAMED = re.compile(
    r"\s*+(?:-\s++)?(?:variable\s++|[\"']?name[\"']?\s*+[:=]\s*+)[\"']?([A-Za-z_]\w{0,99}+)",
    re.IGNORECASE,
)
_VALUE = re.compile(rf"\s*+[\"']?(?:value|default)[\"']?\s*+[:=]\s*+[\"']?({_TEXT})", re.IGNORECASE)
_COMMENT = re.compile(r"\s*+(?:#|//|;|<!--)")
_REST_IS_COMMENT = re.compile(r"\s(?:#|//\s)")


@dataclass(slots=True)
class _Side:
    """One side of a hunk, read from above: what was there before it, or what is there after it."""

    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    scope: str = ""
    depth: int = 0
    named: str = ""
    named_at: int = 0

    def read(self, text: str, *, counts: bool) -> None:
        """Only what `counts` is kept; the rest says where we are."""
        text = _spoken(text)
        if not text:
            return
        depth = len(text) - len(text.lstrip())
        if self.scope and depth <= self.depth:
            self.scope = ""
        if opened := _SCOPE.match(text):
            self.scope, self.depth = opened[1].lower(), depth
        if found := _NAMED.match(text):
            self.named, self.named_at = found[1], depth
        elif depth < self.named_at:
            self.named, self.named_at = "", 0
        for name, value in self._settings(text) if counts else ():
            self.values[name].append(value)

    def _settings(self, text: str) -> Iterator[tuple[str, str]]:
        if self.named and bound_of(self.named) and (value := _VALUE.match(text)):
            yield self.named, _bare(value[1])
            return
        for found in _SETTING.finditer(text):
            name = f"{self.scope}.{found[1]}" if self.scope else found[1]
            written = _bare(found[2] or found[3])
            if bound_of(name) and written.casefold() not in _TYPES:
                yield name, written
        for heap in _HEAP.finditer(text):
            yield "maxHeapSize", heap[1]


def moved_settings(path: str, patch: Patch) -> tuple[tuple[Setting, ...], bool]:
    """The settings of a file that a diff moves, paired within each hunk; and whether these are all.

    Those of one name are paired in their order.
    """
    if not _FILES.fullmatch(path) or _OTHER_LIMITS.fullmatch(path):
        return (), True
    moved = [setting for hunk in patch.hunks for setting in _moved(hunk)]
    return tuple(moved[:SETTINGS_AT_MOST]), len(moved) <= SETTINGS_AT_MOST


def _moved(hunk: tuple[Line, ...]) -> Iterator[Setting]:
    before, after = _Side(), _Side()
    for line in hunk:
        if line.sign != "+":
            before.read(line.text, counts=line.sign == "-")
        if line.sign != "-":
            after.read(line.text, counts=line.sign == "+")
    for name in dict.fromkeys((*before.values, *after.values)):
        for was, now in zip_longest(before.values[name], after.values[name]):
            if was != now:
                yield Setting(name=name, before=was, after=now)


def _bare(value: str) -> str:
    """Without the brace that closes what stands around it."""
    return value if "{" in value else value.rstrip("}")


def _spoken(text: str) -> str:
    """A line without its comment; nothing if it is one."""
    if _COMMENT.match(text):
        return ""
    rest = _REST_IS_COMMENT.search(text)
    return text[: rest.start()] if rest else text

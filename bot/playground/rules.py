"""How is one piece of a Block Kit payload judged, and where are its faults collected?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]

_LOUD = re.compile(r"<!(?:channel|here|everyone|group)(?:[|^][^>]*)?>|<!subteam\^[^>]*>")


def escaped_length(text: str) -> int:
    """The length Slack counts: ``&`` takes five characters, ``<`` and ``>`` four each."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def loud_mentions(text: str) -> list[str]:
    """Mentions that ring for many people at once, as written in mrkdwn or in top-level text."""
    return _LOUD.findall(text)


class Report:
    """What was found while walking one payload; it is filled by the rules and then read."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.mentions: list[str] = []
        self.size = 0
        self.inputs = 0
        self._taken: set[tuple[str, str]] = set()

    def refuse(self, path: str, why: str) -> None:
        self.problems.append(f"[ERROR] {why} [json-pointer:{path}]")

    def claim(self, scope: str, identifier: str, path: str) -> None:
        """Each identifier may be used once in its scope."""
        if (scope, identifier) in self._taken:
            self.refuse(path, f"{identifier!r} is already in use here")
        self._taken.add((scope, identifier))


Rule = Callable[[Any, str, Report], None]


def string(most: int, *, least: int = 1) -> Rule:
    def rule(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str):
            report.refuse(path, "must be a string")
        elif len(value) < least:
            report.refuse(path, f"must be at least {least} characters")
        elif len(value) > most:
            report.refuse(path, f"must be at most {most} characters, and has {len(value)}")

    return rule


def matching(pattern: str, what: str) -> Rule:
    compiled = re.compile(pattern)

    def rule(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            report.refuse(path, f"must be {what}")

    return rule


def link(value: Any, path: str, report: Report) -> None:
    string(3000)(value, path, report)
    if isinstance(value, str) and not value.startswith(("http://", "https://", "mailto:")):
        report.refuse(path, "must be an http, https or mailto address")


def flag(value: Any, path: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.refuse(path, "must be true or false")


def number(least: int, most: int) -> Rule:
    def rule(value: Any, path: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            report.refuse(path, f"must be a whole number from {least} to {most}")

    return rule


def choice(*allowed: str) -> Rule:
    def rule(value: Any, path: str, report: Report) -> None:
        if value not in allowed:
            report.refuse(path, f"must be one of {', '.join(allowed)}")

    return rule


def each(rule_of_one: Rule, *, most: int, least: int = 1) -> Rule:
    def rule(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, list):
            report.refuse(path, "must be a list")
            return
        if not least <= len(value) <= most:
            report.refuse(path, f"must have {least} to {most} items, and has {len(value)}")
        for index, item in enumerate(value):
            rule_of_one(item, f"{path}/{index}", report)

    return rule


def fields(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with exactly these fields (``type`` is judged by whoever chose this rule)."""
    known = {**required, **(optional or {})}

    def rule(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.refuse(path, "must be an object")
            return
        for name in required:
            if name not in value:
                report.refuse(path, f"is missing {name!r}")
        for name, inner in value.items():
            if name in known:
                known[name](inner, f"{path}/{name}", report)
            elif name != "type":
                report.refuse(f"{path}/{name}", "is a field this kind does not have")

    return rule


def by_type(kinds: Mapping[str, Rule], what: str) -> Rule:
    def rule(value: Any, path: str, report: Report) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in kinds:
            report.refuse(path, f"{kind!r} is no {what} this workspace accepts here")
            return
        kinds[kind](value, path, report)

    return rule


def identifier(scope_depth: int | None) -> Rule:
    """An id of at most 255 characters, unique below the first ``scope_depth`` steps of its path."""

    def rule(value: Any, path: str, report: Report) -> None:
        string(255)(value, path, report)
        if isinstance(value, str):
            steps = path.split("/")
            scope = "/".join(steps[:scope_depth]) if scope_depth else ""
            report.claim(f"{scope}#{steps[-1]}", value, path)

    return rule


def text(most: int, *, plain_only: bool = False) -> Rule:
    """A text object; what it says counts towards the size of the message."""

    def mrkdwn(value: Any, path: str, report: Report) -> None:
        fields({"text": string(most)}, {"verbatim": flag})(value, path, report)
        said = value.get("text")
        if isinstance(said, str):
            report.size += len(said)
            report.mentions.extend(loud_mentions(said))

    def plain(value: Any, path: str, report: Report) -> None:
        fields({"text": string(most)}, {"emoji": flag})(value, path, report)
        said = value.get("text")
        if isinstance(said, str):
            report.size += escaped_length(said)

    kinds: dict[str, Rule] = {"plain_text": plain}
    if not plain_only:
        kinds["mrkdwn"] = mrkdwn
    return by_type(kinds, "text object")

"""What is left of a decision that is so old that nobody has to know any more who had a part in it?

Each person becomes a pseudonym that is theirs in this decision alone, so that it still shows that
those who decided were others than those who made it; whatever people wrote is gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.domain.erasing import OURS, PSEUDONYM

PEOPLE = frozenset(
    {
        *("person", "by", "to", "second", "ended_by", "answered_by"),
        *("people", "approvers", "unknown"),
    }
)
"""Fields that name persons."""

WRITTEN = frozenset(
    {
        *("title", "description", "branch", "message", "rationale", "text", "reason", "question"),
        *("answer", "note", "detail", "ended_why", "why", "url", "link", "run", "labels"),
        *("policies", "reply_to", "because", "what"),
    }
)
"""Fields that hold what people wrote or are called, or addresses of things that do."""

KEPT = frozenset(
    {
        *("action", "address", "after", "along", "apart", "authenticator_data", "base_branch"),
        *("before", "channel", "checklist", "client_data", "convention", "credential"),
        *("email", "files", "finding", "forced", "groups", "id", "incident", "key"),
        *("let_in", "lineage", "login", "name", "owners", "path", "paths", "previous_path"),
        *("public_key", "ref", "renewed_as", "renews", "repository", "resource", "rules"),
        *("section", "sentence", "setting", "ships", "signoff_id", "source", "statement"),
        *("tool", "tools", "where", "wider"),
    }
)
"""What was decided on, by which rules. Identities, owners and assertions are looked at as a whole."""

_IDENTITY = ("login", "email", "name", "id")
_ASSERTION = "assertion"
_GONE = re.compile(r"\(erased [0-9]+\)")
_NOBODY = re.compile(rf"{PSEUDONYM}[0-9a-f]{{8}}")
"""Who is gone already."""

_SUPERSEDED = "superseded"
_NEWER = {"kind": "by", "status": "ended_by"}
"""What is superseded, as an event or as a signoff, names a signoff where a person could stand."""


@dataclass(slots=True)
class Fading:
    """Of one decision: the same name is the same pseudonym, and the same words the same number."""

    new_pseudonym: Callable[[], str]
    _people: dict[str, str] = field(default_factory=dict)
    _words: dict[str, str] = field(default_factory=dict)

    def value(self, value: object, name: str = "") -> object:
        if name in OURS:
            return value
        match value:
            case list():
                return [self.value(it, name) for it in value]
            case dict():
                return self._fields(value, name)
            case str() if name in PEOPLE:
                return self._person(value)
            case str() if name in WRITTEN:
                return self._written(value)
            case str() if name == "owners" and "@" in value and "/" not in value:
                return self._person(value)
        return value

    def _fields(self, fields: Mapping[str, object], name: str) -> dict[str, object]:
        if name in WRITTEN:
            return {key: self._written(it) for key, it in fields.items() if isinstance(it, str)}
        if name == _ASSERTION:
            return dict.fromkeys(fields, PSEUDONYM.rstrip("-"))
        if fields.keys() >= {*_IDENTITY, "kind"}:
            return {**fields, **{it: self._named(fields[it]) for it in _IDENTITY}}
        newer = {it for said, it in _NEWER.items() if fields.get(said) == _SUPERSEDED}
        return {k: it if k in newer else self.value(it, k) for k, it in fields.items()}

    def _named(self, value: object) -> object:
        """Of an account's number what platform it is on is said before the colon."""
        return self._person(value) if isinstance(value, str) and value[-1:] != ":" else value

    def _person(self, name: str) -> str:
        if not name or _NOBODY.fullmatch(name):
            return name
        if name not in self._people:
            self._people[name] = self.new_pseudonym()
        return self._people[name]

    def _written(self, text: str) -> str:
        return text if is_gone(text) else self._words.setdefault(text, gone(len(self._words) + 1))


def gone(number: int) -> str:
    """What stands where words were."""
    return f"(erased {number})"


def is_gone(text: str) -> bool:
    return not text or _GONE.fullmatch(text) is not None


def with_renamed(value: object, renamed: Mapping[str, str]) -> object:
    """Where a finding is spoken of by its id."""
    match value:
        case str():
            return renamed.get(value, value)
        case list():
            return [with_renamed(it, renamed) for it in value]
        case dict():
            return {name: with_renamed(it, renamed) for name, it in value.items()}
    return value

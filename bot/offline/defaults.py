"""What is an example change where it says nothing? Ordinary, and known as a whole.

A key that is null was not said at all: it gets no default. Whoever has a part may be written as
plain text: a person of the roster, an address or a login.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.people import Person, Roster

REPOSITORY = "acme/example"
ENVIRONMENT = "production"
REVISION = "e" * 40
FILES = ("src/example.py", "tests/test_example.py")

_SOMEBODY = ("author", "triggered_by")
_A_PATCH = "@@ -1 +1 @@\n-before\n+after\n"


def whole(said: Mapping[str, Any], title: str, roster: Roster) -> dict[str, Any]:
    """The `data` of a change of which only some was said; what is wrong in it stays so."""
    told = {key: _somebody(it, roster) if key in _SOMEBODY else it for key, it in said.items()}
    author = told.get("author") or _anybody(roster)
    defaults: dict[str, Any] = {
        "key": "example",
        "repository": REPOSITORY,
        "revision": REVISION,
        "environment": ENVIRONMENT,
        "title": title.strip() or "An example",
        "author": author,
        "files": list(FILES),
        "commits": [said.get("title") or title],
        "checks": {"tests": "success"},
    }
    data = {**defaults, **told}
    return {
        **data,
        "files": _each(data["files"], _file),
        "commits": _each(data["commits"], lambda it: _commit(it, author, roster)),
        "checks": _checks(data["checks"]),
        "ai": _ai(data.get("ai"), roster),
        "codeowners": _codeowners(data.get("codeowners")),
        "pushed_by": _each(data.get("pushed_by"), lambda it: _somebody(it, roster)),
    }


def _each(said: object, one: Any) -> object:
    return [one(item) for item in said] if isinstance(said, list) else said


def _file(said: object) -> object:
    """A plain path is a file of which one line changes, seen as a whole."""
    path = {"path": said} if isinstance(said, str) else said
    if not isinstance(path, dict):
        return said
    usual = {"additions": 1, "deletions": 1, "status": "modified"}
    return {**usual, **({} if "blob" in path else {"patch": _A_PATCH}), **path}


def _commit(said: object, author: object, roster: Roster) -> object:
    """A plain text is the message of a commit of the author's."""
    commit = {"message": said} if isinstance(said, str) else said
    if not isinstance(commit, dict):
        return said
    known = {"sha": REVISION, "author": author, **commit}
    return {
        key: _somebody(it, roster) if key in ("author", "committer") else it
        for key, it in known.items()
    }


def _checks(said: object) -> object:
    """A mapping from the name of a check to how it ended."""
    if not isinstance(said, dict):
        return said
    return [{"name": name, "conclusion": conclusion} for name, conclusion in said.items()]


def _ai(said: object, roster: Roster) -> object:
    if isinstance(said, bool):
        return {"assisted": said}
    if not isinstance(said, dict) or "prompted_by" not in said:
        return said
    return {**said, "prompted_by": _somebody(said["prompted_by"], roster)}


def _codeowners(said: object) -> object:
    return {"dialect": "github", "base": said} if isinstance(said, str) else said


def _somebody(said: object, roster: Roster) -> object:
    if not isinstance(said, str):
        return said
    if person := roster.people.get(said):
        return _identity(person) or {"login": said}
    return {"email": said} if "@" in said else {"login": said}


def _identity(person: Person) -> dict[str, str]:
    for key, names in (("login", person.logins), ("email", person.emails)):
        if names:
            return {key: min(names)}
    return {}


def _anybody(roster: Roster) -> dict[str, str]:
    """Of those with a name by which they could be known, the one of the lowest level."""
    named = [person for person in roster.people.values() if _identity(person)]
    lowest = min(named, key=lambda person: (roster.rank(person.level), person.id), default=None)
    return _identity(lowest) if lowest else {"login": "somebody"}

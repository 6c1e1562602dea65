"""What does the event say that began a run of GitHub Actions?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.change import Identity

LARGEST = 32 << 20
"""Bytes of the file that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`request` is the pull request that is built here, if the run is about one."""

    request: Mapping[str, Any]
    base: str = ""
    base_said: str = ""
    pushed: bool = False
    queued: bool = False
    sender: object = None

    @property
    def lineage(self) -> str:
        number = self.request.get("number")
        return f"pull/{number}" if isinstance(number, int) else ""

    @property
    def url(self) -> str:
        return _text(self.request, "html_url")

    @property
    def title(self) -> str:
        return _text(self.request, "title")

    @property
    def description(self) -> str:
        return _text(self.request, "body")

    @property
    def labels(self) -> tuple[str, ...]:
        found = self.request.get("labels")
        names = (
            [_text(_fields(label), "name") for label in found] if isinstance(found, list) else []
        )
        return tuple(filter(None, names))

    def author(self, *, public: bool) -> Identity | None:
        return _somebody(self.request.get("user"), public=public)

    def pushers(self, *, public: bool) -> tuple[Identity, ...]:
        """Who did what the event tells of."""
        sender = _somebody(self.sender, public=public)
        return (sender,) if sender else ()


def event(path: str, name: str) -> Event:
    """What GITHUB_EVENT_PATH holds; what cannot be read says nothing.

    `pull_request_target` and the like run in the base, not in the pull request they tell of.
    """
    told = _read(path) if path else {}
    match name:
        case "pull_request":
            request = _fields(told.get("pull_request"))
            base = _text(_fields(request.get("base")), "sha")
            said = "the base of the pull request"
            return Event(request=request, base=base, base_said=said, sender=told.get("sender"))
        case "push":
            before, said = _text(told, "before"), "the push before"
            sender = told.get("sender")
            return Event(request={}, base=before, base_said=said, pushed=True, sender=sender)
        case "merge_group":
            base = _text(_fields(told.get("merge_group")), "base_sha")
            said = "the base of the merge group"
            return Event(request={}, base=base, base_said=said, queued=True)
    return Event(request={})


def _read(path: str) -> Mapping[str, Any]:
    try:
        with Path(path).open("rb") as file:
            return _fields(json.loads(file.read(LARGEST)))
    except (OSError, ValueError, RecursionError):
        return {}


def _somebody(said: object, *, public: bool) -> Identity | None:
    """With the number of the account where it is that of github.com."""
    fields = _fields(said)
    login, number = _text(fields, "login"), fields.get("id")
    id = f"github:{number}" if public and isinstance(number, int) else ""
    return Identity(login=login, id=id) if login else None


def _fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""

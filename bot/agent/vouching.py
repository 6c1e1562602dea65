"""What speaks against going on here and now with what this statement vouches for?

The statement is genuine, and that is all that is known of it: it may be about anything, and hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://countersign.example/attestations/signoff/v0.2"
_BEFORE = "https://countersign.example/attestations/signoff/v0.1"

GOES_ON = ("approved", "overridden", "not_required")

_LEEWAY = timedelta(seconds=60)
"""By which this clock may be behind the one that signed. At the end there is none."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is about to be deployed, where and when. `artifact`: "sha256:…", or empty.

    `overrides`: whether a decision that was overridden is good enough. `connections`: who may have
    asked; none: anybody.
    """

    repository: str
    revision: str
    environment: str
    artifact: str = ""
    at: datetime
    overrides: bool = True
    connections: tuple[str, ...] = ()


def against(statement: Told, wanted: Wanted) -> list[str]:
    """Everything that speaks against it, a sentence each; none: it may go on."""
    predicate = statement.get("predicate")
    if statement.get("predicateType") == _BEFORE:
        return ["it was made before attestations could be verified (v0.1)"]
    if (
        statement.get("_type") != STATEMENT_TYPE
        or statement.get("predicateType") != PREDICATE_TYPE
        or not isinstance(predicate, dict)
    ):
        return ["it is no decision of Countersign's"]
    return [
        *_about_something_else(statement, predicate, wanted),
        *_about_another_artifact(statement, wanted),
        *_no_leave(predicate, wanted),
        *_another_time(predicate, wanted.at),
    ]


def artifacts(statement: Told) -> list[str]:
    """The artifacts it is about, as "sha256:…"."""
    return [
        f"{algorithm}:{digest}"
        for digests in _digests(statement)
        for algorithm, digest in digests.items()
        if algorithm not in ("gitCommit", "gitTree")
    ]


def tree(statement: Told) -> str:
    """Of the commit that it is about; empty where it was not told."""
    return "".join(str(it["gitTree"]) for it in _digests(statement) if "gitTree" in it)


def moment(text: object) -> datetime | None:
    """The moment that is spelt as we spell it: in UTC, with seconds and a `Z`."""
    if not (isinstance(text, str) and _MOMENT.fullmatch(text)):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def stamped(at: datetime) -> str:
    """For people, to the second where that matters."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at.second else f"{at:%Y-%m-%d %H:%M} UTC"


def _about_something_else(statement: Told, predicate: Told, wanted: Wanted) -> Iterator[str]:
    here = {
        "repository": wanted.repository,
        "revision": wanted.revision,
        "environment": wanted.environment,
    }
    for name, expected in here.items():
        if (told := predicate.get(name)) != expected:
            yield f"it is about {_quoted(told)}, and this is {expected}"
    asked_by = predicate.get("connection")
    if wanted.connections and asked_by not in wanted.connections:
        yield f"{_quoted(asked_by)} asked for it, and not {' or '.join(wanted.connections)}"
    commits = [digests["gitCommit"] for digests in _digests(statement) if "gitCommit" in digests]
    if commits != [predicate.get("revision")]:
        yield "its subject is another commit than the one it speaks of"


def _about_another_artifact(statement: Told, wanted: Wanted) -> Iterator[str]:
    told = artifacts(statement)
    said = " and ".join(told)
    if told and not wanted.artifact:
        yield f"it is about the artifact {said}, and none was named here"
    elif wanted.artifact and not told:
        yield f"it is about no artifact, and this is {wanted.artifact}"
    elif told != [wanted.artifact] and told:
        yield f"it is about the artifact {said}, and this is {wanted.artifact}"


def _no_leave(predicate: Told, wanted: Wanted) -> Iterator[str]:
    status = predicate.get("status")
    if predicate.get("proceed") is not True or status not in GOES_ON:
        yield f"it lets nothing go on: it is {_quoted(status).replace('_', ' ')}"
    if predicate.get("shadow") is not False:
        yield "nobody was asked in earnest: the policy was in shadow mode"
    if status == "overridden" and not wanted.overrides:
        yield "it was overridden, and only what needed no override may go on"


def _another_time(predicate: Told, now: datetime) -> Iterator[str]:
    begins, ends = (moment(predicate.get(name)) for name in ("notBefore", "expiresAt"))
    if begins is None or ends is None:
        yield "it does not say from when until when it is good"
        return
    if now + _LEEWAY < begins:
        yield f"it is good from {stamped(begins)}, and it is {stamped(now)}"
    if now >= ends:
        yield f"it was good until {stamped(ends)}, and it is {stamped(now)}"


def _digests(statement: Told) -> list[Mapping[str, Any]]:
    subject = statement.get("subject")
    found = [it.get("digest") if isinstance(it, dict) else None for it in _listed(subject)]
    return [digests if isinstance(digests, dict) else {} for digests in found]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _quoted(told: object) -> str:
    return told if isinstance(told, str) and told else "nothing that can be read"

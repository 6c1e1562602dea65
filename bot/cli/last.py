"""What went on last where a change goes, so that it is compared with that? The server knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from bot.agent import comparing
from bot.agent.comparing import Unknown
from bot.agent.surroundings import Base, Surroundings
from bot.cli import waiting
from bot.cli.calling import OutOfTime, Refused, Server
from bot.cli.speaking import Progress
from bot.clock import elapsed
from bot.gitlog import GitTrouble

PATIENCE = 60.0
"""Seconds; whoever does not answer for so long is not asked this, but waited for later."""

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a change goes, and what it is called: it is told the same again under the same key.

    What went on there of another `kind` is no base of it.
    """

    repository: str
    environment: str
    key: str
    kind: str

    def facts(self) -> dict[str, str]:
        return {
            "repository": self.repository,
            "environment": self.environment,
            "key": self.key,
        }


def base(
    asked: Server | None, place: Place, around: Surroundings, path: Path, revision: str
) -> tuple[Base, list[str]]:
    """With what to compare, and what to say of it; where nobody can tell, with what the CI names."""
    last = f"what went on last at {place.environment}"
    if not comparing.holds(path, revision):
        return around.base, []
    if asked is None:
        return around.base, [f"--dry-run asks nobody {last}, so it is compared as if none did"]
    try:
        found = _revision(_answer(asked, place))
    except Refused as refused:
        return around.base, [f"{last} is not told: {refused.lines[0]}"]
    except OutOfTime:
        return around.base, [f"{last} could not be asked in time"]
    if not found:
        return around.base, [f"nothing is known to have gone on at {place.environment} before"]
    if found == revision:
        return around.base, [f"this very revision is {last}"]
    return _held(Base(sha=found, said=last, went_on=True), around, path)


def _held(found: Base, around: Surroundings, path: Path) -> tuple[Base, list[str]]:
    try:
        comparing.held(path, found)
    except (Unknown, GitTrouble) as why:
        return around.base, [f"{why}, {found.sha[:12]}; a clone that does: {around.deepen}"]
    return found, []


def _answer(asked: Server, place: Place) -> Mapping[str, object]:
    """Raises Refused or OutOfTime."""
    until = elapsed() + PATIENCE
    patient = replace(asked, until=until if asked.until is None else min(until, asked.until))
    progress = Progress()
    try:
        with waiting.interruptible():
            question = urlencode({**place.facts(), "kind": place.kind})
            return patient.ask(f"/api/v1/places?{question}", progress)
    finally:
        progress.end()


def _revision(answer: Mapping[str, object]) -> str:
    """Empty: it knows of none. Raises Refused."""
    said = answer.get("revision")
    if said is None and "revision" in answer:
        return ""
    if not (isinstance(said, str) and _SHA.fullmatch(said)):
        raise Refused("the answer names no revision")
    return said

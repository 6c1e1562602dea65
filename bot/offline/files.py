"""What stands in the files that the command line names?

Whatever is wrong with one is told as `Misconfigured`, in sentences that hold nothing harmful.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from bot import strict_json
from bot.config import Config, ConfigError, Misconfigured, load, repository_policy
from bot.domain.change import Change
from bot.domain.judging import Rules
from bot.domain.policy import Rule
from bot.domain.spans import harmless
from bot.pipelines.problems import invalid
from bot.pipelines.stated import StatedChange
from bot.pipelines.stated_words import FORMATS
from bot.ports import Malformed

LARGEST = 16 << 20
"""Bytes of a file that are read: twice what a server takes of a change."""

STANDARD_INPUT = "-"
CONNECTION = "offline"

A_MOMENT = "a moment with its offset, such as 2026-11-21T10:00:00Z"

_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_SPAN = re.compile(r"([0-9]{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_POLICY = "the repository's own policy"


def raw(name: str, subject: str) -> bytes:
    """The bytes of a file, or of standard input."""
    try:
        if name == STANDARD_INPUT:
            found = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(name).open("rb") as file:
                found = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "is no name of a file"
        raise trouble(f"{harmless(name, 200)}: {why}", f"{subject} cannot be read") from None
    if len(found) > LARGEST:
        said = f"{harmless(name, 200)}: is larger than {LARGEST >> 20} MB"
        raise trouble(said, f"{subject} cannot be read")
    return found


def text(name: str, subject: str) -> str:
    try:
        return raw(name, subject).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        said = f"{harmless(name, 200)}: is not UTF-8 at byte {error.start}"
        raise trouble(said, f"{subject} cannot be read") from None


def config(name: str, subject: str = "the config") -> Config:
    try:
        return load(text(name, subject))
    except ConfigError as error:
        raise Misconfigured(error.problems, f"{harmless(name, 200)} has mistakes") from None


def rules_of(config: Config) -> Rules:
    """What a server with this config would judge by."""

    @lru_cache(maxsize=200)
    def read_policy(written: str) -> tuple[Rule, ...] | None:
        try:
            return repository_policy(written, config)
        except ConfigError:
            return None

    return Rules(
        roster=config.roster,
        policy=config.policy,
        conventions=config.conventions,
        risk=config.risk,
        read_policy=read_policy,
    )


def own_policy(name: str, config: Config) -> str:
    """The text of a repository's own policy, if a server could read it."""
    written = text(name, _POLICY)
    try:
        repository_policy(written, config)
    except ConfigError as error:
        raise Misconfigured(error.problems, f"{_POLICY} has mistakes") from None
    return written


def change(name: str) -> Change:
    """A change in the webhook's JSON: the whole message, or its `data` alone."""
    try:
        said = strict_json.decode(raw(name, "the change"))
    except Malformed as error:
        raise trouble(str(error), "the change cannot be read") from None
    if not isinstance(said, dict):
        raise trouble("must be a JSON object", "the change cannot be read")
    data = said["data"] if {"type", "data"} <= said.keys() else said
    if isinstance(data, dict):
        # Where the answer would go has no part in what is asked.
        data = {key: value for key, value in data.items() if key != "callback_url"}
    try:
        return StatedChange.model_validate(data).change(connection=CONNECTION)
    except ValidationError as error:
        found = invalid(error, root="data", formats=FORMATS).problems
        sentences = [f"{problem.field}: {problem.detail}" for problem in found]
        raise Misconfigured(sentences, "the change has mistakes") from None


def moment(written: str, option: str) -> datetime:
    """From 2026-11-21T10:00:00Z, or the beginning of a day in UTC."""
    day = len(written) == len("2026-11-21")
    found = aware(f"{written}T00:00:00Z" if day else written)
    if found is None:
        said = f"must be a day, or {A_MOMENT}"
        raise trouble(f"{option}: {said}", "the command was not understood")
    return found


def aware(written: str) -> datetime | None:
    """A moment with its offset, in UTC; None for anything else, and for one out of our times."""
    try:
        found = datetime.fromisoformat(written)
        known = found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return known if known and _FIRST_YEAR <= known.year <= _LAST_YEAR else None


def since(written: str, now: datetime) -> datetime:
    """Likewise, or so many hours, days or weeks ago: 36h, 90d, 12w."""
    found = _SPAN.fullmatch(written)
    if not found:
        return moment(written, "--since")
    return now - timedelta(hours=int(found[1]) * _HOURS[found[2]])


def trouble(sentence: str, subject: str) -> Misconfigured:
    return Misconfigured([sentence], subject)

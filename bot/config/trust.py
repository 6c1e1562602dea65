"""How are decisions proved afterwards? What the config says of it, ready to use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.config import shape_trust as shape


@dataclass(frozen=True, slots=True)
class AnchorAt:
    """`path` as it is written: relative to where the server is started."""

    kind: Literal["directory", "git"]
    path: str


@dataclass(frozen=True, slots=True)
class RetiredKey:
    file: str
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`valid_for`: how long an approval may be deployed. `channels` keep checkpoints as well, and are
    read by people alone. `retain`: for how long it is kept who had a part in a decision.
    """

    valid_for: timedelta
    anchors: tuple[AnchorAt, ...]
    keys: tuple[RetiredKey, ...]
    channels: tuple[str, ...] = ()
    retain: timedelta = timedelta(days=13 * shape.MONTH)


def evidence(written: shape.Evidence) -> Evidence:
    return Evidence(
        valid_for=written.valid_for,
        anchors=tuple(_anchor(it) for it in written.anchors if not it.slack),
        channels=tuple(dict.fromkeys(it.slack for it in written.anchors if it.slack)),
        keys=tuple(
            RetiredKey(it.file, date.fromisoformat(it.until) if it.until else None)
            for it in written.keys
        ),
        retain=written.retain,
    )


def _anchor(written: shape.Anchor) -> AnchorAt:
    if written.git:
        return AnchorAt("git", written.git)
    return AnchorAt("directory", written.directory or "")

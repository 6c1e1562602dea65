"""What does `countersign check` say of how decisions are proved afterwards?"""

from __future__ import annotations

from datetime import timedelta

from bot.config import Config
from bot.config.shape_trust import MONTH


def said(config: Config) -> str:
    kept = _places(config)
    where = (
        f"checkpoints are kept in {kept} place{'s' if kept > 1 else ''}"
        if kept
        else "no checkpoint is kept elsewhere, so nobody could tell an old copy of the database"
    )
    good, kept_for = _length(config.evidence.valid_for), _months(config.evidence.retain)
    return f"good for {good}; who had a part is kept for {kept_for}; {where}"


def facts(config: Config) -> dict[str, object]:
    seconds = int(config.evidence.valid_for.total_seconds())
    days = config.evidence.retain.days
    return {"valid_for_seconds": seconds, "retain_days": days, "anchors": _places(config)}


def _places(config: Config) -> int:
    return len(config.evidence.anchors) + len(config.evidence.channels)


def _months(length: timedelta) -> str:
    """As the config has it: 403 days are 13mo, and 400 are no number of months."""
    months, days = divmod(length.days, MONTH)
    return _length(length) if days else f"{months}mo"


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    parts = ((days, "d"), (hours, "h"), (minutes % 60, "m"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)

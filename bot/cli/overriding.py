"""Who may override, and can they when they need to? For `countersign check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.config import Config
from bot.domain.override import NOBODY_MAY
from bot.domain.overriding import may_override

ALONE = "override: one Slack session alone lets go on what needs a security key otherwise; say second: true, or leave step_up: false out"
LOCKED = "override: takes a security key at PUBLIC_URL/override/ID; countersign passkeys says who has one"


def said(config: Config) -> str:
    """Who, for how long, and who hears of it."""
    it = config.override
    if it == NOBODY_MAY:
        return "nobody may"
    groups = [f"members of {name}" for name in sorted(it.groups)]
    who = " and ".join((*sorted(it.people), *groups))
    second = ", and a second of them confirms it" if it.second else ""
    key = ", by security key" if it.step_up else ""
    if it.per_month and not second:
        second = f", and after {it.per_month} in a month a second of them confirms it"
    minutes = int(it.lasts.total_seconds() // 60)
    hours = it.review_within.total_seconds() / 3600
    return f"{who}{key}{second}; for {minutes}m, told in {it.channel}, reviewed within {hours:g}h"


def facts(config: Config) -> dict[str, Any] | None:
    it = config.override
    if it == NOBODY_MAY:
        return None
    return {
        "people": _may(config),
        "channel": it.channel,
        "second": it.second,
        "step_up": it.step_up,
        "per_month": it.per_month or None,
        "minutes": int(it.lasts.total_seconds() // 60),
        "review_seconds": int(it.review_within.total_seconds()),
    }


def notes(config: Config) -> Iterator[str]:
    """What would not work at night, when somebody needs it."""
    if config.override == NOBODY_MAY:
        return
    people = config.roster.people
    rules = config.override
    mute = [id for id in _may(config) if not people[id].slack]
    if mute and not rules.step_up:
        yield f"may override, and have no Slack id to do it with: {', '.join(mute)}"
    able = len(_may(config)) - (0 if rules.step_up else len(mute))
    if able < 2 and not rules.second:
        yield "override: only one person can, so nobody can while they sleep"
    if rules.step_up:
        yield LOCKED
    elif config.step_up and not rules.second:
        yield ALONE


def _may(config: Config) -> list[str]:
    """Everybody who may now."""
    roster, rules = config.roster, config.override
    return [id for id in sorted(roster.people) if may_override(roster.standing(id), rules)]

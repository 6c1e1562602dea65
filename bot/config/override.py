"""Who may override? What the config says of it, and whether that can work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.config import shape_override as shape
from bot.config.references_policy import unknown
from bot.config.view import Found, View
from bot.domain.override import NOBODY_MAY, OverrideRules


def override(written: shape.Override | None, *, keys: bool) -> OverrideRules:
    """`keys`: people here have security keys, so that one is asked for unless that is declined."""
    if written is None:
        return NOBODY_MAY
    return OverrideRules(
        people=frozenset(written.people),
        groups=frozenset(written.groups),
        channel=written.channel,
        second=written.second,
        lasts=timedelta(minutes=written.minutes),
        review_within=written.review,
        step_up=keys if written.step_up is None else written.step_up,
        per_month=written.per_month or 0,
    )


def overridable(root: View) -> Found:
    """Whether those who may exist, are enough, and are watched by others than the owners."""
    it, groups = root["override"], root["groups"].entries()
    yield from unknown([it["people"]], "person", list(root["people"].entries()))
    yield from unknown([it["groups"]], "group", list(groups))
    taken = {id: name for name, group in groups.items() for id, _ in group["channel"].texts()}
    for channel, path in it["channel"].texts():
        if channel in taken:
            yield path, f"is the channel of {taken[channel]}; overrides are told to others as well"
    if it["step_up"].value is True and root["step_up"].value is None:
        yield it["step_up"].path, "needs step_up, which says where people sign in"
    for two in (it["second"], it["per_month"]):
        if two.value not in (None, False) and len(_may(it, groups)) < 2:
            yield two.path, "needs two people who may override"


def _may(it: View, groups: Mapping[str, View]) -> set[str]:
    """Who may, as it is written."""
    named = {id for id, _ in it["people"].texts()}
    within = (groups[id]["members"].texts() for id, _ in it["groups"].texts() if id in groups)
    return named.union(*({name for name, _ in members} for members in within))

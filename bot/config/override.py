"""Who may override? What the config says of it, and whether that can work."""

from __future__ import annotations

from datetime import timedelta

from bot.config import shape_override as shape
from bot.config.references_policy import unknown
from bot.config.view import Found, View
from bot.domain.override import NOBODY_MAY, OverrideRules


def override(written: shape.Override | None) -> OverrideRules:
    if written is None:
        return NOBODY_MAY
    return OverrideRules(
        people=frozenset(written.people),
        groups=frozenset(written.groups),
        channel=written.channel,
        second=written.second,
        lasts=timedelta(minutes=written.minutes),
        review_within=written.review,
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
    if it["second"].value is True:
        members = (name for id, _ in it["groups"].texts() if id in groups
                   for name, _ in groups[id]["members"].texts())  # fmt: skip
        if len({*members, *(id for id, _ in it["people"].texts())}) < 2:
            yield it["second"].path, "needs two people who may override"

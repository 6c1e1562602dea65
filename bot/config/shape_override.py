"""Who may let a change go on in an emergency, though nobody approved it?"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from bot.config import values
from bot.config.shape_parts import Many, Shape
from bot.config.times import WrittenDuration, duration
from bot.config.values import Id, refusal

SHORTEST_REVIEW, LONGEST_REVIEW = timedelta(hours=1), timedelta(hours=72)


def _review(text: object) -> timedelta:
    length = duration(text)
    if not SHORTEST_REVIEW <= length <= LONGEST_REVIEW:
        raise refusal("must be at least 1h and at most 72h")
    return length


class Override(Shape):
    """Overriding in an emergency, by `/signoff override`. It is told to everybody concerned."""

    people: Many[Id] = ()
    """Ids of people who may."""
    groups: Many[Id] = ()
    """Groups whose members may."""
    channel: values.SlackChannel
    """A channel that hears of each: that of your security team, say; of no group that owns anything."""
    second: bool = False
    """Somebody else who may has to confirm it within 15 minutes."""
    minutes: Annotated[int, Field(ge=1, le=60)] = 60
    """How long an override is good; by default 60."""
    review: Annotated[
        timedelta, BeforeValidator(_review, json_schema_input_type=WrittenDuration)
    ] = timedelta(hours=24)
    """Within how long somebody else has to review it; after that nothing else can be overridden
    until they do. By default 24h."""

    step_up: bool | None = None
    """Who overrides signs it with their own security key, on our page and not in Slack. By default
    so where `step_up` is configured."""
    per_month: Annotated[int, Field(ge=1, le=1000)] | None = None
    """So many overrides in a month (of UTC) are enough: each after them takes a second person, who
    confirms it. By default none does unless `second` says so."""

    @model_validator(mode="after")
    def _names_somebody(self) -> Override:
        if not (self.people or self.groups):
            raise refusal("needs people or groups; without, nobody may override")
        return self

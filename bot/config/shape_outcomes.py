"""Who tells of incidents, and which of what was deployed may they be of?"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bot.config import values
from bot.config.patterns import EnvironmentGlob, RepositoryGlob
from bot.config.shape_former import Renewable
from bot.config.shape_parts import Shape, Some
from bot.config.shape_platform import Environment
from bot.config.times import WrittenDuration, duration
from bot.config.values import EnvName, refusal

SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=14)


def _window(text: object) -> timedelta:
    length = duration(text)
    if not SHORTEST <= length <= LONGEST:
        raise refusal("must be at least 1h and at most 14d")
    return length


class Outcomes(Shape):
    """What became of what went on: incidents, roll-backs and deployments."""

    window: Annotated[
        timedelta, BeforeValidator(_window, json_schema_input_type=WrittenDuration)
    ] = timedelta(hours=24)
    """How long before an incident something may have been deployed that it is of, where nobody says
    which it was. By default 24h."""
    production: Some[EnvironmentGlob] = ("production*",)
    """Globs of the environments whose deployments and incidents the figures are of."""


Service = Annotated[
    str, values.Fits("^[A-Z0-9]{1,40}$", "must be the id of a PagerDuty service such as PABC123")
]


class PagerDuty(Renewable):
    """Incidents of PagerDuty, by webhook (version 3). Nothing is asked for here, and nothing answered."""

    kind: Literal["pagerduty"]
    webhook_secret_env: EnvName
    """Name of the environment variable with the secret that signs its webhook."""
    environment: Environment = "production"
    """Where its incidents are."""
    services: Annotated[dict[Service, Some[RepositoryGlob]], Field(max_length=1_000)] = Field(
        default_factory=dict
    )
    """Which repositories each service is made of, by its id; incidents of others are linked to
    nothing by themselves."""

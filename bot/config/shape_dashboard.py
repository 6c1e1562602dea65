"""How do people sign in to the dashboard, for how long, and who may take more away from it?"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from bot.config.shape_parts import Many, Shape
from bot.config.times import Duration
from bot.config.values import EnvName, Id, Text, refusal

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=24)


def _check_stay(stays: timedelta) -> timedelta:
    if not SHORTEST <= stays <= LONGEST:
        raise refusal("must be at least 15m and at most 24h")
    return stays


class SlackSignIn(Shape):
    """ "Sign in with Slack", by the app that posts the cards."""

    client_id: Text
    """The app's, as api.slack.com/apps shows it, in quotes: it looks like a number."""
    client_secret_env: EnvName
    """Name of the environment variable with the app's client secret."""


class Dashboard(Shape):
    """What waits, what was decided and what it came to, for everybody in the roster."""

    slack: SlackSignIn | None = None
    """Without: people sign in with the provider of `step_up`."""
    stays: Annotated[Duration, AfterValidator(_check_stay)] = timedelta(hours=12)
    """How long a sign-in is good for; by default 12h."""
    auditors: Many[Id] = ()
    """Ids of people who may export the audit trail there, beside `administrators`."""

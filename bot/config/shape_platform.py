"""What can be said of every platform that the config knows by name?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.config import values
from bot.config.shape_oidc import Oidc
from bot.config.shape_reach import Bounded
from bot.config.values import EnvName

Environment = Annotated[
    str,
    Field(max_length=100),
    values.Fits("^[!-~]([ -~]*[!-~])?$", "must be in ASCII, with no space at either end"),
]


class OnPlatform(Bounded):
    """What all kinds of platforms have. Keys that end with `_env` name variables, never values."""

    token_env: EnvName | None = None
    """Name of the environment variable with the token a job may ask with."""
    link_prefix: values.Prefix | None = None
    """A change's url that begins with this is a link on the card; others are shown as text."""
    accounts: values.Id | None = None
    """Whose accounts its people's are: `github`, `gitlab` or a word of `logins`. By default gitlab.com's
    are those of `gitlab`, and others are called as this connection. A gate's: anybody's."""
    oidc: Oidc | None = None
    """Whose jobs may ask with a token of their platform instead."""
    supersede: Literal["always", "never"] = "always"
    """Whether a newer change takes the place of the one that waits."""

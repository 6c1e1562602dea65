"""Who proves, at a fresh sign-in, that it is they who approve, and for which changes?"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator

from bot.config import values
from bot.config.shape_oidc import check_spelled_plainly
from bot.config.shape_parts import Many, Shape
from bot.config.shape_policy import Tier
from bot.config.values import EnvName, Text, refusal

_AT_HOME = ("127.0.0.1", "localhost")


def _check_sign_in(issuer: str) -> str:
    """As for the tokens of jobs, but some issuers do end with a slash."""
    check_spelled_plainly(issuer.removesuffix("/"))
    return issuer


def _check_endpoint(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _AT_HOME:
        raise refusal("must begin with https://")
    return address


Issuer = Annotated[values.Url, AfterValidator(_check_sign_in)]
Endpoint = Annotated[values.Url, AfterValidator(_check_endpoint)]


class Endpoints(Shape):
    """Where people sign in, where codes are changed for tokens, and where the keys are."""

    authorization: Endpoint
    token: Endpoint
    jwks: Endpoint


class StepUp(Shape):
    """Approving takes a fresh sign-in with your OpenID Connect provider, and a security key."""

    issuer: Issuer
    """Of the ID tokens, exactly: with a slash at its end where the provider writes one."""
    client_id: Text
    """What the provider calls Countersign."""
    client_secret_env: EnvName
    """Name of the environment variable with the secret of that client."""
    person_claim: Literal["email", "sub"] = "email"
    """How people are known: by an address that the provider has verified, or only by their `oidc`."""
    risk: Many[Tier] = ("high", "critical")
    """Tiers of risk at which it is asked for; by default high and critical. Rules may ask for it,
    too, by `step_up: true`."""
    endpoints: Endpoints | None = None
    """Where they are not what the provider says under its own address."""

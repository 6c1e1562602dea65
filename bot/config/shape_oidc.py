"""Whose jobs may ask with a token of their own platform, which no one has to keep secret?"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.config import values
from bot.config.shape_parts import Shape, Some
from bot.config.values import Fits, refusal

_AT_HOME = ("127.0.0.1", "localhost")
_CLOUD = r"https://token\.actions\.(githubusercontent\.com|[a-z0-9-]+\.ghe\.com)"
_PLAIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._~-]+)*")


def _check_issuer(issuer: str) -> str:
    if issuer.endswith("/"):
        raise refusal("must end without a slash: it is compared to the tokens, letter by letter")
    return check_spelled_plainly(issuer)


def check_spelled_plainly(issuer: str) -> str:
    """The address itself, without a slash at its end."""
    if not _PLAIN.fullmatch(issuer):
        raise refusal("must be spelled plainly: a host in small letters, and no . or .. or %")
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in _AT_HOME:
        raise refusal("must begin with https://: its keys prove who asks")
    return issuer


Issuer = Annotated[values.Url, AfterValidator(_check_issuer)]
Number = Annotated[
    str,
    BeforeValidator(values.number_as_text, json_schema_input_type=int | str),
    Fits("^[0-9]{1,20}$", "must be the number of it, such as 1234567: a name can change hands"),
]
Workflow = Annotated[
    str,
    Field(max_length=1_000),
    Fits(
        r"^[^\s*@]+@[^\s*]+$",
        "must be a file and its ref, such as "
        "acme/payments/.github/workflows/deploy.yml@refs/heads/main, without any *",
    ),
]


class Oidc(Shape):
    """Jobs of GitHub Actions or GitLab prove who they are by a token of their platform."""

    issuer: Issuer
    """Of the tokens, exactly: https://token.actions.githubusercontent.com, https://gitlab.com…"""
    platform: Literal["github", "gitlab"] | None = None
    """Whose tokens they are, where the issuer does not tell."""
    audience: values.Text | None = None
    """Whom the tokens must be meant for; PUBLIC_URL where nothing is said."""
    projects: Some[Number] | None = None
    """Numbers of the repositories (GitHub: repository_id) or projects (GitLab: project_id)."""
    owner_ids: Some[Number] | None = None
    """Numbers of their owners (GitHub: repository_owner_id) or groups (GitLab: namespace_id)."""
    workflows: Some[Workflow] | None = None
    """Files with their ref that alone may ask (GitHub: job_workflow_ref; GitLab: ci_config_ref_uri)."""
    environments: Some[values.Text] | None = None
    """Environments of the platform whose jobs alone may ask."""
    protected: bool = False
    """Whether only runs on a protected branch or tag may ask."""

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.projects or self.owner_ids):
            raise refusal("needs projects or owner_ids: anybody can have a token of this issuer")
        return self


def platform_of(issuer: str) -> str:
    """Whose tokens these are, as far as an address can tell; a wrong guess lets nobody in."""
    cloud = re.fullmatch(_CLOUD, issuer)
    return "github" if cloud or issuer.endswith("/_services/token") else "gitlab"

"""Which platforms wait at a gate of their own, and are answered there? One model for each kind."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, model_validator
from pydantic.json_schema import SkipJsonSchema

from bot.config import values
from bot.config.patterns import PlaceGlob
from bot.config.shape_parts import Some
from bot.config.shape_platform import OnPlatform
from bot.config.values import EnvName, Text, refusal


class _AtGate(OnPlatform):
    """A signed POST announces a change; the answer goes to a gate of the platform's own."""

    secret_env: EnvName | None = None
    """Name of the environment variable with the whsec_ secret that signs announcements, if there are any."""
    api_token_env: EnvName
    """Name of the environment variable with the token we speak to the platform with."""

    @model_validator(mode="after")
    def _can_be_announced(self) -> Self:
        if not (self.secret_env or self.token_env or self.oidc):
            raise refusal(
                "needs secret_env, for announcements that are signed, or token_env or oidc, for jobs "
                "that ask at /api/v1/signoffs: else nobody could announce anything"
            )
        return self


class _Named(_AtGate):
    """Its places have names that outlive a run."""

    places: Some[PlaceGlob] | None = None
    """Globs of the places it may answer, and no others; `*` stays between two slashes, `**` does not."""


def _no_places(_: object) -> None:
    raise refusal(
        "cannot be given here: this platform's places are ids of single runs. What its token may "
        "reach is the boundary; use a connection and a token for each group that trusts itself"
    )


class _Numbered(_AtGate):
    """Its places are ids that say nothing of whose they are."""

    places: Annotated[SkipJsonSchema[None], BeforeValidator(_no_places)] = None


class Jenkins(_Named):
    """A pipeline that waits in an input step."""

    kind: Literal["jenkins"]
    url: values.Url
    """Of Jenkins, as in https://jenkins.example.com/ci"""
    user: Text
    """The Jenkins user whose API token it is."""
    parameter: Text | None = None
    """A parameter of the input that is told who approved."""


class Buildkite(_Named):
    """A build that waits at a block step."""

    kind: Literal["buildkite"]
    organization: Text
    """Its slug, as in addresses of Buildkite."""
    url: values.Url = "https://api.buildkite.com"
    field: Text | None = None
    """A text field of the block step that is told who approved."""


class CircleCi(_Named):
    """A workflow that waits at an approval job."""

    kind: Literal["circleci"]
    url: values.Url = "https://circleci.com"
    """Another one for CircleCI server."""


class ArgoWorkflows(_Named):
    """A workflow that waits in a suspend step."""

    kind: Literal["argo-workflows"]
    url: values.Url
    """Of the Argo server."""


class ArgoRollouts(_Named):
    """A rollout that waits at a pause."""

    kind: Literal["argo-rollouts"]
    url: values.Url
    """Of the Kubernetes API server."""


class Spinnaker(_Numbered):
    """A pipeline that waits at a manual judgment."""

    kind: Literal["spinnaker"]
    url: values.Url
    """Of Gate, Spinnaker's API."""
    user: Text | None = None
    """If given, the token is this user's password (HTTP basic); else it goes as a bearer token."""


class Terraform(_Numbered):
    """A run of HCP Terraform or Terraform Enterprise whose plan waits to be applied."""

    kind: Literal["terraform"]
    url: values.Url = "https://app.terraform.io"
    """Another one for Terraform Enterprise."""


class Gerrit(_Numbered):
    """A change whose submit requirement is a label that we vote on."""

    kind: Literal["gerrit"]
    url: values.Url
    user: Text
    """The Gerrit user whose HTTP password it is."""
    label: Text = "Senior-Sign-Off"


Named = Jenkins | Buildkite | CircleCi | ArgoWorkflows | ArgoRollouts
AtGate = Named | Spinnaker | Terraform | Gerrit


def _kinds(connections: object) -> frozenset[str]:
    shapes: tuple[type[BaseModel], ...] = get_args(connections)
    return frozenset(kind for it in shapes for kind in get_args(it.model_fields["kind"].annotation))


NAMED, AT_GATE = _kinds(Named), _kinds(AtGate)
"""Their kinds."""

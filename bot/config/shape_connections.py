"""Which doors to pipelines may the config open? One model for each kind.

The JSON Schema for editors is made of these models, so their docstrings are what editors show.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from bot.config import values
from bot.config.patterns import PlaceGlob
from bot.config.shape_oidc import Oidc
from bot.config.shape_parts import Listed, Many, Shape, Some
from bot.config.values import EnvName, Text, refusal


class Subscriber(Shape):
    """Somebody who hears of signoffs: CloudEvents with the words of CDEvents."""

    url: values.Url
    """Where they are sent to; no other address may be private."""
    secret_env: EnvName
    """Name of the environment variable with the whsec_ secret that signs them."""
    events: Annotated[
        tuple[Literal["created", "updated", "closed"], ...], Field(min_length=1), Listed
    ] = ("created", "updated", "closed")
    """That it was asked for, that somebody answered, and how it ended."""


class Webhook(Shape):
    """Any pipeline that can sign a POST (Standard Webhooks)."""

    kind: Literal["webhook"]
    secret_env: EnvName
    """Name of the environment variable with the whsec_ secret."""
    token_env: EnvName | None = None
    """Name of the environment variable with the token the pipeline may ask with."""
    callback_prefix: values.Prefix | None = None
    """Results go to addresses that begin with this alone; it ends with a slash."""
    link_prefix: values.Prefix | None = None
    """A change's url that begins with this is a link on the card; others are shown as text."""
    oidc: Oidc | None = None
    """Whose jobs may ask with a token of their platform instead."""
    supersede: Literal["always", "never"] = "always"
    """Whether a newer change takes the place of the one that waits."""


_Environment = Annotated[
    str,
    Field(max_length=100),
    values.Fits("^[!-~]([ -~]*[!-~])?$", "must be in ASCII, with no space at either end"),
]


class Github(Shape):
    """A GitHub App."""

    kind: Literal["github"]
    app_id: values.AppId
    """The App ID, as its settings show it."""
    private_key_env: EnvName
    """Name of the environment variable with the App's private key (PEM)."""
    webhook_secret_env: EnvName
    """Name of the environment variable with the App's webhook secret."""
    api_url: values.Url = "https://api.github.com"
    """Another one for GitHub Enterprise Server."""
    web_url: values.Url = "https://github.com"
    """Another one for GitHub Enterprise Server."""
    check: Text | None = None
    """Name of a check that pull requests and merge queues wait for; without it they are only looked at."""
    check_environment: _Environment = "merge"
    """What rules call the environment of that check."""
    token_env: EnvName | None = None
    """Name of the environment variable with the token a job may ask with."""
    oidc: Oidc | None = None
    """Whose jobs may ask with a token of their platform instead."""
    supersede: Literal["always", "never"] = "always"
    """Whether a newer change takes the place of the one that waits."""


class _Platform(Shape):
    """What all kinds of platforms have. Keys that end with `_env` name variables, never values."""

    token_env: EnvName | None = None
    """Name of the environment variable with the token a job may ask with."""
    link_prefix: values.Prefix | None = None
    """A change's url that begins with this is a link on the card; others are shown as text."""
    oidc: Oidc | None = None
    """Whose jobs may ask with a token of their platform instead."""
    supersede: Literal["always", "never"] = "always"
    """Whether a newer change takes the place of the one that waits."""


class _AtGate(_Platform):
    """A signed POST announces a change; the answer goes to a gate of the platform's own."""

    secret_env: EnvName
    """Name of the environment variable with the whsec_ secret that signs what is announced."""
    api_token_env: EnvName
    """Name of the environment variable with the token we speak to the platform with."""


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


class GitLab(_Platform):
    """Projects of GitLab, by webhook: a deployment, a pipeline's manual job, or a merge request."""

    kind: Literal["gitlab"]
    url: values.Url = "https://gitlab.com"
    """Another one for a GitLab of your own."""
    api_token_env: EnvName
    """Name of the environment variable with the access token."""
    signing_token_env: EnvName | None = None
    """Name of the environment variable with the webhook's signing token (whsec_…)."""
    webhook_secret_env: EnvName | None = None
    """Name of the environment variable with the webhook's secret token, if it has no signing token."""
    status_check_secret_env: EnvName | None = None
    """Name of the environment variable with the shared secret of external status checks."""
    gate: Some[Literal["deployment-approval", "manual-job", "status-check"]] = (
        "deployment-approval",
        "status-check",
    )
    """Where GitLab waits for us. With manual-job, jobs are also started by us."""
    environments: Many[Text] = ()
    """Globs of environments; jobs for others are left alone. Needed for manual-job."""
    check_environment: _Environment = "merge"
    """What rules call the environment of a status check."""
    represented_as: Text | None = None
    """The approval rule we approve for, where our user is in several."""

    @model_validator(mode="after")
    def _is_proved(self) -> GitLab:
        if self.signing_token_env is None and self.webhook_secret_env is None:
            raise refusal(
                "needs signing_token_env, or webhook_secret_env if GitLab is too old for it"
            )
        if "manual-job" in self.gate and not self.environments:
            raise refusal(
                "gate manual-job needs environments: their jobs are started by Countersign"
            )
        return self


_Topic = Annotated[
    str,
    values.Fits(
        "^arn:aws(-cn|-us-gov)?:sns:[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:[A-Za-z0-9_-]{1,256}$",
        "must be the ARN of an SNS topic (not FIFO) such as "
        "arn:aws:sns:eu-central-1:111122223333:approvals",
    ),
]


class CodePipeline(_Platform):
    """Manual approval actions of AWS CodePipeline, by SNS."""

    kind: Literal["codepipeline"]
    topics: Some[_Topic]
    """ARNs of the SNS topics whose messages count."""
    environment: _Environment = "production"
    """Where its pipelines ship to, unless the approval's custom data say otherwise."""
    url: values.Url | None = None
    """Another address of the CodePipeline API, for a private endpoint."""


class Azure(_Platform):
    """The check "Invoke REST API" of Azure DevOps, in callback mode."""

    kind: Literal["azure"]
    url: values.Url
    """Of the organisation, as in https://dev.azure.com/acme"""
    header_secret_env: EnvName
    """Name of the environment variable with what the check sends as its header X-Countersign-Secret."""


class RunTask(_Platform):
    """A run task of HCP Terraform or Terraform Enterprise."""

    kind: Literal["terraform-run-task"]
    url: values.Url = "https://app.terraform.io"
    """Another one for Terraform Enterprise."""
    hmac_key_env: EnvName
    """Name of the environment variable with the run task's HMAC key."""
    archive_url: values.Url = "https://archivist.terraform.io"
    """Where the platform keeps plans, if not at its own address."""


class Bitbucket(_Platform):
    """Pull requests of Bitbucket Cloud, by webhook; the answer is a build status."""

    kind: Literal["bitbucket"]
    url: values.Url = "https://api.bitbucket.org"
    """Of its API."""
    web_url: values.Url = "https://bitbucket.org"
    """Where people look at pull requests."""
    webhook_secret_env: EnvName
    """Name of the environment variable with the webhook's secret."""
    api_token_env: EnvName
    """Name of the environment variable with the access token."""
    status: Text = "countersign"
    """What our status is called; a slash and the branch it goes into follow."""
    environment: _Environment = "merge"
    """What rules call the environment of that status."""
    branches: Many[Text] = ()
    """Globs of branches; what goes into others is left alone. None: the main branch."""


class Gitea(_Platform):
    """Pull requests of Gitea or Forgejo, by webhook; the answer is a commit status."""

    kind: Literal["gitea"]
    url: values.Url
    webhook_secret_env: EnvName
    """Name of the environment variable with the webhook's secret."""
    api_token_env: EnvName
    """Name of the environment variable with the access token."""
    status: Text = "countersign"
    """What our status is called; a slash and the branch it goes into follow."""
    environment: _Environment = "merge"
    """What rules call the environment of that status."""


Named = Jenkins | Buildkite | CircleCi | ArgoWorkflows | ArgoRollouts
AtGate = Named | Spinnaker | Terraform | Gerrit
Platform = AtGate | GitLab | CodePipeline | Azure | RunTask | Bitbucket | Gitea
Connection = Annotated[Webhook | Github | Platform, Field(discriminator="kind")]

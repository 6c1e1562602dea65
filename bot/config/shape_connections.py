"""Which doors to pipelines may the config open? One model for each kind.

The JSON Schema for editors is made of these models, so their docstrings are what editors show.

One word for one thing, in every kind: `token_env` is what a job asks us with, `api_token_env` what we
speak to the platform with, `secret_env` a whsec_ key of Standard Webhooks; `check` is what a merge
waits for, and `check_environment` what rules call that. What a platform proves itself with otherwise
is called as on its own page of settings, where it is copied to or from (webhook secret, HMAC key,
signing token): these are several things, of which GitLab has three. CodePipeline's `environment` is
no check's, but where it ships to.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.config import values
from bot.config.shape_former import Renewable
from bot.config.shape_gates import AtGate
from bot.config.shape_oidc import Oidc
from bot.config.shape_outcomes import PagerDuty
from bot.config.shape_parts import Listed, Many, Some
from bot.config.shape_platform import Environment, OnPlatform
from bot.config.shape_reach import Bounded
from bot.config.values import EnvName, Text, refusal


class Subscriber(Renewable):
    """Somebody who hears of signoffs: CloudEvents with the words of CDEvents."""

    url: values.Url
    """Where they are sent to; no other address may be private."""
    secret_env: EnvName
    """Name of the environment variable with the whsec_ secret that signs them."""
    events: Annotated[
        tuple[Literal["created", "updated", "closed"], ...], Field(min_length=1), Listed
    ] = ("created", "updated", "closed")
    """That it was asked for, that somebody answered, and how it ended."""


class Webhook(Bounded):
    """Any pipeline that can sign a POST (Standard Webhooks)."""

    kind: Literal["webhook"]
    secret_env: EnvName
    """Name of the environment variable with the whsec_ secret."""
    token_env: EnvName | None = None
    """Name of the environment variable with the token the pipeline may ask with."""
    accounts: values.Id | None = None
    """Whose logins its messages name: `github`, `gitlab` or a word of `logins`. Without: anybody's."""
    callback_prefix: values.Prefix | None = None
    """Results go to addresses that begin with this alone; it ends with a slash."""
    link_prefix: values.Prefix | None = None
    """A change's url that begins with this is a link on the card; others are shown as text."""
    oidc: Oidc | None = None
    """Whose jobs may ask with a token of their platform instead."""
    supersede: Literal["always", "never"] = "always"
    """Whether a newer change takes the place of the one that waits."""


class Github(Bounded):
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
    accounts: values.Id | None = None
    """`github`, where its accounts are those of the people's `github` and `github_id`; github.com's are. By
    default those of a GitHub Enterprise Server are called as this connection, among their `logins`."""
    check: Text | None = None
    """Name of a check that pull requests and merge queues wait for; without it they are only looked at."""
    check_environment: Environment = "merge"
    """What rules call the environment of that check."""
    token_env: EnvName | None = None
    """Name of the environment variable with the token a job may ask with."""
    oidc: Oidc | None = None
    """Whose jobs may ask with a token of their platform instead."""
    supersede: Literal["always", "never"] = "always"
    """Whether a newer change takes the place of the one that waits."""


class GitLab(OnPlatform):
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
    check_environment: Environment = "merge"
    """What rules call the environment of a status check; its name is given in GitLab."""
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


class CodePipeline(OnPlatform):
    """Manual approval actions of AWS CodePipeline, by SNS."""

    kind: Literal["codepipeline"]
    topics: Some[_Topic]
    """ARNs of the SNS topics whose messages count."""
    environment: Environment = "production"
    """Where its pipelines ship to, unless the approval's custom data say otherwise."""
    url: values.Url | None = None
    """Another address of the CodePipeline API, for a private endpoint."""


class Azure(OnPlatform):
    """The check "Invoke REST API" of Azure DevOps, in callback mode."""

    kind: Literal["azure"]
    url: values.Url
    """Of the organisation, as in https://dev.azure.com/acme"""
    header_secret_env: EnvName
    """Name of the environment variable with what the check sends as its header X-Countersign-Secret."""


class RunTask(OnPlatform):
    """A run task of HCP Terraform or Terraform Enterprise."""

    kind: Literal["terraform-run-task"]
    url: values.Url = "https://app.terraform.io"
    """Another one for Terraform Enterprise."""
    hmac_key_env: EnvName
    """Name of the environment variable with the run task's HMAC key."""
    archive_url: values.Url = "https://archivist.terraform.io"
    """Where the platform keeps plans, if not at its own address."""


class Bitbucket(OnPlatform):
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
    check: Text = "countersign"
    """Name of the status that pull requests wait for; a slash and the branch it goes into follow."""
    check_environment: Environment = "merge"
    """What rules call the environment of that check."""
    branches: Many[Text] = ()
    """Globs of branches; what goes into others is left alone. None: the main branch."""


class BitbucketDataCenter(OnPlatform):
    """Pull requests of Bitbucket Data Center, by webhook; the answer is a build status."""

    kind: Literal["bitbucket-data-center"]
    url: values.Url
    """As people open it, as in https://git.example.com/bitbucket"""
    webhook_secret_env: EnvName
    """Name of the environment variable with the webhook's secret."""
    api_token_env: EnvName
    """Name of the environment variable with the HTTP access token."""
    check: Text = "countersign"
    """Name of the build that pull requests wait for; a slash and the branch it goes into follow."""
    check_environment: Environment = "merge"
    """What rules call the environment of that check."""
    page_max_changes: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    """As its bitbucket.properties has it: of as many files as this, there may be more."""


class Gitea(OnPlatform):
    """Pull requests of Gitea or Forgejo, by webhook; the answer is a commit status."""

    kind: Literal["gitea"]
    url: values.Url
    webhook_secret_env: EnvName
    """Name of the environment variable with the webhook's secret."""
    api_token_env: EnvName
    """Name of the environment variable with the access token."""
    check: Text = "countersign"
    """Name of the status that pull requests wait for; a slash and the branch it goes into follow."""
    check_environment: Environment = "merge"
    """What rules call the environment of that check."""


Platform = (
    AtGate | GitLab | CodePipeline | Azure | RunTask | Bitbucket | BitbucketDataCenter | Gitea
)
Connection = Annotated[Webhook | Github | Platform | PagerDuty, Field(discriminator="kind")]

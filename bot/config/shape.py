"""Which keys may the config hold, and what sort of value has each?

The JSON Schema for editors is made of these models, so their docstrings are what editors show.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.config import values
from bot.config.values import Duration, EnvName, Hours, Id, OneOrMany, Text, Timezone, refusal

Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], OneOrMany()]
Some = Annotated[tuple[Item, ...], Field(min_length=1), OneOrMany()]
Listed = Field(strict=False)
Level = Text
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Ai = Literal["assisted", "contradicted", "suspected", "undeclared", "declared_human", "automation"]
Point = Annotated[str, Field(min_length=1, max_length=75)]
LEVELS = ("junior", "mid", "senior", "staff", "principal")


class Shape(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class Person(Shape):
    """One human: every name they have, so that nobody signs their own work under another one."""

    name: Text
    """How colleagues call them."""
    level: Level
    """One of `levels`."""
    slack: values.SlackUser | None = None
    """Slack member id. Without one the person is known, but cannot be asked."""
    github: Many[values.Login] = ()
    """GitHub login, or a list of them."""
    gitlab: Many[values.Login] = ()
    """GitLab user name, or a list of them."""
    emails: Many[values.Email] = ()
    """Addresses they commit with."""
    timezone: Timezone = "UTC"
    """As in Europe/London."""
    hours: Hours | None = None
    """Their working hours, as in 09:00-17:30."""


class Group(Shape):
    """People who answer for something."""

    members: Some[Id]
    """Ids of people."""
    owns: Some[values.RepositoryGlob] | None = None
    """Globs of repositories, as in acme/payments-*. Without: every repository nobody claims."""
    channel: values.SlackChannel | None = None
    """Where the cards hang."""
    slack_usergroup: values.SlackUsergroup | None = None
    """The user group to mention."""


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
    supersede: Literal["always", "never"] = "always"
    """Whether a newer change takes the place of the one that waits."""


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
    token_env: EnvName | None = None
    """Name of the environment variable with the token a job may ask with."""
    supersede: Literal["always", "never"] = "always"
    """Whether a newer change takes the place of the one that waits."""


Connection = Annotated[Webhook | Github, Field(discriminator="kind")]


class Sla(Shape):
    """When to remind, widen the circle and give up, counted from the opening."""

    remind: Many[Duration] | None = None
    """By default 15m and 45m."""
    escalate: Duration | Literal["never"] | None = None
    """By default 1h."""
    expire: Duration | None = None
    """By default 8h."""
    escalate_to: Many[Id] = ()
    """Groups that may decide too, once it escalates."""
    clock: Literal["elapsed", "working"] = "elapsed"
    """`working`: only working hours count."""
    hours: Hours | None = None
    """Working hours; by default 09:00-17:00."""
    timezone: Timezone | None = None
    """Whose working hours; by default UTC."""
    days: Some[Day] | None = None
    """Working days; by default Monday to Friday."""

    @model_validator(mode="after")
    def _calendar_is_used(self) -> Sla:
        if self.clock == "elapsed" and (self.hours or self.timezone or self.days):
            raise refusal("hours, timezone and days count with clock: working alone")
        if self.hours:
            start, end = values.hours(self.hours)
            if (end.hour - start.hour) * 60 + end.minute - start.minute < 60:
                raise refusal("working hours must last an hour at least")
        return self


class LevelRange(Shape):
    """Anybody with a part below a level, or all at least of one; strangers are below all."""

    below: Level | None = None
    at_least: Level | None = None

    @model_validator(mode="after")
    def _says_something(self) -> LevelRange:
        if self.below is None and self.at_least is None:
            raise refusal("needs below or at_least")
        return self


class Size(Shape):
    """Larger than so many lines (added and deleted together) or files."""

    lines_over: Annotated[int, Field(ge=0)] | None = None
    files_over: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Size:
        if self.lines_over is None and self.files_over is None:
            raise refusal("needs lines_over or files_over")
        return self


class When(Shape):
    """All conditions that are given must hold; one value of each is enough."""

    environment: Some[values.EnvironmentGlob] | None = None
    """Globs of environments."""
    repository: Some[values.RepositoryGlob] | None = None
    """Globs of repositories."""
    kind: Some[Literal["software", "infrastructure", "scaling"]] | None = None
    ai: Some[Ai] | None = None
    """What the evidence and the author's own word come to."""
    author_level: LevelRange | None = None
    paths: Some[values.PathGlob] | None = None
    """Globs of files; ** crosses folders."""
    size: Size | None = None


class Require(Shape):
    """What a rule asks for."""

    approvals: Annotated[int, Field(ge=0, le=10)] = 1
    """By how many people. 0: nobody has to sign, where all the conditions are certain to hold and
    no other rule asks for it."""
    level: Level = "senior"
    """Of this level or above."""
    sources: Annotated[Some[Id], Field(alias="from")] = ("owners",)
    """Names of groups; `owners` are the groups that answer for the repository."""
    sla: Id | None = None
    """One of `slas`."""
    reason: bool = False
    """Whether who approves has to say why, too."""
    checklist: Annotated[tuple[Point, ...], Field(max_length=10), OneOrMany()] = ()
    """Points to tick before approving."""


class Rule(Shape):
    name: Text
    """Shown to people as the reason for the signoff."""
    when: When = When()
    """Without: every change."""
    require: Require = Require()


class Policy(Shape):
    """All rules that match combine to the strictest; where none does, one senior is asked."""

    mode: Literal["enforce", "shadow"] = "enforce"
    """`shadow`: record what would have been asked, let everything pass."""
    rules: Annotated[tuple[Rule, ...], Listed] | None = None
    """Without: AI-assisted production changes by anyone below senior."""


class File(Shape):
    """Countersign: who is who, who answers for what, and which changes need whose signature."""

    people: Annotated[dict[Id, Person], Field(min_length=1)]
    levels: Annotated[tuple[Level, ...], Field(min_length=1), Listed] = LEVELS
    """Lowest first."""
    groups: Annotated[dict[Id, Group], Field(min_length=1)]
    connections: dict[Id, Connection] = {}
    """The doors to CI and version control; each has a name of your choice."""
    slas: dict[Id, Sla] = {}
    policy: Policy = Policy()

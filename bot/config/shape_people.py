"""Which keys may people, groups and rotas have?"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.config import values
from bot.config.patterns import RepositoryGlob
from bot.config.shape_parts import Listed, Many, Shape, Some
from bot.config.times import Clock, ClockOrNo, Day, Duration, Hours, Moment, Timezone
from bot.config.values import EnvName, Id, Text, refusal

Level = Text
Asks = Annotated[int, Field(ge=1, le=100)]
LEVELS = ("junior", "mid", "senior", "staff", "principal")


class Person(Shape):
    """One human: every name they have, so that nobody signs their own work under another one."""

    name: Text
    """How colleagues call them."""
    level: Level
    """One of `levels`."""
    slack: values.SlackUser | None = None
    """Slack member id. Without one the person is known, but cannot be asked."""
    github: Many[values.Login] = ()
    """Login at github.com, or a list of them; also of connections that say `accounts: github`."""
    gitlab: Many[values.Login] = ()
    """User name at gitlab.com, or a list of them; also of connections that say `accounts: gitlab`."""
    github_id: Many[values.AccountNumber] = ()
    """Number of the GitHub account, as https://api.github.com/users/LOGIN gives it: a login can be
    renamed, and given to somebody else."""
    gitlab_id: Many[values.AccountNumber] = ()
    """Number of the GitLab account, as the profile shows it."""
    logins: dict[Id, Many[values.Login]] = Field(default_factory=dict)
    """Logins elsewhere, by the connection they are known at (or by its `accounts`)."""
    emails: Many[values.Email] = ()
    """Addresses they commit with."""
    oidc: values.Subject | None = None
    """What the OpenID Connect provider calls them (`sub`), where they sign in for `step_up`."""
    timezone: Timezone = "UTC"
    """As in Europe/London."""
    hours: Hours | None = None
    """Their working hours, as in 09:00-17:30."""
    calendar: Id | None = None
    """One of `calendars`: the days on which they work, and their hours and time zone where they
    have none of their own."""
    attention: Asks | None = None
    """How often they are asked in a day of theirs, where others can be asked as well; by default
    what `policy.attention` says."""


class Group(Shape):
    """People who answer for something."""

    members: Some[Id]
    """Ids of people."""
    owns: Some[RepositoryGlob] | None = None
    """Globs of repositories, as in acme/payments-*. Without: every repository nobody claims."""
    teams: Many[values.Team] = ()
    """What CODEOWNERS calls them, as in @acme/payments."""
    on_call: Id | None = None
    """One of `rotas`: who of them is asked first."""
    channel: values.SlackChannel | None = None
    """Where the cards hang."""
    slack_usergroup: values.SlackUsergroup | None = None
    """The user group to mention."""
    digest: ClockOrNo = "09:00"
    """When its channel gets the daily list of what is open; `no` for never."""
    timezone: Timezone | None = None
    """By whose clocks; by default those of its first member who is not in UTC."""


class PagerDuty(Shape):
    """A schedule of PagerDuty."""

    kind: Literal["pagerduty"]
    schedule: values.PagerDutySchedule
    """Its id, which stands in its address."""
    token_env: EnvName
    """Name of the environment variable with an API token that may read."""
    url: values.Url = "https://api.pagerduty.com"
    """Another one in the EU."""


class Ical(Shape):
    """A calendar feed, whose events name who is on call."""

    kind: Literal["ical"]
    url: values.Url | None = None
    file: Text | None = None
    """A path, instead of url."""
    token_env: EnvName | None = None
    """Name of the environment variable with the token that the feed wants."""

    @model_validator(mode="after")
    def _is_somewhere(self) -> Ical:
        if (self.url is None) is (self.file is None):
            raise refusal("needs either url or file")
        if self.file is not None and self.token_env is not None:
            raise refusal("token_env goes with url alone")
        return self


class Shift(Shape):
    """Somebody's turn, by the clocks of the rota's time zone."""

    person: Id
    start: Annotated[Moment, Field(alias="from")]
    end: Annotated[Moment, Field(alias="to")]

    @model_validator(mode="after")
    def _lasts(self) -> Shift:
        if self.start >= self.end:
            raise refusal("must begin before it ends")
        return self


class Shifts(Shape):
    """Turns written down one by one."""

    kind: Literal["shifts"]
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1, max_length=1_000), Listed]
    timezone: Timezone = "UTC"


class Rotation(Shape):
    """Turns that come round."""

    kind: Literal["rotation"]
    members: Some[Id]
    """In the order of their turns."""
    starting: Day
    """When the first one's first turn begins."""
    every: Duration = timedelta(days=7)
    """By default 7d."""
    at: Clock = "09:00"
    """When turns begin."""
    timezone: Timezone = "UTC"

    @model_validator(mode="after")
    def _turns_last(self) -> Rotation:
        if self.every < timedelta(hours=1):
            raise refusal("every: a turn lasts an hour at least")
        return self


Rota = Annotated[PagerDuty | Ical | Shifts | Rotation, Field(discriminator="kind")]

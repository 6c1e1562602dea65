"""Which keys may the config hold, and what sort of value has each?

The JSON Schema for editors is made of these models, so their docstrings are what editors show.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.config import values
from bot.config.conventions import Entry
from bot.config.patterns import PathGlob, RepositoryGlob
from bot.config.public_holidays import Region
from bot.config.shape_connections import Connection, Subscriber
from bot.config.shape_dashboard import Dashboard
from bot.config.shape_limits import Limits
from bot.config.shape_outcomes import Outcomes
from bot.config.shape_override import Override
from bot.config.shape_parts import Listed, Many, Shape, Some
from bot.config.shape_people import LEVELS, Group, Level, Person, Rota
from bot.config.shape_policy import Policy, Tier
from bot.config.shape_step_up import StepUp
from bot.config.shape_trust import Evidence
from bot.config.times import Closure, Day, Duration, Hours, NightHours, Timezone, Weekday, hours
from bot.config.values import Id, Text, Version, refusal


class Calendar(Shape):
    """When people work: hours, days, and the days on which they do not."""

    timezone: Timezone = "UTC"
    hours: NightHours | None = None
    """As in 09:00-17:30, or over midnight as in 22:00-06:00; by default 09:00-17:00."""
    days: Some[Weekday] | None = None
    """Days on which work begins; by default Monday to Friday."""
    holidays: Region | None = None
    """Public holidays of a country, or of a part of one, as in DE or DE-BE."""
    closures: Many[Closure] = ()
    """More days on which nobody works, as in 2026-12-24 or 2026-12-27/2027-01-01."""

    @model_validator(mode="after")
    def _lasts(self) -> Calendar:
        if self.hours and _minutes(self.hours) < 60:
            raise refusal("working hours must last an hour at least")
        return self


class Sla(Shape):
    """When to remind, ask more people and give up, counted from the opening."""

    remind: Many[Duration] | None = None
    """By default 15m and 45m."""
    widen: Duration | None = None
    """When more of the same people are asked; by default never."""
    escalate: Duration | Literal["never"] | None = None
    """By default 1h."""
    expire: Duration | None = None
    """By default 8h."""
    escalate_to: Many[Id] = ()
    """Groups that may decide too, once it escalates; a rota stands for the groups that are `on_call`
    by it. Whoever is on call is asked then, whatever the hour."""
    managers: Duration | None = None
    """When those who answer for them all are asked; by default never."""
    managers_to: Many[Id] = ()
    """Groups that may decide too from then on."""
    clock: Literal["elapsed", "working"] = "elapsed"
    """`working`: only working hours count."""
    hours: Hours | None = None
    """Working hours; by default 09:00-17:00."""
    timezone: Timezone | None = None
    """Whose working hours; by default UTC."""
    days: Some[Weekday] | None = None
    """Working days; by default Monday to Friday."""
    calendar: Id | None = None
    """One of `calendars`, instead of hours, timezone and days."""

    @model_validator(mode="after")
    def _calendar_is_used(self) -> Sla:
        if self.calendar and self.clock == "elapsed":
            raise refusal("calendar counts with clock: working alone")
        if self.calendar and (self.hours or self.timezone or self.days):
            raise refusal("needs either calendar or hours, timezone and days")
        if self.clock == "elapsed" and (self.hours or self.timezone or self.days):
            raise refusal("hours, timezone and days count with clock: working alone")
        if self.hours and _minutes(self.hours) < 60:
            raise refusal("working hours must last an hour at least")
        return self

    @model_validator(mode="after")
    def _managers_are_named(self) -> Sla:
        if bool(self.managers) is not bool(self.managers_to):
            raise refusal("managers (when) and managers_to (whom) need each other")
        return self


def _minutes(written: str) -> int:
    """How long such hours last, over midnight too."""
    start, end = hours(written)
    return ((end.hour - start.hour) * 60 + end.minute - start.minute) % (24 * 60)


class Window(Shape):
    """A time in which nothing should ship, or in which the load is at its peak."""

    kind: Literal["freeze", "peak"]
    days: Some[Weekday] | None = None
    """Days on which it begins; without: every day."""
    hours: NightHours | None = None
    """As in 09:00-17:30, or over midnight as in 22:00-06:00; without: all day."""
    timezone: Timezone = "UTC"
    first: Annotated[Day | None, Field(alias="from")] = None
    """The first day."""
    last: Annotated[Day | None, Field(alias="to")] = None
    """The last day."""

    @model_validator(mode="after")
    def _opens_and_closes(self) -> Window:
        if not (self.days or self.hours or self.first or self.last):
            raise refusal("would always be open; it needs days, hours, from or to")
        if self.first and self.last and self.first > self.last:
            raise refusal("must begin before it ends")
        return self


class Territory(Shape):
    """A part of the code, and how much harm a mistake there does."""

    name: Text
    paths: Some[PathGlob]
    """Globs of files; ** crosses folders."""
    repository: Some[RepositoryGlob] | None = None
    """Globs of repositories; without: every one."""
    criticality: Tier = "high"


class Risk(Shape):
    """What makes a change risky here, beyond what everybody knows to be risky."""

    territories: Annotated[tuple[Territory, ...], Listed] = ()
    recent: Duration = timedelta(days=14)
    """How long ago an incident still counts; by default 14d."""


class Provenance(Shape):
    """How we know that AI helped."""

    conventions: Annotated[tuple[Entry, ...], Listed] = ()
    """Marks of tools we do not know, or that we should know differently."""


class Slack(Shape):
    """What is particular to your Slack workspace."""

    fallback_channel: values.SlackChannel | None = None
    """Where cards hang that cannot hang in a channel of their own, and where the operator is told
    so."""


class File(Shape):
    """Countersign: who is who, who answers for what, and which changes need whose signature."""

    version: Version | None = None
    """How this file is to be read: 1."""
    people: Annotated[dict[Id, Person], Field(min_length=1)]
    levels: Annotated[tuple[Level, ...], Field(min_length=1), Listed] = LEVELS
    """Lowest first."""
    groups: Annotated[dict[Id, Group], Field(min_length=1)]
    connections: dict[Id, Connection] = Field(default_factory=dict)
    """The doors to CI and version control; each has a name of your choice."""
    subscribers: dict[Id, Subscriber] = Field(default_factory=dict)
    """Who else hears of signoffs, by names of your choice."""
    slas: dict[Id, Sla] = Field(default_factory=dict)
    calendars: dict[Id, Calendar] = Field(default_factory=dict)
    """When people work, for people and slas."""
    closures: Many[Closure] = ()
    """Days on which the whole company is closed, as in 2026-12-24 or 2026-12-27/2027-01-01."""
    rotas: dict[Id, Rota] = Field(default_factory=dict)
    """Who is on call."""
    windows: dict[Id, Window] = Field(default_factory=dict)
    """Freezes and peaks."""
    risk: Risk = Risk()
    provenance: Provenance = Provenance()
    slack: Slack = Slack()
    policy: Policy = Policy()
    step_up: StepUp | None = None
    """Without: nobody needs more than a click in Slack to approve."""
    dashboard: Dashboard | None = None
    """Without: there is none."""
    override: Override | None = None
    """Who may let a change go on in an emergency; without: nobody."""
    outcomes: Outcomes = Outcomes()
    evidence: Evidence = Evidence()
    limits: Limits = Limits()
    administrators: Many[Id] = ()
    """Ids of people who let in the security keys of others."""

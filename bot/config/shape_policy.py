"""Which keys may a policy have, the server's or a repository's own?"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.config import patterns
from bot.config.patterns import Pattern, Share
from bot.config.shape_parts import Listed, Shape, Some
from bot.config.shape_people import Asks, Level
from bot.config.times import Claim, Grace
from bot.config.values import Id, OneOrMany, Text, refusal

Ai = Literal["assisted", "contradicted", "suspected", "undeclared", "declared_human", "automation"]
Tier = Literal["low", "normal", "high", "critical"]
Count = Annotated[int, Field(ge=0)]
Point = Annotated[str, Field(min_length=1, max_length=75)]


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

    lines_over: Count | None = None
    files_over: Count | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Size:
        if self.lines_over is None and self.files_over is None:
            raise refusal("needs lines_over or files_over")
        return self


class Matches(Shape):
    """Regular expressions of RE2, found anywhere in a text; (?i) ignores case."""

    title: Pattern | None = None
    description: Pattern | None = None
    branch: Pattern | None = None
    path: Pattern | None = None
    """One path is enough; where nobody has to sign, each has to match."""

    @model_validator(mode="after")
    def _says_something(self) -> Matches:
        if not self.model_fields_set:
            raise refusal("needs title, description, branch or path")
        return self


class When(Shape):
    """All conditions that are given must hold; one value of each is enough."""

    environment: Some[patterns.EnvironmentGlob] | None = None
    """Globs of environments."""
    repository: Some[patterns.RepositoryGlob] | None = None
    """Globs of repositories."""
    kind: Some[Literal["software", "infrastructure", "scaling"]] | None = None
    ai: Some[Ai] | None = None
    """What the evidence and the author's own word come to."""
    tools: Some[Text] | None = None
    """Names of AI tools, as the cards show them."""
    author_level: LevelRange | None = None
    paths: Some[patterns.PathGlob] | None = None
    """Globs of files; ** crosses folders."""
    size: Size | None = None
    risk: Some[Tier] | None = None
    """The tier that the change was given."""
    risk_from: Some[Text] | None = None
    """What the risk comes from: kinds of reasons, as `countersign explain` shows them."""
    branch: Some[Text] | None = None
    """Globs of the branch it comes from."""
    labels: Some[Text] | None = None
    """Globs of labels."""
    matches: Matches | None = None
    checks: Some[Literal["failing", "missing"]] | None = None
    """`failing`: one did not pass; `missing`: none is known to have run."""
    window: Some[Id] | None = None
    """Names of `windows` that are open."""
    incidents_over: Count | None = None
    """More recent incidents than this."""
    unowned: Literal[True] | None = None
    """CODEOWNERS names nobody for some of its files."""
    sample: Share | None = None
    """A share of all changes, as in 10%; three times as many where something looks like AI."""
    all: Conditions | None = None
    """Conditions that must all hold."""
    any: Conditions | None = None
    """Conditions of which one must hold."""
    none: Annotated[Conditions | None, Field(alias="not")] = None
    """Conditions of which none may hold."""


Conditions = Annotated[tuple[When, ...], Field(min_length=1), OneOrMany(mappings=True)]
When.model_rebuild()


class Require(Shape):
    """What a rule asks for."""

    approvals: Annotated[int, Field(ge=0, le=10)] = 1
    """By how many people. 0: nobody has to sign, where all the conditions are certain to hold and
    no other rule asks for it."""
    level: Level = "senior"
    """Of this level or above."""
    sources: Annotated[Some[Id], Field(alias="from")] = ("owners",)
    """Names of groups; `owners` are the groups that answer for the repository, `codeowners` whom
    its CODEOWNERS names for the changed files."""
    sla: Id | None = None
    """One of `slas`."""
    reason: bool = False
    """Whether who approves has to say why, too."""
    checklist: Annotated[tuple[Point, ...], Field(max_length=10), OneOrMany()] = ()
    """Points to tick before approving."""
    declaration: Literal["no", "ask", "required"] = "ask"
    """Whether the author is asked if AI helped, where nobody said so. `required`: before anybody
    may approve."""
    carry_forward: bool = True
    """Whether approvals of an identical change may be kept."""
    step_up: bool = False
    """Whether an approval counts only with a fresh sign-in and a security key; needs `step_up`, where
    the server says how people sign in."""


class Rule(Shape):
    name: Text
    """Shown to people as the reason for the signoff."""
    when: When = When()
    """Without: every change."""
    require: Require = Require()


class RuleGroup(Shape):
    """Rules that share a condition."""

    name: Text
    when: When = When()
    """Has to hold for each of its rules."""
    rules: Annotated[tuple[Rule, ...], Field(min_length=1), Listed]


class Attention(Shape):
    """How much anybody is to look at."""

    per_day: Asks
    """How often a person is asked in a day of theirs, where others can be asked as well."""


class Policy(Shape):
    """All rules that match combine to the strictest; where none does, one senior is asked."""

    mode: Literal["enforce", "shadow"] = "enforce"
    """`shadow`: record what would have been asked, let everything pass."""
    carry_forward: bool = True
    """Whether approvals of an identical change may be kept, where each rule allows it."""
    risk_checklist: bool = True
    """Whether what makes a change risky is added to the points to tick."""
    risk_reason: bool = True
    """Whether who approves a change of high or critical risk has to say why."""
    grace: Grace = timedelta(seconds=10)
    """How long one click to approve may be taken back before it counts; by default 10s, 0s is not
    at all, 5m at most."""
    claim: Claim = timedelta(minutes=30)
    """How long somebody who is on it is shown to be; by default 30m."""
    attention: Attention | None = None
    """By default people are asked as often as it is their turn."""
    rules: Annotated[tuple[Rule, ...], Listed] | None = None
    """Without any, here or in groups: AI-assisted production changes by anyone below senior."""
    groups: Annotated[tuple[RuleGroup, ...], Listed] = ()


class RepositoryFile(Shape):
    """A repository's own rules; they are added to the server's, so they only tighten."""

    version: Literal[1] = 1
    rules: Annotated[tuple[Rule, ...], Listed] = ()
    groups: Annotated[tuple[RuleGroup, ...], Listed] = ()

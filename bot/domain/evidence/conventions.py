"""By which marks do AI tools, and the bots that are not AI, make themselves known?

The marks themselves are data (bot/config/conventions.yaml); here is what one is. Patterns are
matched on plain text (see lines.plain) and take time linear in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What part a finding gives to the tool. `none` is a "no"; `automation` a bot that is not AI."""

    AUTHOR = "author"
    ASSIST = "assist"
    REVIEW = "review"
    NONE = "none"
    AUTOMATION = "automation"


class Tier(StrEnum):
    """How much a finding proves."""

    SIGNED = "signed"
    DECLARED = "declared"
    INFERRED = "inferred"
    CONTEXT = "context"


class Where(StrEnum):
    """Where a mark stands, and with that how much of it a pattern has to match.

    All of it: `email`, `name`, `shared_name` (people bear it too: it counts only with an address
    that cannot be a person's), `login` (without "[bot]"), `label`, `note` (its ref). From the
    start: `line` (of a text), `subject` (its first line), `box` (what is ticked), `branch`.
    Anywhere: `any` (in a line), `value` (of an Assisted-by line), `file` (a path).
    """

    EMAIL = "email"
    NAME = "name"
    SHARED_NAME = "shared_name"
    LOGIN = "login"
    LABEL = "label"
    NOTE = "note"
    LINE = "line"
    SUBJECT = "subject"
    BOX = "box"
    BRANCH = "branch"
    ANY = "any"
    VALUE = "value"
    FILE = "file"


WHOLE = frozenset(
    {Where.EMAIL, Where.NAME, Where.SHARED_NAME, Where.LOGIN, Where.LABEL, Where.NOTE}
)
ANYWHERE = frozenset({Where.ANY, Where.VALUE, Where.FILE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """One mark of one tool. `tool` empty: AI, and the mark does not say which.

    `source` is what people call such a mark ("footer"). `ids` are the accounts a login belongs to.
    `weak_committer`: as a committer it only ran the commit, a reason to ask and no more. `quotes`:
    a bot whose texts repeat those of others. `between` (days, both included) is when the mark was
    also set without AI, and `then_tier` what it proves of a commit written then.
    """

    id: str
    tool: str = ""
    where: Where
    tier: Tier = Tier.DECLARED
    role: Role = Role.AUTHOR
    source: str = ""
    ids: frozenset[str] = frozenset()
    weak_committer: bool = False
    quotes: bool = False
    between: tuple[date, date] | None = None
    then_tier: Tier = Tier.INFERRED

    def tier_on(self, day: date | None) -> Tier:
        if day and self.between and self.between[0] <= day <= self.between[1]:
            return self.then_tier
        return self.tier


class Table(Protocol):
    """The conventions for one place, ready to be matched."""

    def matching(self, text: str) -> tuple[Convention, ...]:
        """Those that fit a plain text, in the order they were written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """Everything we know tools by, at one version.

    `tools` are the names there are for tools, `by_id` the logins whose accounts are known.
    """

    version: str
    tables: Mapping[Where, Table]
    tools: frozenset[str] = frozenset()
    by_id: Mapping[str, Convention] = field(default_factory=dict)

    def matching(self, where: Where, text: str) -> tuple[Convention, ...]:
        table = self.tables.get(where)
        return table.matching(text) if table and text else ()

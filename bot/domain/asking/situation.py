"""What is known of everybody at the moment somebody has to be asked?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.asking.budgets import NO_BUDGETS, Budgets


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Asks that wait for a person now, and asks of the last seven days."""

    open: int = 0
    week: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Away until this moment; None: until further notice. `deputy` is a person's id."""

    until: datetime | None
    deputy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the chat said of a person; None: we do not know."""

    member: bool | None = None
    active: bool | None = None
    quiet_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Familiar:
    """A person's commits to the files of the change."""

    commits: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of everybody at this moment, by person; who is missing is not known.

    `on_call` has the name of the rota; `until` is when the signoff expires; `today` are the asks of
    the day that it is where each of them lives.
    """

    at: datetime
    until: datetime | None = None
    load: Mapping[str, Load] = field(default_factory=dict)
    leave: Mapping[str, Leave] = field(default_factory=dict)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    on_call: Mapping[str, str] = field(default_factory=dict)
    familiar: Mapping[str, Familiar] = field(default_factory=dict)
    today: Mapping[str, int] = field(default_factory=dict)
    budgets: Budgets = NO_BUDGETS

"""What is an override? A change goes on in an emergency, though nobody approved it: who let it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.proving import TYPED, Shown

LASTS_AT_MOST = timedelta(hours=1)
"""Whoever configures more is refused, and so is whatever lasts longer."""

CONFIRM_WITHIN = timedelta(minutes=15)
"""How long somebody who asks to override waits for a second person; then it is as if unasked."""

OVERDUE_EVERY = timedelta(days=1)
"""How often it is said that a review is overdue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRules:
    """Who may: these people, and members of these groups. Empty: nobody.

    `channel` is told of each. `second`: somebody else confirms it. It `lasts` so long; within
    `review_within` somebody else says whether it was fine. `step_up`: their own security key signs
    it. From the one after `per_month` on a second person is needed, whatever else is; 0: never.
    """

    people: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    channel: str = ""
    second: bool = False
    lasts: timedelta = LASTS_AT_MOST
    review_within: timedelta = timedelta(days=1)
    step_up: bool = False
    per_month: int = 0


NOBODY_MAY = OverrideRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideWanted:
    """Somebody asked to override, and a second person may confirm it until then.

    It would be the `nth` of its month; 0: nobody counted.
    """

    by: str
    reason: str
    incident: str
    at: datetime
    until: datetime
    shown: Shown = TYPED
    nth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideReview:
    """What somebody else said of it afterwards: that it was `fine`, or that it was not."""

    by: str
    fine: bool
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """`by` let it go on, and `second` confirmed that, if anybody had to. It is good `until` then.

    `shown` and `second_shown` are how they showed that it is they. It is the `nth` of its month, of
    which `per_month` were meant to be enough. `reminded` counts how often it was said since
    `review_by` that nobody has reviewed it. `ended`: the check that it had let go on is taken back.
    """

    by: str
    reason: str
    incident: str
    at: datetime
    until: datetime
    review_by: datetime
    second: str = ""
    shown: Shown = TYPED
    second_shown: Shown | None = None
    nth: int = 0
    per_month: int = 0
    reviewed: OverrideReview | None = None
    reminded: int = 0
    ended: bool = False

    @property
    def next_due(self) -> datetime | None:
        """When it is to be said that a review is overdue; None once there is one."""
        return None if self.reviewed else self.review_by + self.reminded * OVERDUE_EVERY

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been reviewed by now: then nothing else is overridden."""
        return self.reviewed is None and self.review_by <= now

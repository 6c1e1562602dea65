"""What of all that waits is whose, and what comes first?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.override import OverrideRules
from bot.domain.overriding import may_review_override
from bot.domain.people import Standing
from bot.domain.quorum import is_current, is_eligible
from bot.domain.risk.reasons import RiskTier
from bot.domain.signoff import Signoff

PRESSING = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
"""Within how long it runs out: what runs out about as soon is ordered by its risk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One person's part of what waits, the most pressing first. They were asked for the `asked`;
    the `others` they may sign as well. The `settling` have their approval and may be taken back.
    `own` are those they had a part in, `groups` those their groups have to decide. The `expired`
    were theirs too, and they may ask for them again. `to_review` was overridden in an emergency.
    """

    asked: tuple[Signoff, ...] = ()
    others: tuple[Signoff, ...] = ()
    settling: tuple[Signoff, ...] = ()
    own: tuple[Signoff, ...] = ()
    groups: tuple[Signoff, ...] = ()
    expired: tuple[Signoff, ...] = ()
    to_review: tuple[Signoff, ...] = ()

    @property
    def waiting(self) -> tuple[Signoff, ...]:
        """What this person could decide and has not yet."""
        return (*self.asked, *self.others)


def share(pending: Iterable[Signoff], standing: Standing | None, now: datetime) -> Share:
    """Of somebody the roster does not know: nothing."""
    if standing is None:
        return Share()
    person, ordered = standing.person, by_urgency(pending, now)
    waiting = [
        signoff
        for signoff in ordered
        if is_eligible(signoff, standing) and not has_answered(signoff, person)
    ]
    return Share(
        asked=tuple(signoff for signoff in waiting if person in signoff.asked),
        others=tuple(signoff for signoff in waiting if person not in signoff.asked),
        settling=tuple(s for s in ordered if s.settling and person in s.settling.approvers),
        own=tuple(s for s in ordered if person in s.contributors.people),
        groups=tuple(s for s in ordered if not standing.groups.isdisjoint(s.groups)),
    )


def has_answered(signoff: Signoff, person: str) -> bool:
    """Whether what they said of it counts: not if the policy changed since."""
    return any(it.person == person and is_current(signoff, it) for it in signoff.reviews)


def by_urgency(signoffs: Iterable[Signoff], now: datetime) -> list[Signoff]:
    """What is overdue or runs out soon first; of what runs out about as soon, the riskiest. Every
    list that anybody sees is in this order."""
    return sorted(signoffs, key=lambda signoff: _turn(signoff, now))


def may_be_renewed(
    expired: Iterable[Signoff], pending: Sequence[Signoff], person_id: str, since: datetime
) -> tuple[Signoff, ...]:
    """Of what expired since then, what this person may ask for again: nothing newer waits there."""
    taken = {_place(signoff) for signoff in pending}
    return tuple(
        signoff
        for signoff in expired
        if person_id in signoff.contributors.people
        and not signoff.renewed_as
        and signoff.decided_at is not None
        and signoff.decided_at >= since
        and _place(signoff) not in taken
    )


def to_review(
    overridden: Iterable[Signoff], standing: Standing, rules: OverrideRules
) -> tuple[Signoff, ...]:
    """What this person may review of that, having had no part in it."""
    return tuple(it for it in overridden if may_review_override(it, standing, rules))


def _turn(signoff: Signoff, now: datetime) -> tuple[int, int, datetime, datetime, str]:
    tier = signoff.risk.tier if signoff.risk else RiskTier.NORMAL
    until = signoff.expires_at or signoff.opened_at
    return _pressing(signoff, now), -tier.rank, until, signoff.opened_at, signoff.id


def _pressing(signoff: Signoff, now: datetime) -> int:
    """0 for what was escalated or runs out at once; what never runs out comes last."""
    if signoff.escalated:
        return 0
    if signoff.expires_at is None:
        return len(PRESSING) + 1
    left = signoff.expires_at - now
    return sum(left > bound for bound in PRESSING)


def _place(signoff: Signoff) -> tuple[str, str, str]:
    change = signoff.change
    return change.connection, change.repository, change.environment

"""What does time do to what waits? Each rung of the ladder is climbed once, however often it is planned anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.signoff import Deadline, DeadlineKind, Requirement, Signoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """What is news of the deadlines that are due: of several reminders only the newest is spoken."""

    reminds: bool = False
    asks_more: bool = False
    escalates: bool = False

    @property
    def invites(self) -> bool:
        return self.asks_more or self.escalates


def due(signoff: Signoff, at: datetime) -> tuple[Deadline, ...]:
    return tuple(deadline for deadline in signoff.next_deadlines if deadline.at <= at)


def climb(signoff: Signoff, at: datetime) -> Climb:
    """What is to be done about all that is due, unless it is over."""
    return _news(signoff, due(signoff, at))


def passed(signoff: Signoff, at: datetime) -> Signoff:
    """With all that is due behind it."""
    behind, news = due(signoff, at), climb(signoff, at)
    return replace(
        signoff,
        deadlines_passed=signoff.deadlines_passed + len(behind),
        asked_more=signoff.asked_more or news.asks_more,
        escalated=signoff.escalated or news.escalates,
    )


def planned_anew(signoff: Signoff, requirement: Requirement, at: datetime) -> tuple[Signoff, Climb]:
    """By these deadlines from the opening on, and what they would have done by now.

    No reminder is repeated, nobody who joined has to leave again, and expiry is judged like every
    other: what is over keeps all its deadlines before it.
    """
    past = [deadline for deadline in requirement.deadlines if deadline.at <= at]
    over = any(deadline.kind is DeadlineKind.EXPIRE for deadline in past)
    anew = replace(
        signoff,
        requirement=requirement,
        deadlines_passed=0 if over else len(past),
        reminded=0,
        let_in=frozenset(),
    )
    reminders = signoff.reminders if signoff.reminders > anew.reminders else 0
    anew = replace(anew, reminded=reminders, let_in=signoff.joined & anew.waits_to_join)
    news = Climb() if over else replace(_news(signoff, past), reminds=False)
    return replace(anew, asked_more=signoff.asked_more or news.asks_more), news


def _news(signoff: Signoff, behind: Iterable[Deadline]) -> Climb:
    kinds = [deadline.kind for deadline in behind]
    before = signoff.requirement.deadlines[: signoff.deadlines_passed]
    reminders = sum(it.kind is DeadlineKind.REMIND for it in before)
    return Climb(
        reminds=DeadlineKind.REMIND in kinds
        and reminders + kinds.count(DeadlineKind.REMIND) > signoff.reminders,
        asks_more=DeadlineKind.WIDEN in kinds and not signoff.asked_more,
        escalates=any(_lets_in(signoff, it) for it in behind if it.kind.escalates),
    )


def _lets_in(signoff: Signoff, rung: Deadline) -> bool:
    """Whether somebody joins who has not yet; the first rung is news to all who were asked."""
    return not signoff.escalated or not signoff.joined.issuperset(rung.groups)

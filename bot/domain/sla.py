"""By when has somebody to answer? Reminders, a wider circle, and the end of waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.calendar import WorkingHours
from bot.domain.signoff import Deadline, DeadlineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """When to remind, widen and give up, counted from the opening; `hours`: working time only."""

    remind: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(minutes=45))
    escalate: timedelta | None = timedelta(hours=1)
    expire: timedelta = timedelta(hours=8)
    escalate_to: tuple[str, ...] = ()
    hours: WorkingHours | None = None


def deadlines(slas: list[Sla], opened_at: datetime) -> tuple[Deadline, ...]:
    """The soonest of each kind counts, and nothing is due after the expiry."""
    expire = min(_due(sla, sla.expire, opened_at) for sla in slas)
    remind = {_due(sla, after, opened_at) for sla in slas for after in sla.remind}
    escalate = [_due(sla, sla.escalate, opened_at) for sla in slas if sla.escalate]
    deadlines = {
        *(Deadline(at, DeadlineKind.REMIND) for at in remind),
        *(Deadline(at, DeadlineKind.ESCALATE) for at in sorted(escalate)[:1]),
    }
    before = sorted(deadline for deadline in deadlines if deadline.at < expire)
    return (*before, Deadline(expire, DeadlineKind.EXPIRE))


def _due(sla: Sla, after: timedelta, opened_at: datetime) -> datetime:
    return sla.hours.add(opened_at, after) if sla.hours else opened_at + after

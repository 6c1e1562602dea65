"""By when has somebody to answer? Reminders, the rungs of the ladder, and the end of waiting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.calendar import WorkingHours
from bot.domain.signoff import Deadline, DeadlineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """The ladder: when to remind, ask more of the same, escalate, and give up; from the opening on.

    `escalate_to` and `managers_to` are groups that join then. `hours`: working time only.
    """

    remind: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(minutes=45))
    escalate: timedelta | None = timedelta(hours=1)
    expire: timedelta = timedelta(hours=8)
    escalate_to: tuple[str, ...] = ()
    hours: WorkingHours | None = None
    widen: timedelta | None = None
    managers: timedelta | None = None
    managers_to: tuple[str, ...] = ()

    @property
    def wider(self) -> frozenset[str]:
        """All groups that join sooner or later."""
        sooner = self.escalate_to if self.escalate else ()
        return frozenset((*sooner, *(self.managers_to if self.managers else ())))


def deadlines(slas: list[Sla], opened_at: datetime) -> tuple[Deadline, ...]:
    """The soonest of each kind counts, and nothing is due after the expiry."""
    expire = min(_due(sla, sla.expire, opened_at) for sla in slas)
    remind = {_due(sla, after, opened_at) for sla in slas for after in sla.remind}
    widen = sorted(_due(sla, sla.widen, opened_at) for sla in slas if sla.widen)
    due = {
        *(Deadline(at, DeadlineKind.REMIND) for at in remind),
        *(Deadline(at, DeadlineKind.WIDEN) for at in widen[:1]),
        *_escalations(slas, opened_at),
    }
    before = sorted(deadline for deadline in due if deadline.at < expire)
    return (*before, Deadline(expire, DeadlineKind.EXPIRE))


def _escalations(slas: list[Sla], opened_at: datetime) -> list[Deadline]:
    """The first, and those that let somebody in who did not join before.

    Where there is one alone it names nobody: all join.
    """
    joined: set[str] = set()
    found: list[Deadline] = []
    for rung in sorted(rung for sla in slas for rung in _rungs(sla, opened_at)):
        new = tuple(name for name in rung.groups if name not in joined)
        if new or not found:
            found.append(replace(rung, groups=new))
            joined.update(new)
    return [replace(rung, groups=()) for rung in found] if len(found) == 1 else found


def _rungs(sla: Sla, opened_at: datetime) -> Iterator[Deadline]:
    """In words that are in order: the same groups are the same."""
    if sla.escalate:
        groups = tuple(sorted(set(sla.escalate_to)))
        yield Deadline(_due(sla, sla.escalate, opened_at), DeadlineKind.ESCALATE, groups)
    if sla.managers:
        groups = tuple(sorted(set(sla.managers_to)))
        yield Deadline(_due(sla, sla.managers, opened_at), DeadlineKind.MANAGERS, groups)


def _due(sla: Sla, after: timedelta, opened_at: datetime) -> datetime:
    return sla.hours.add(opened_at, after) if sla.hours else opened_at + after

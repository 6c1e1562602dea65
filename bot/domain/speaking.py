"""Which signoff speaks where several answer at the same place, as in the check of one commit?

Two pull requests may propose the same commit to the same branch, and one may be given up and taken
up again. There is one place then that shows the answer, and whoever merges either merges the same:
so there is one answer, whoever was told last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status

INSTALLATION = "installation_id"
"""In a return address: as whom we are let in."""


def same_place(one: Change, other: Change) -> bool:
    """Whether their answers are shown in one place, which is no run's: the return address says so."""
    return one.by_lineage and other.by_lineage and _place(one) == _place(other)


def speaker(signoffs: Iterable[Signoff], now: datetime) -> Signoff | None:
    """Of those at one place, the oldest first, the one whose answer is the place's.

    Of one lineage the newest counts. A no is stronger than a yes, and either than what is open:
    a stranger who proposes what was approved takes nothing away. An override that has ended is no
    yes any more.
    """
    newest = {it.change.lineage: it for it in signoffs}
    by_age = sorted(newest.values(), key=lambda it: it.opened_at, reverse=True)
    return min(by_age, key=lambda it: _rank(it, now), default=None)


def standing(change: Change, signoffs: Sequence[Signoff], now: datetime) -> Signoff | None:
    """What was said, or is being asked, of this change already; None: it is to be asked about."""
    if decided := decided_for(change, signoffs, now):
        return decided
    mine = newest_of(change.lineage, signoffs)
    if mine is None or is_gone(mine) or mine.has_ended(now):
        return None
    return mine if _same_branch(change, mine) else None


def decided_for(change: Change, signoffs: Iterable[Signoff], now: datetime) -> Signoff | None:
    """The yes or no that stands where the change is answered, whoever asked."""
    found = speaker(signoffs, now)
    return found if found and decides(found, now) and _same_branch(change, found) else None


def newest_of(lineage: str, signoffs: Sequence[Signoff]) -> Signoff | None:
    return next((it for it in reversed(signoffs) if it.change.lineage == lineage), None)


def decides(signoff: Signoff, now: datetime) -> bool:
    """Whether it says yes or no to what it is about."""
    return signoff.proceeds(now) or signoff.status is Status.REJECTED


def is_gone(signoff: Signoff) -> bool:
    """Whether it ended without a word of any person: it was given up, or gave way to another."""
    return signoff.abandoned or signoff.status is Status.SUPERSEDED


def _rank(signoff: Signoff, now: datetime) -> int:
    if signoff.status is Status.REJECTED:
        return 0
    if signoff.proceeds(now):
        return 1
    if not signoff.status.is_final:
        return 2
    return 4 if is_gone(signoff) else 3


def _same_branch(change: Change, signoff: Signoff) -> bool:
    """Where one place shows the answer for whatever branch it goes to, each is asked about."""
    return change.base_branch == signoff.change.base_branch


def _place(change: Change) -> tuple[object, ...]:
    """How a platform is reached says nothing of where its answer is shown: an app that is installed
    anew shows it where it did.
    """
    where = (change.connection, change.repository, change.environment, change.revision)
    return (*where, {name: it for name, it in change.reply_to.items() if name != INSTALLATION})

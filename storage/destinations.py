"""Which destinations are well, and which are left alone for a while?

Kept in rows, so that all replicas know; a destination has one while something is wrong with it.
After `TOO_MANY` failures in a row it rests: nothing goes there before `open_until`. Then one item
goes alone, to see, and while it is under way, `open_until` is the end of its lease.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

from storage.statements import Statement, connection_of
from storage.tables import DestinationRow, table

TOO_MANY = 5

_ROW = table("destination")
_OF = Statement(_ROW.select().where(_ROW.c.lane == bindparam("of")))
_PUT = insert(_ROW)
_KEEP = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["lane"],
        set_={name: _PUT.excluded[name] for name in ("failures", "open_until", "error")},
    ),
    *_ROW.c.keys(),
)
_WELL = Statement(delete(_ROW).where(_ROW.c.lane == bindparam("of")))
_UNTIL = Statement(update(_ROW).where(_ROW.c.lane == bindparam("of")), "open_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """How one does: so many failures in a row, the last of them with this error."""

    failures: int = 0
    open_until: datetime | None = None
    error: str = ""

    @property
    def ails(self) -> bool:
        """It failed too often: whatever goes there goes alone."""
        return self.failures >= TOO_MANY

    def rests(self, now: datetime) -> bool:
        """Nothing may go there."""
        return self.open_until is not None and self.open_until > now


WELL = Destination()


def of(session: Session, lane: str) -> Destination:
    for row in _OF.records(session, {"of": lane}):
        return Destination(failures=row.failures, open_until=row.open_until, error=row.error)
    return WELL


def ailing(session: Session) -> Mapping[str, Destination]:
    """Those with which something is wrong, by lane."""
    return {
        row.lane: Destination(failures=row.failures, open_until=row.open_until, error=row.error)
        for row in session.exec(select(DestinationRow))
    }


def failed(
    session: Session,
    lane: str,
    error: str,
    now: datetime,
    rest: Callable[[int], timedelta],
    *,
    alone: bool,
    asked: timedelta | None = None,
) -> None:
    """It did not take something. `rest` says for how long it is left alone after so many failures
    too many; `asked` is how long it wants to be. `alone`: what failed was sent to see.
    """
    how = of(session, lane)
    rests = how.rests(now) and not alone
    if rests and asked is None:
        return  # others that were under way: that it ails is known
    failures = max(how.failures + 1, TOO_MANY if asked else 0)
    until = None
    if failures >= TOO_MANY:
        until = now + max(rest(failures - TOO_MANY), asked or timedelta())
    if rests and until and how.open_until:
        until = max(until, how.open_until)
    row = {"lane": lane, "failures": failures, "open_until": until, "error": error[:500]}
    _KEEP.run(session, row)


def answered(session: Session, lane: str, now: datetime, *, alone: bool) -> bool:
    """It took something, or said no for good: it is well. Whether it had failed too often.

    While it rests only what was sent to see says so: others were under way before it asked for it.
    """
    how = of(session, lane)
    if how.rests(now) and not alone:
        return False
    _WELL.run(session, {"of": lane})
    return how.ails


def trying(session: Session, lanes: Sequence[str], until: datetime) -> None:
    """One item goes to each, to see: nothing else does meanwhile."""
    _UNTIL.run_all(session, [{"of": lane, "open_until": until} for lane in lanes])


def wake(session: Session, lane: str = "") -> None:
    """One item may go there now, or to each of them."""
    free = update(_ROW).values(open_until=None)
    connection_of(session).execute(free.where(_ROW.c.lane == lane) if lane else free)

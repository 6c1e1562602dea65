"""Which effects are decided and not yet carried out?"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, func, update
from sqlmodel import Session, col, select

from bot.domain.effects import Promise
from storage import documents
from storage.tables import WAITING, OutboxRow, table

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Deliveries under way to one destination, at most."""

_ROW = table("outbox")


def _is_head() -> ColumnElement[bool]:
    """Waiting, and the oldest that waits of its signoff and lane: the others stand behind it."""
    earlier = _ROW.alias("earlier")
    overtaken = (
        select(earlier.c.id)
        .where(earlier.c.signoff_id == _ROW.c.signoff_id, earlier.c.lane == _ROW.c.lane)
        .where(earlier.c.id < _ROW.c.id, earlier.c.state == WAITING)
    )
    return and_(_ROW.c.state == WAITING, ~overtaken.exists())


_DUE = (
    _ROW.select()
    .where(_is_head(), _ROW.c.due_at <= bindparam("now"))
    .where(_ROW.c.lane.not_in(bindparam("full", expanding=True)))
    .where(_ROW.c.leased_until.is_(None) | (_ROW.c.leased_until <= bindparam("now")))
    .order_by(_ROW.c.due_at, _ROW.c.id)
    .limit(bindparam("most"))
)
_LEASE = (
    update(_ROW).where(_ROW.c.id == bindparam("leased")).values(leased_until=bindparam("until"))
)
_DONE = delete(_ROW).where(_ROW.c.id == bindparam("done"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An effect that is ours to carry out until the lease ends."""

    id: int
    signoff_id: str
    lane: str
    effect: Promise
    attempts: int
    since: datetime


def claim(
    session: Session, now: datetime, until: datetime, busy: Mapping[str, int], cap: int = AT_ONCE
) -> Sequence[Item]:
    """Lease what is due: of each signoff's lane only the oldest, of each lane at most `cap`.

    `busy` says how many of a lane are already under way: a destination that hangs takes no
    place from the others.
    """
    full = [lane for lane, count in busy.items() if count >= cap] or [""]
    rows = session.connection().execute(_DUE, {"now": now, "full": full, "most": 4 * cap})
    room = {lane: cap - count for lane, count in busy.items()}
    mine = []
    for row in rows:
        if room.setdefault(row.lane, cap) > 0 and (item := _item(session, row)):
            room[row.lane] -= 1
            mine.append(item)
    if mine:
        leases = [{"leased": item.id, "until": until} for item in mine]
        session.connection().execute(_LEASE, leases)
    return mine


def complete(session: Session, item: Item) -> None:
    session.connection().execute(_DONE, {"done": item.id})


def retry_later(session: Session, item: Item, at: datetime, error: str) -> None:
    _change(session, item, due_at=at, error=error[:500], attempts=item.attempts + 1)


def park(session: Session, item: Item, error: str) -> None:
    """Give up until a person looks at it."""
    _change(session, item, state="parked", error=error[:500], attempts=item.attempts + 1)


def next_due(session: Session) -> datetime | None:
    """When the next effect is due that is not under way, nor stands in line for a full lane."""
    leased = select(_ROW.c.lane).where(_ROW.c.leased_until.is_not(None))
    full = leased.group_by(_ROW.c.lane).having(func.count() >= AT_ONCE)
    query = select(func.min(_ROW.c.due_at)).where(
        _is_head(), _ROW.c.leased_until.is_(None), _ROW.c.lane.not_in(full)
    )
    due: datetime | None = session.exec(query).one()
    return due


def release(session: Session) -> None:
    """After a start nothing is under way: what a dead process had leased is free again."""
    session.connection().execute(update(OutboxRow).values(leased_until=None))


def backlog(session: Session) -> Mapping[str, int]:
    """How many wait, and how many are parked."""
    counted = session.exec(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    return dict(counted.all())


def _change(session: Session, item: Item, **values: object) -> None:
    session.connection().execute(
        update(OutboxRow).where(col(OutboxRow.id) == item.id).values(leased_until=None, **values)
    )


def _item(session: Session, row: Row[Any]) -> Item | None:
    """One that cannot be read is parked: it must not hold up all others."""
    try:
        effect = documents.read_promise(row.effect)
    except ValueError:
        log.exception("an effect in the outbox cannot be read")
        unread = {"state": "parked", "error": "it cannot be read"}
        session.connection().execute(update(_ROW).where(_ROW.c.id == row.id).values(**unread))
        return None
    return Item(
        id=row.id,
        signoff_id=row.signoff_id,
        lane=row.lane,
        effect=effect,
        attempts=row.attempts,
        since=row.since,
    )

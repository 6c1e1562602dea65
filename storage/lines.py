"""What may go next? The queries by which the outbox looks at its lanes, one by one.

Each step goes through an index of the rows that wait: neither many rows of one lane, nor a lane
that nothing may go to, make it slower for the others.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from storage.tables import WAITING, table

AT_ONCE = 8
"""Deliveries under way to one destination from one process, at most."""

LANES_AT_A_TIME = 16

_LIMIT = literal_column(str(AT_ONCE), Integer)
"""Written out, not bound: a planner has to know that it is short."""

_ROW, _DESTINATION = table("outbox"), table("destination")


def _lanes() -> CTE:
    """The lanes in which something waits, each found by one step through the index."""
    first = select(func.min(_ROW.c.lane).label("lane")).where(_ROW.c.state == WAITING)
    lanes = first.cte("lanes", recursive=True)
    later = select(func.min(_ROW.c.lane)).where(_ROW.c.state == WAITING)
    following = later.where(_ROW.c.lane > lanes.c.lane).correlate(lanes).scalar_subquery()
    return lanes.union_all(select(following).where(lanes.c.lane.is_not(None)))


def _is_free(row: Any) -> ColumnElement[bool]:
    """Not under way, and the oldest that waits of its signoff: the others stand behind it."""
    earlier = _ROW.alias("earlier")
    overtaken = (
        select(earlier.c.id)
        .where(earlier.c.signoff_id == row.signoff_id, earlier.c.lane == row.lane)
        .where(earlier.c.id < row.id, earlier.c.state == WAITING)
    )
    now = bindparam("now", type_=_ROW.c.due_at.type)
    unleased = row.leased_until.is_(None) | (row.leased_until <= now)
    return and_(unleased, ~overtaken.exists())


def _heads(number: int) -> Select[Any]:
    """What may go next in one lane."""
    found = (
        select(*_ROW.c)
        .where(_ROW.c.lane == bindparam(f"lane_{number}"), _ROW.c.state == WAITING)
        .where(_ROW.c.due_at <= bindparam(f"due_{number}", type_=_ROW.c.due_at.type))
        .where(_is_free(_ROW.c))
        .order_by(_ROW.c.due_at, _ROW.c.id)
        .limit(_LIMIT)
    )
    return select(found.subquery(f"of_{number}"))


def _lines(*more: ColumnElement[Any], lanes: CTE) -> Select[Any]:
    """Each with how its destination does."""
    how = (_DESTINATION.c.failures, _DESTINATION.c.open_until, _DESTINATION.c.error)
    return (
        select(lanes.c.lane, *how, *more)
        .outerjoin_from(lanes, _DESTINATION, _DESTINATION.c.lane == lanes.c.lane)
        .where(lanes.c.lane.is_not(None))
    )


def _first(lanes: CTE) -> ColumnElement[Any]:
    """When the first of a lane is due that is free. What is under way stands in front, so if there
    is none among the first few, the lane is full.
    """
    front = (
        select(*_ROW.c)
        .where(_ROW.c.lane == lanes.c.lane, _ROW.c.state == WAITING)
        .order_by(_ROW.c.due_at, _ROW.c.id)
        .limit(_LIMIT)
        .correlate(lanes)
        .subquery("front")
    )
    return select(func.min(front.c.due_at)).where(_is_free(front.c)).scalar_subquery()


def _dues() -> Select[Any]:
    lanes = _lanes()
    return _lines(_first(lanes).label("due_at"), lanes=lanes)


LINES, DUE = _lines(lanes=_lanes()), _dues()
HEADS = union_all(*map(_heads, range(LANES_AT_A_TIME)))

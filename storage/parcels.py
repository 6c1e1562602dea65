"""What of the outbox has to be looked after, and what may be done about it by hand?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update
from sqlmodel import Session

from bot.domain.effects import TellPipeline
from bot.domain.events import Reported
from bot.domain.house_events import ParcelHandled
from bot.domain.lifecycle import advance
from bot.domain.signoff import Report
from storage import audit, destinations, documents, moment, outbox, reading, recording, surfaces
from storage.destinations import Destination
from storage.tables import PARKED, WAITING, table

SHOWN = 200

Deed = Literal["retry", "drop"]

_ROW = table("outbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One effect. `what` is how it is stored, "tell_pipeline approved"; `state` is parked, waiting
    or under way.
    """

    id: int
    signoff_id: str
    destination: str
    what: str
    since: datetime
    due_at: datetime
    attempts: int
    error: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A destination, with how many wait for it and how many are parked."""

    name: str
    how: Destination
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """All destinations; parcels are what is parked, and then what was put off, the oldest first:
    so many of them `more` are left out.
    """

    destinations: Sequence[Place]
    parcels: Sequence[Parcel]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Parcels by their ids; or all of a destination that are parked or put off; or all parked."""

    ids: tuple[int, ...] = ()
    destination: str = ""
    all_parked: bool = False


def listed(session: Session, limit: int = SHOWN) -> Outbox:
    now = moment.now(session)
    parked = _ROW.select().where(_ROW.c.state == PARKED).order_by(_ROW.c.since, _ROW.c.id)
    put_off = (
        _ROW.select()
        .where(_ROW.c.state == WAITING, _ROW.c.attempts > 0)
        .order_by(_ROW.c.since, _ROW.c.id)
    )
    found = [*session.connection().execute(parked.limit(limit))]
    found += session.connection().execute(put_off.limit(limit - len(found)))
    troubled = or_(_ROW.c.state == PARKED, _ROW.c.attempts > 0)
    count = select(func.count()).select_from(_ROW).where(troubled)
    return Outbox(
        destinations=_places(session),
        parcels=[_parcel(row, now) for row in found],
        more=session.connection().execute(count).scalar_one() - len(found),
    )


def retry(session: Session, which: Which) -> int:
    """They are due now, and what was parked has three more days. How many there are."""
    now, chosen = moment.now(session), _chosen(which)
    lanes = session.connection().execute(select(_ROW.c.lane).where(chosen).distinct())
    for lane in lanes.scalars().all():
        destinations.wake(session, lane)
    parked = and_(chosen, _ROW.c.state == PARKED)
    afresh = update(_ROW).where(parked).values(state="waiting", due_at=now, since=now, attempts=0)
    put_off = and_(chosen, _ROW.c.state == WAITING, _ROW.c.due_at > now)
    sooner = update(_ROW).where(put_off).values(due_at=now)
    return sum(session.connection().execute(each).rowcount for each in (sooner, afresh))


def drop(session: Session, id: int, why: str) -> str:
    """Nobody will carry it out any more; the trail of its signoff says so. What speaks against it;
    empty: it is done.
    """
    row = session.connection().execute(_ROW.select().where(_ROW.c.id == id)).first()
    if row is None:
        return f"there is no {id} in the outbox"
    if row.state != "parked":
        return f"{id} is not parked: it is still being tried"
    session.connection().execute(_ROW.delete().where(_ROW.c.id == id))
    if _tells(row.effect):
        _note(session, row.signoff_id, why)
    return ""


def handled(session: Session, id: int, deed: Deed, why: str, by: str) -> str:
    """Have one that is parked sent again, or drop it, in somebody's name: the house's trail says so.
    What speaks against it; empty: it is done.
    """
    row = session.connection().execute(_ROW.select().where(_ROW.c.id == id)).first()
    if row is None:
        return f"There is no {id} any more: somebody was quicker, or it was carried out."
    if row.state != "parked":
        return f"{id} is not parked: it is still being tried."
    event = ParcelHandled(
        lane=row.lane,
        signoff_id=row.signoff_id,
        effect=_what(row.effect),
        deed=deed,
        why=why,
        by=by,
        at=moment.now(session),
    )
    if deed == "drop":
        drop(session, id, why)
    else:
        retry(session, Which(ids=(id,)))
    audit.append_house(session, event)
    return ""


def _note(session: Session, signoff_id: str, why: str) -> None:
    signoff = reading.signoff(session, signoff_id)
    if signoff is None:
        return
    now = moment.now(session)
    event = Reported(report=Report(at=now, accepted=False, detail=f"given up by hand: {why}"))
    recording.update(session, event, advance(signoff, event))
    surfaces.mark(session, signoff_id, now)


def _tells(effect: str) -> bool:
    try:
        return isinstance(documents.read_promise(effect), TellPipeline)
    except ValueError:
        return False


def _chosen(which: Which) -> ColumnElement[bool]:
    if which.ids:
        return _ROW.c.id.in_(which.ids)
    if which.destination:
        troubled = or_(_ROW.c.state == PARKED, _ROW.c.attempts > 0)
        return and_(_ROW.c.lane == which.destination, troubled)
    if which.all_parked:
        return _ROW.c.state == PARKED
    return _ROW.c.id.in_(())


def _places(session: Session) -> list[Place]:
    counts, ailing = outbox.by_lane(session), destinations.ailing(session)
    return [
        Place(
            name=lane,
            how=ailing.get(lane, destinations.WELL),
            waiting=_count(counts, lane, "waiting"),
            parked=_count(counts, lane, "parked"),
        )
        for lane in sorted(counts.keys() | ailing.keys())
    ]


def _count(counts: Mapping[str, Mapping[str, int]], lane: str, state: str) -> int:
    return counts.get(lane, {}).get(state, 0)


def _parcel(row: Row[Any], now: datetime) -> Parcel:
    under_way = row.leased_until is not None and row.leased_until > now
    return Parcel(
        id=row.id,
        signoff_id=row.signoff_id,
        destination=row.lane,
        what=_what(row.effect),
        since=row.since,
        due_at=row.due_at,
        attempts=row.attempts,
        error=row.error,
        state="under way" if under_way else row.state,
    )


def _what(effect: str) -> str:
    try:
        read = documents.read_promise(effect)
    except ValueError:
        return "unreadable"
    return f"{read.kind} {read.status}" if isinstance(read, TellPipeline) else read.kind

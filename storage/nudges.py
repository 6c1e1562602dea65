"""Who is to be reminded of what, and when?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from storage.statements import Statement
from storage.tables import table

_ROW = table("nudge")
_PUT = insert(_ROW)
_NUDGE = ("person", "signoff_id", "due_at", "urgent", "snoozed")
_ADDED = _PUT.on_conflict_do_update(
    index_elements=["person", "signoff_id"],
    set_={
        "due_at": case((_ROW.c.snoozed, _ROW.c.due_at), else_=_PUT.excluded.due_at),
        "urgent": or_(_ROW.c.urgent, _PUT.excluded.urgent),
    },
)
_ADD = Statement(_ADDED, *_NUDGE)
_SNOOZE = _PUT.on_conflict_do_update(
    index_elements=["person", "signoff_id"],
    set_={"due_at": _PUT.excluded.due_at, "snoozed": True, "urgent": False},
)
_FORGET = Statement(_ROW.delete().where(_ROW.c.signoff_id == bindparam("of")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """`urgent`: it leaves at once, and at any hour. `snoozed`: the person said when."""

    signoff_id: str
    due_at: datetime
    urgent: bool
    snoozed: bool


def add(
    session: Session, signoff_id: str, people: Sequence[str], at: datetime, *, urgent: bool
) -> None:
    """Remind these people now. Whoever said when they want to be reminded is reminded then."""
    rows = [
        {"person": p, "signoff_id": signoff_id, "due_at": at, "urgent": urgent, "snoozed": False}
        for p in people
    ]
    _ADD.run_all(session, rows)


def snooze(session: Session, person: str, signoff_id: str, until: datetime) -> None:
    """Not before then, and then once."""
    row = {"person": person, "signoff_id": signoff_id, "due_at": until}
    session.connection().execute(_SNOOZE, {**row, "urgent": False, "snoozed": True})


def people_due(session: Session, now: datetime) -> Sequence[str]:
    """Who is to be reminded of anything by now."""
    query = select(_ROW.c.person).where(_ROW.c.due_at <= now).distinct().order_by(_ROW.c.person)
    return list(session.connection().execute(query).scalars())


def of(session: Session, person: str, until: datetime) -> Sequence[Nudge]:
    """What is due for this person until then, the longest due first."""
    query = (
        _ROW.select()
        .where(_ROW.c.person == person, _ROW.c.due_at <= until)
        .order_by(_ROW.c.due_at, _ROW.c.signoff_id)
    )
    return [
        Nudge(signoff_id=row.signoff_id, due_at=row.due_at, urgent=row.urgent, snoozed=row.snoozed)
        for row in session.connection().execute(query)
    ]


def snoozed(session: Session, person: str) -> Mapping[str, datetime]:
    """Until when, by signoff."""
    query = select(_ROW.c.signoff_id, _ROW.c.due_at).where(_ROW.c.person == person, _ROW.c.snoozed)
    rows = session.connection().execute(query)
    return {row.signoff_id: row.due_at for row in rows}


def put_off(session: Session, person: str, signoff_ids: Sequence[str], until: datetime) -> None:
    """This person is reminded of these then, or later where that is later already."""
    session.connection().execute(
        _ROW.update()
        .where(_ROW.c.person == person, _ROW.c.signoff_id.in_(signoff_ids))
        .where(_ROW.c.due_at < until)
        .values(due_at=until)
    )


def done(session: Session, person: str, signoff_ids: Sequence[str]) -> None:
    """They were reminded of these."""
    session.connection().execute(
        _ROW.delete().where(_ROW.c.person == person, _ROW.c.signoff_id.in_(signoff_ids))
    )


def spare(session: Session, person: str, signoff_ids: Sequence[str], until: datetime) -> None:
    """They were just told of these otherwise: what is due until then need not be said again."""
    session.connection().execute(
        _ROW.delete()
        .where(_ROW.c.person == person, _ROW.c.signoff_id.in_(signoff_ids))
        .where(_ROW.c.due_at <= until, ~_ROW.c.urgent)
    )


def forget(session: Session, signoff_id: str) -> None:
    """It is decided: nobody is reminded of it."""
    _FORGET.run(session, {"of": signoff_id})


def next_due(session: Session) -> datetime | None:
    moment: datetime | None = session.connection().execute(select(func.min(_ROW.c.due_at))).scalar()
    return moment

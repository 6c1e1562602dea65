"""Who is to be reminded of what, and when?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from storage.among import among
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
_SNOOZED = _PUT.on_conflict_do_update(
    index_elements=["person", "signoff_id"],
    set_={"due_at": _PUT.excluded.due_at, "snoozed": True, "urgent": False},
)
_SNOOZE = Statement(_SNOOZED, *_NUDGE)
_UNTIL = bindparam("until", type_=_ROW.c.due_at.type)
_OF = Statement(
    _ROW.select()
    .where(_ROW.c.person == bindparam("of"), _ROW.c.due_at <= _UNTIL)
    .order_by(_ROW.c.due_at, _ROW.c.signoff_id)
)
_THESE = and_(_ROW.c.person == bindparam("of"), among(_ROW.c.signoff_id, "these"))
_PUT_OFF = Statement(_ROW.update().where(_THESE, _ROW.c.due_at < _UNTIL).values(due_at=_UNTIL))
_DONE = Statement(_ROW.delete().where(_THESE))
_SPARE = Statement(_ROW.delete().where(_THESE, _ROW.c.due_at <= _UNTIL, ~_ROW.c.urgent))
_PEOPLE_DUE = Statement(
    select(_ROW.c.person)
    .where(_ROW.c.due_at <= bindparam("now"))
    .distinct()
    .order_by(_ROW.c.person)
)
_NEXT = Statement(select(func.min(_ROW.c.due_at)))
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
    _SNOOZE.run(session, {**row, "urgent": False, "snoozed": True})


def people_due(session: Session, now: datetime) -> Sequence[str]:
    """Who is to be reminded of anything by now."""
    return [person for (person,) in _PEOPLE_DUE.rows(session, {"now": now})]


def of(session: Session, person: str, until: datetime) -> Sequence[Nudge]:
    """What is due for this person until then, the longest due first."""
    return [
        Nudge(signoff_id=row.signoff_id, due_at=row.due_at, urgent=row.urgent, snoozed=row.snoozed)
        for row in _OF.records(session, {"of": person, "until": until})
    ]


def snoozed(session: Session, person: str) -> Mapping[str, datetime]:
    """Until when, by signoff."""
    query = select(_ROW.c.signoff_id, _ROW.c.due_at).where(_ROW.c.person == person, _ROW.c.snoozed)
    rows = session.connection().execute(query)
    return {row.signoff_id: row.due_at for row in rows}


def put_off(session: Session, person: str, signoff_ids: Sequence[str], until: datetime) -> None:
    """This person is reminded of these then, or later where that is later already."""
    _PUT_OFF.run(session, {"of": person, "these": signoff_ids, "until": until})


def done(session: Session, person: str, signoff_ids: Sequence[str]) -> None:
    """They were reminded of these."""
    _DONE.run(session, {"of": person, "these": signoff_ids})


def spare(session: Session, person: str, signoff_ids: Sequence[str], until: datetime) -> None:
    """They were just told of these otherwise: what is due until then need not be said again."""
    _SPARE.run(session, {"of": person, "these": signoff_ids, "until": until})


def forget(session: Session, signoff_id: str) -> None:
    """It is decided: nobody is reminded of it."""
    _FORGET.run(session, {"of": signoff_id})


def next_due(session: Session) -> datetime | None:
    moment: datetime | None = _NEXT.scalar(session, {})
    return moment

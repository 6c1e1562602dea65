"""Who is away, until when, and who stands in for them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from storage.statements import Statement
from storage.tables import LeaveRow, table

_ROW = table("leave")
_ALL = Statement(select(_ROW.c.person, _ROW.c.until, _ROW.c.deputy))


@dataclass(frozen=True, slots=True)
class Away:
    """`until` None: until they say that they are back."""

    until: datetime | None
    deputy: str = ""


def at(session: Session, moment: datetime) -> Mapping[str, Away]:
    """Who is away at this moment."""
    return {
        person: Away(until, deputy)
        for person, until, deputy in _ALL.rows(session, {})
        if until is None or until > moment
    }


def put(session: Session, person: str, away: Away | None) -> None:
    """None: they are back."""
    if row := session.get(LeaveRow, person):
        session.delete(row)
        session.flush()
    if away is not None:
        session.add(LeaveRow(person=person, until=away.until, deputy=away.deputy))

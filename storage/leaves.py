"""Who is away, until when, and who stands in for them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from storage.tables import LeaveRow


@dataclass(frozen=True, slots=True)
class Away:
    """`until` None: until they say that they are back."""

    until: datetime | None
    deputy: str = ""


def at(session: Session, moment: datetime) -> Mapping[str, Away]:
    """Who is away at this moment."""
    rows = session.exec(select(LeaveRow))
    return {
        row.person: Away(row.until, row.deputy)
        for row in rows
        if row.until is None or row.until > moment
    }


def put(session: Session, person: str, away: Away | None) -> None:
    """None: they are back."""
    if row := session.get(LeaveRow, person):
        session.delete(row)
        session.flush()
    if away is not None:
        session.add(LeaveRow(person=person, until=away.until, deputy=away.deputy))

"""Who looked at the evidence of what, and when first?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from storage.statements import Statement
from storage.tables import table

_ROW = table("glance")
_KEEP = Statement(insert(_ROW).on_conflict_do_nothing(), "signoff_id", "person", "at")
_FIRST = Statement(
    select(_ROW.c.at).where(
        _ROW.c.signoff_id == bindparam("of"), _ROW.c.person == bindparam("person")
    )
)


def keep(session: Session, signoff_id: str, person: str, at: datetime) -> None:
    """They looked at it; only the first time is kept."""
    _KEEP.run(session, {"signoff_id": signoff_id, "person": person, "at": at})


def first(session: Session, signoff_id: str, person: str) -> datetime | None:
    """When this person first looked at it; None: that was not seen."""
    at: datetime | None = _FIRST.scalar(session, {"of": signoff_id, "person": person})
    return at

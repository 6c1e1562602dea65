"""How far was the trail counted, and who has how much before them? As it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

import storage.tables_seeing  # noqa: F401 -- so that its tables are known
from storage.tables import table

_MARK, _AUDIT, _INVITATION = table("mark"), table("audit"), table("invitation")


@dataclass(frozen=True, slots=True)
class Progress:
    """Up to which entry of the trail all was counted, and the newest that there is."""

    counted: int
    newest: int

    @property
    def behind(self) -> int:
        return max(0, self.newest - self.counted)


def progress(session: Session) -> Progress:
    counted = select(_MARK.c.seq).where(_MARK.c.name == "counted")
    newest = select(func.max(_AUDIT.c.seq))
    return Progress(*(session.execute(it).scalar() or 0 for it in (counted, newest)))


def loads(session: Session, since: datetime) -> Mapping[str, tuple[int, int]]:
    """How many wait for each person now, and how many each was asked for since then."""
    row = _INVITATION.c
    now = select(row.person, func.count()).where(row.waiting).group_by(row.person)
    lately = select(row.person, func.count()).where(row.at >= since).group_by(row.person)
    waiting, asked = (_counts(session, it) for it in (now, lately))
    return {it: (waiting.get(it, 0), asked.get(it, 0)) for it in {**waiting, **asked}}


def _counts(session: Session, query: Any) -> Mapping[str, int]:
    rows: Any = session.execute(query).all()
    return dict(rows)

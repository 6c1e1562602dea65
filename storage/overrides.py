"""Which overrides are there, and which of them has nobody reviewed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, bindparam, func, literal_column
from sqlalchemy import select as select_rows
from sqlmodel import Session

from bot.domain.signoff import Signoff
from storage import documents
from storage.statements import Statement
from storage.tables import table

_ROW = table("signoff").c
_OVERRIDDEN = _ROW.status == literal_column("'overridden'", String)
"""In so many words, so that the index of these alone is used."""

_UNREVIEWED = Statement(
    select_rows(_ROW.document)
    .where(_OVERRIDDEN, _ROW.next_due.is_not(None))
    .order_by(_ROW.opened_at)
)
_SINCE = Statement(
    select_rows(_ROW.document).where(_OVERRIDDEN, _ROW.opened_at >= bindparam("since"))
)
_COUNT = Statement(select_rows(func.count()).where(_OVERRIDDEN))

WAITS_AT_MOST = timedelta(days=180)
"""Longer ago nothing was opened that is overridden now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many there ever were and in this month, how many wait for a review, and since when the
    first is overdue.
    """

    total: int
    unreviewed: int
    this_month: int = 0
    overdue_since: datetime | None = None


def unreviewed(session: Session) -> Sequence[Signoff]:
    """Those that nobody has reviewed yet, the first that is due first."""
    found = [documents.read_signoff(document) for (document,) in _UNREVIEWED.rows(session, {})]
    return sorted(found, key=lambda it: it.override.review_by if it.override else it.opened_at)


def overdue(session: Session, now: datetime) -> Signoff | None:
    """One that should have been reviewed by now; None: none is."""
    late = (it for it in unreviewed(session) if it.override and it.override.is_late(now))
    return next(late, None)


def this_month(session: Session, now: datetime) -> int:
    """How many there were since it began, in UTC."""
    begun = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = _SINCE.rows(session, {"since": begun - WAITS_AT_MOST})
    found = (documents.read_signoff(document).override for (document,) in rows)
    return sum(it is not None and it.at >= begun for it in found)


def counted(session: Session, now: datetime) -> Counted:
    waiting = unreviewed(session)
    late = [it.override.review_by for it in waiting if it.override and it.override.is_late(now)]
    return Counted(
        total=_COUNT.scalar(session, {}) or 0,
        unreviewed=len(waiting),
        this_month=this_month(session, now),
        overdue_since=min(late, default=None),
    )

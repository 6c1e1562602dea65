"""Which signoffs were asked for in a period, and what was deployed that nobody had asked for?

One after the other, never all at once in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Select, bindparam, exists, not_
from sqlalchemy import select as select_rows
from sqlmodel import Session

from bot.domain.house_events import HOUSE
from storage.statements import Statement
from storage.tables import table

_AUDIT, _SIGNOFF = table("audit").c, table("signoff").c
_ANY_BY_KEY = Statement(
    select_rows(_SIGNOFF.id)
    .where(_SIGNOFF.connection == bindparam("connection"), _SIGNOFF.key == bindparam("key"))
    .order_by(_SIGNOFF.renewal)
    .limit(1)
)
_GONE = Statement(
    select_rows(_AUDIT.signoff_id)
    .distinct()
    .where(_AUDIT.signoff_id != HOUSE, not_(exists().where(_SIGNOFF.id == _AUDIT.signoff_id)))
    .order_by(_AUDIT.signoff_id)
    .limit(bindparam("limit"))
)
_STREAMED = {"yield_per": 1000}


def asked_for(
    session: Session, since: datetime, until: datetime, environments: Collection[str] = ()
) -> Iterator[str]:
    """Ids of those that were opened from `since` on and before `until`, the oldest first; where
    environments are named, for these alone.
    """
    query = _asked_for(since, until, environments).order_by(_SIGNOFF.opened_at, _SIGNOFF.id)
    with session.connection().execute(query, execution_options=_STREAMED) as rows:
        for (id,) in rows:
            yield id


def among_those_asked_for(
    session: Session,
    ids: Sequence[str],
    since: datetime,
    until: datetime,
    environments: Collection[str] = (),
) -> frozenset[str]:
    """Which of a few `ids` are among those that `asked_for` tells."""
    query = _asked_for(since, until, environments).where(_SIGNOFF.id.in_(ids))
    return frozenset(id for (id,) in session.connection().execute(query))


def _asked_for(since: datetime, until: datetime, environments: Collection[str]) -> Select[Any]:
    query = (
        select_rows(_SIGNOFF.id)
        .where(_SIGNOFF.opened_at >= since.astimezone(UTC))
        .where(_SIGNOFF.opened_at < until.astimezone(UTC))
    )
    return query.where(_SIGNOFF.environment.in_(sorted(environments))) if environments else query


def batches(ids: Iterator[str], of: int) -> Iterator[Sequence[str]]:
    while some := list(islice(ids, of)):
        yield some


def asked_later(session: Session, connection: str, key: str) -> str | None:
    """The signoff of what a connection calls so, if there is one by now."""
    found: str | None = _ANY_BY_KEY.scalar(session, {"connection": connection, "key": key})
    return found


def gone(session: Session, limit: int) -> list[str]:
    """Signoffs that the trail tells of, and that are not stored."""
    return [id for (id,) in _GONE.rows(session, {"limit": limit})]

"""Which incidents were told of, and of which signoffs are they? Written with the house's own entry."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

import storage.tables_seeing  # noqa: F401 -- so that its tables are known
from bot.domain.house_events import IncidentLinked, IncidentOpened, IncidentResolved
from bot.domain.outcomes import Incident, Link
from storage import audit
from storage.among import among
from storage.statements import Statement
from storage.tables import table

COUNTED, LOOKED = "counted", "outcomes"
"""Marks: up to where the trail is counted, and which incident was looked at last by time."""

_ROW, _OF, _MARK = table("incident"), table("incident_of"), table("mark")
_FACTS = ("source", "key", "title", "severity", "environment", "repositories", "started_at")
_PUT = insert(_ROW)
_OPEN = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["id"],
        set_={it: _PUT.excluded[it] for it in (*_FACTS, "resolved_at", "seq")},
    ),
    *("id", *_FACTS, "resolved_at", "seq"),
)
_RESOLVE = Statement(_ROW.update().where(_ROW.c.id == bindparam("called")), "resolved_at")
_PUT_LINK = insert(_OF)
_LINK = Statement(
    _PUT_LINK.on_conflict_do_update(
        index_elements=["incident_id", "signoff_id"],
        set_={it: _PUT_LINK.excluded[it] for it in ("how", "by", "seq")},
    ),
    *("incident_id", "signoff_id", "how", "by", "seq"),
)
_BY_ID = Statement(select_rows(*_ROW.c).where(_ROW.c.id == bindparam("called")))
_BY_KEY = Statement(
    select_rows(*_ROW.c)
    .where(among(_ROW.c.source, "sources"), _ROW.c.key == bindparam("named"))
    .order_by(_ROW.c.seq.desc())
    .limit(1)
)
_SOURCES = Statement(select_rows(_ROW.c.source).distinct())
_LINKS = Statement(
    select_rows(*_OF.c).where(_OF.c.incident_id == bindparam("called")).order_by(_OF.c.signoff_id)
)
_LINKS_OF = Statement(select_rows(*_OF.c).where(among(_OF.c.incident_id, "ids")))
_OF_SIGNOFF = Statement(
    select_rows(*_ROW.c, _OF.c.how, _OF.c.by)
    .join(_OF, _OF.c.incident_id == _ROW.c.id)
    .where(_OF.c.signoff_id == bindparam("of"))
    .order_by(_ROW.c.started_at.desc())
    .limit(bindparam("limit", type_=Integer))
)
_NEWEST = Statement(
    select_rows(*_ROW.c)
    .where(_ROW.c.started_at <= bindparam("before", type_=_ROW.c.started_at.type))
    .order_by(_ROW.c.started_at.desc(), _ROW.c.id)
    .limit(bindparam("limit", type_=Integer))
)
_UNLOOKED = Statement(
    select_rows(*_ROW.c)
    .where(_ROW.c.seq > bindparam("after"))
    .order_by(_ROW.c.seq)
    .limit(bindparam("limit", type_=Integer))
)
_OPEN_COUNT = Statement(select_rows(func.count()).where(_ROW.c.resolved_at.is_(None)))
_AT = Statement(select_rows(_MARK.c.seq).where(_MARK.c.name == bindparam("called")))
_PUT_MARK = insert(_MARK)
_LOOK = Statement(
    _PUT_MARK.on_conflict_do_update(index_elements=["name"], set_={"seq": _PUT_MARK.excluded.seq}),
    *("name", "seq", "made"),
)


def open_incident(session: Session, event: IncidentOpened) -> None:
    """A new one, or one that is open again."""
    seq = audit.append_house(session, event)
    facts = {name: getattr(event, name) for name in ("id", *_FACTS)}
    repositories = json.dumps(event.repositories)
    _OPEN.run(session, {**facts, "repositories": repositories, "resolved_at": None, "seq": seq})


def resolve(session: Session, event: IncidentResolved) -> None:
    audit.append_house(session, event)
    _RESOLVE.run(session, {"called": event.id, "resolved_at": event.resolved_at})


def link(session: Session, event: IncidentLinked) -> None:
    seq = audit.append_house(session, event)
    row = {"incident_id": event.id, "signoff_id": event.signoff_id, "how": event.how}
    _LINK.run(session, {**row, "by": event.by, "seq": seq})


def find(session: Session, incident_id: str) -> Incident | None:
    found = _BY_ID.records(session, {"called": incident_id})
    return _incident(found[0]) if found else None


def named(session: Session, sources: Collection[str], key: str) -> Incident | None:
    """The one that one of these calls so; the newest, where several do."""
    found = _BY_KEY.records(session, {"sources": sources, "named": key})
    return _incident(found[0]) if found else None


def sources(session: Session) -> list[str]:
    """Whoever told of any."""
    return [source for (source,) in _SOURCES.rows(session, {})]


def links(session: Session, incident_id: str) -> tuple[Link, ...]:
    return tuple(map(_link, _LINKS.records(session, {"called": incident_id})))


def links_of(session: Session, incident_ids: Collection[str]) -> dict[str, tuple[Link, ...]]:
    """Of each of these that has any."""
    found: dict[str, tuple[Link, ...]] = {}
    for row in _LINKS_OF.records(session, {"ids": incident_ids}):
        found[row.incident_id] = (*found.get(row.incident_id, ()), _link(row))
    return found


def of_signoff(session: Session, signoff_id: str, limit: int = 5) -> list[tuple[Incident, Link]]:
    """Incidents that are of what this signoff let go on, or might be; the newest first."""
    rows = _OF_SIGNOFF.records(session, {"of": signoff_id, "limit": limit})
    return [
        (_incident(it), Link(signoff_id=signoff_id, how=it.how, by=it.by))
        for it in rows
        if it.how != "struck"
    ]


def newest(session: Session, before: datetime, limit: int) -> list[Incident]:
    """Those that began by this moment, the newest first."""
    return [_incident(it) for it in _NEWEST.records(session, {"before": before, "limit": limit})]


def open_count(session: Session) -> int:
    return int(_OPEN_COUNT.scalar(session, {}))


def unlooked(session: Session, limit: int) -> list[tuple[int, Incident]]:
    """Those whose suspects nobody has looked for yet, the oldest first, each with its entry."""
    rows = _UNLOOKED.records(session, {"after": mark(session, LOOKED), "limit": limit})
    return [(it.seq, _incident(it)) for it in rows]


def mark(session: Session, called: str) -> int:
    return _AT.scalar(session, {"called": called}) or 0


def looked(session: Session, seq: int) -> None:
    _LOOK.run(session, {"name": LOOKED, "seq": seq, "made": 1})


def _incident(row: Any) -> Incident:
    return Incident(
        id=row.id,
        source=row.source,
        key=row.key,
        title=row.title,
        severity=row.severity,
        environment=row.environment,
        repositories=tuple(json.loads(row.repositories)),
        started_at=row.started_at,
        resolved_at=row.resolved_at,
    )


def _link(row: Any) -> Link:
    return Link(signoff_id=row.signoff_id, how=row.how, by=row.by)


def counted_up_to(session: Session) -> int:
    return mark(session, COUNTED)


def ordered(found: Sequence[Incident]) -> list[Incident]:
    """Open ones first, then the newest."""
    return sorted(found, key=lambda it: (it.resolved_at is not None, -it.started_at.timestamp()))

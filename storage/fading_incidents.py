"""What was told of incidents so long ago that nobody has to know who said it, or in which words?"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

import storage.tables_seeing  # noqa: F401 -- so that its tables are known
from bot.domain.erasing import PSEUDONYM
from bot.domain.fading import gone, is_gone
from bot.domain.house_events import (
    HouseEvent,
    IncidentLinked,
    IncidentOpened,
    IncidentResolved,
    RolledBack,
)
from bot.domain.outcomes import is_person, retold
from storage import audit, documents
from storage.changing import Changed
from storage.erasing_rows import Found
from storage.tables import table

_OURS = IncidentOpened | IncidentResolved | IncidentLinked | RolledBack
_INCIDENT, _OF = table("incident"), table("incident_of")


def entries(told: Sequence[audit.Entry], before: datetime) -> Iterator[Changed]:
    """Of all that the house's trail tells: that it was so stays. Who said what is another each time."""
    for entry in told:
        said = json.loads(entry.body)
        event = documents.read_house_event(said["event"])
        if not isinstance(event, _OURS) or event.at >= before:
            continue
        left = dict(said["event"])
        if is_person(event.by) and not event.by.startswith(PSEUDONYM):
            left["by"] = f"{PSEUDONYM}{secrets.token_hex(4)}"
        if isinstance(event, IncidentOpened) and not is_gone(event.title):
            left["title"] = gone(entry.seq)
        if left != said["event"]:
            yield Changed.of(entry, said, left)


def rows(
    session: Session, told: Sequence[audit.Entry], changed: Sequence[Changed]
) -> dict[str, list[Found]]:
    """Each row that is to say what its entries say then."""
    new = {it.entry.seq: it.body for it in changed}
    past = retold(_event(new.get(it.seq, it.body)) for it in told)
    found: dict[str, list[Found]] = defaultdict(list)
    for row in _all(session, _INCIDENT) if new else ():
        known = past.incidents.get(row.id)
        if known and known.title != row.title:
            found["incident"].append((row, {**row._mapping, "title": known.title}))
    for row in _all(session, _OF) if new else ():
        links = {it.signoff_id: it.by for it in past.links.get(row.incident_id, ())}
        by = links.get(row.signoff_id, row.by)
        if by != row.by:
            found["incident_of"].append((row, {**row._mapping, "by": by}))
    return found


def _event(body: str) -> HouseEvent:
    return documents.read_house_event(json.loads(body)["event"])


def _all(session: Session, where: Any) -> Sequence[Row[Any]]:
    return session.connection().execute(where.select()).all()

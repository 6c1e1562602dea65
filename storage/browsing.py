"""What does a page show of the database? Always along an index, and never more than so many rows."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from bot.domain.events import Event
from bot.domain.house_events import HOUSE, HouseEvent
from bot.domain.signoff import Signoff
from storage import documents, erased
from storage.audit import NOTHING, Broken, Entry, flaw
from storage.tables import PENDING, AuditRow, InboxRow, InvitationRow, SignoffRow, table

log = logging.getLogger(__name__)

ASKED_AT_MOST = 500
"""Of what waits for one person: whoever has more before them looks at none of it."""

LOOKED_AT = 300
"""Sign-offs that are looked through for one page of those somebody wants to see."""

BRIEFS_LOOKED_AT = 2000
"""The same, where their columns are looked at alone."""

HEARD_LATELY = 1000
"""Sign-offs among which the newest of each connection is looked for."""

_STREAMED = {"yield_per": 100}

_AUDIT = table("audit")
_NEWEST = select_rows(
    _AUDIT.c.seq, _AUDIT.c.signoff_id, _AUDIT.c.prev, _AUDIT.c.leaf, _AUDIT.c.body
).order_by(_AUDIT.c.seq.desc())


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: behind this sign-off, in the order in which they were opened."""

    opened_at: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`more` is where the next one begins, if there may be one."""

    found: tuple[Signoff, ...]
    more: After | None


class Brief(NamedTuple):
    """What is known of a sign-off without reading it."""

    opened_at: datetime
    id: str
    repository: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An entry of the trail; None where it cannot be read, or was erased."""

    seq: int
    signoff_id: str
    leaf: str
    event: Event | HouseEvent | None


def asked_of(session: Session, person: str, limit: int) -> Sequence[Signoff]:
    """What waits for this person's answer, the next that is due first."""
    theirs = (
        select(InvitationRow.signoff_id)
        .where(InvitationRow.person == person, col(InvitationRow.waiting) == true())
        .limit(ASKED_AT_MOST)
    )
    query = (
        select(SignoffRow.document)
        .where(col(SignoffRow.id).in_(theirs), SignoffRow.status == PENDING)
        .order_by(col(SignoffRow.next_due), col(SignoffRow.id))
        .limit(limit)
    )
    return list(_readable(session.exec(query)))


def pending_after(
    session: Session,
    after: After | None,
    limit: int,
    wanted: Callable[[Signoff], bool] = lambda signoff: True,
    look_at: int = LOOKED_AT,
) -> Page:
    """What waits and is `wanted`, the oldest first. Where few are, the page is short, and the next
    one goes on where this one stopped to look.
    """
    query = select(SignoffRow.opened_at, SignoffRow.id, SignoffRow.document)
    query = query.where(SignoffRow.status == PENDING)
    if after:
        query = query.where(_behind(after))
    query = query.order_by(col(SignoffRow.opened_at), col(SignoffRow.id)).limit(look_at)
    found: list[Signoff] = []
    place, looked = after, 0
    with session.connection().execute(query, execution_options=_STREAMED) as rows:
        for opened_at, id, document in rows:
            if len(found) == limit:
                return Page(found=tuple(found), more=place)
            place, looked = After(opened_at, id), looked + 1
            found += [it for it in _readable([document]) if wanted(it)]
    return Page(found=tuple(found), more=place if looked == look_at else None)


def search(
    session: Session,
    wanted: Callable[[Brief], bool],
    before: After | None,
    limit: int,
    look_at: int = BRIEFS_LOOKED_AT,
) -> Page:
    """Whatever is `wanted`, decided or not, the newest first. As above a short page may go on."""
    row = SignoffRow
    query = select(row.opened_at, row.id, row.repository, row.status)
    if before:
        query = query.where(_ahead(before))
    query = query.order_by(col(row.opened_at).desc(), col(row.id).desc()).limit(look_at)
    ids: list[str] = []
    place, looked, full = before, 0, False
    with session.connection().execute(query, execution_options=_STREAMED) as rows:
        for brief in map(Brief._make, rows):
            if full := len(ids) == limit:
                break
            place, looked = After(brief.opened_at, brief.id), looked + 1
            ids += [brief.id] if wanted(brief) else []
    found = select(row.document).where(col(row.id).in_(ids))
    found = found.order_by(col(row.opened_at).desc(), col(row.id).desc())
    more = place if full or looked == look_at else None
    return Page(found=tuple(_readable(session.exec(found))), more=more)


def count_opened(session: Session, since: datetime, until: datetime, at_most: int) -> int:
    """How many sign-offs were opened from `since` on and before `until`; no further than that."""
    opened = (
        select(SignoffRow.id)
        .where(col(SignoffRow.opened_at) >= since, col(SignoffRow.opened_at) < until)
        .limit(at_most)
        .subquery()
    )
    return session.exec(select(func.count()).select_from(opened)).one()


def entries_before(
    session: Session, before: int | None, limit: int, signoff_id: str = ""
) -> Sequence[Told]:
    """Entries of the trail, the newest first; of one sign-off alone, where one is named."""
    query = select(AuditRow.seq, AuditRow.signoff_id, AuditRow.leaf, AuditRow.body)
    if before is not None:
        query = query.where(col(AuditRow.seq) < before)
    if signoff_id:
        query = query.where(AuditRow.signoff_id == signoff_id)
    rows = session.exec(query.order_by(col(AuditRow.seq).desc()).limit(limit))
    return [
        Told(seq=seq, signoff_id=id, leaf=leaf, event=_event(id, body))
        for seq, id, leaf, body in rows
    ]


def heard_of(session: Session, sources: Iterable[str]) -> Mapping[str, datetime]:
    """When each of these was heard of last: of its deliveries that are kept, a step through the index
    each, and of the sign-offs that were opened last.
    """
    newest = select(SignoffRow.connection, SignoffRow.opened_at)
    newest = newest.order_by(col(SignoffRow.opened_at).desc()).limit(HEARD_LATELY)
    heard: dict[str, datetime] = {}
    for connection, opened_at in session.exec(newest):
        heard.setdefault(connection, opened_at)
    for source in sources:
        theirs = select(func.max(InboxRow.received_at)).where(InboxRow.source == source)
        at: datetime | None = session.exec(theirs).one()
        if at:
            heard[source] = max(at, heard.get(source, at))
    return heard


def check_newest(session: Session, count: int) -> Broken | None:
    """The first that does not hold among so many of the newest; what came before is not looked at."""
    rows = session.connection().execute(_NEWEST.limit(count + 1))
    found = [Entry(*row) for row in rows]
    erasures = erased.read(session)
    for entry, before in reversed([*zip_longest(found[:count], found[1:])]):
        if before is None and entry.seq != 1:
            return Broken(entry.seq, "what came before it is missing")
        if before and before.seq != entry.seq - 1:
            return Broken(entry.seq, f"entry {entry.seq - 1} is missing")
        if why := flaw(entry, before.leaf if before else NOTHING, erasures):
            return Broken(entry.seq, why)
    return None


def _behind(after: After) -> ColumnElement[bool]:
    opened_at, id = col(SignoffRow.opened_at), col(SignoffRow.id)
    later = or_(opened_at > after.opened_at, id > after.id)
    return and_(opened_at >= after.opened_at, later)


def _ahead(before: After) -> ColumnElement[bool]:
    opened_at, id = col(SignoffRow.opened_at), col(SignoffRow.id)
    earlier = or_(opened_at < before.opened_at, id < before.id)
    return and_(opened_at <= before.opened_at, earlier)


def _event(signoff_id: str, body: str) -> Event | HouseEvent | None:
    try:
        said = json.loads(body)["event"]
        read = documents.read_house_event if signoff_id == HOUSE else documents.read_event
        return read(said)
    except (ValueError, KeyError, TypeError):
        return None


def _readable(found: Iterable[str]) -> Iterator[Signoff]:
    """One that cannot be read must not hide all others."""
    for document in found:
        try:
            yield documents.read_signoff(document)
        except ValueError:
            log.exception("a signoff in the database cannot be read")

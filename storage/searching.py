"""What do people look for? Signoffs by name, by state, and by whom they concern: lists and pages."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from bot.domain.change import Change
from bot.domain.signoff import Signoff
from storage import documents
from storage.tables import EXPIRED, PENDING, SignoffRow

log = logging.getLogger(__name__)

_OLDEST = (
    select(SignoffRow.document)
    .where(SignoffRow.status == PENDING)
    .order_by(col(SignoffRow.opened_at), col(SignoffRow.id))
)

AT_A_TIME = 100
LOOKED_THROUGH = 10_000
NAMED_AT_MOST = 500
_LAST = "z" * 20
"""After whatever an id may go on with, in the order of every language."""


def named(session: Session, name: str) -> Sequence[Signoff]:
    """Those whose id is `name`, or begins so, or whose key is; the newest ten."""
    keyed = (it for connection in _connections(session) for it in _keyed(session, connection, name))
    return _newest(session, [*_beginning(session, name), *keyed])


def with_id(session: Session, name: str) -> Sequence[Signoff]:
    """The one whose id is `name`, or those whose id begins so; the newest ten. A key is no id."""
    ids = _beginning(session, name)
    return _newest(session, [name] if name in ids else ids)


def _beginning(session: Session, name: str) -> list[str]:
    begins = (
        select(SignoffRow.id)
        .where(col(SignoffRow.id) >= name, col(SignoffRow.id) <= name + _LAST)
        .limit(NAMED_AT_MOST)
    )
    return [it for it in session.exec(begins) if it.startswith(name)]


def _newest(session: Session, ids: Collection[str]) -> Sequence[Signoff]:
    query = (
        select(SignoffRow.document)
        .where(col(SignoffRow.id).in_(ids))
        .order_by(col(SignoffRow.opened_at).desc())
        .limit(10)
    )
    return [documents.read_signoff(document) for document in session.exec(query)]


def _connections(session: Session) -> Iterator[str]:
    """All that ever told us of a change, each found by one step through the index."""
    found = session.exec(select(func.min(SignoffRow.connection))).one()
    while found:
        yield found
        later = select(func.min(SignoffRow.connection)).where(SignoffRow.connection > found)
        found = session.exec(later).one()


def _keyed(session: Session, connection: str, key: str) -> Sequence[str]:
    query = select(SignoffRow.id).where(SignoffRow.connection == connection, SignoffRow.key == key)
    return session.exec(query.limit(NAMED_AT_MOST)).all()


def pending(session: Session) -> Sequence[Signoff]:
    """All that waits for a decision, oldest first."""
    return list(each_pending(session))


def each_pending(session: Session) -> Iterator[Signoff]:
    """The same, each read when it is asked for, while the session lasts: whoever keeps few of them
    needs no room for all.
    """
    return _readable(session.exec(_OLDEST.execution_options(yield_per=AT_A_TIME)))


def first_pending(session: Session, limit: int) -> Sequence[Signoff]:
    """Of what waits the oldest so many, and so many whose deadlines are next; the oldest first."""
    soonest = select(SignoffRow.id).where(SignoffRow.status == PENDING)
    soonest = soonest.where(col(SignoffRow.next_due).is_not(None))
    ids = session.exec(soonest.order_by(col(SignoffRow.next_due)).limit(limit)).all()
    oldest = {it.id: it for it in _readable(session.exec(_OLDEST.limit(limit)))}
    if len(oldest) < limit:
        return list(oldest.values())
    others = select(SignoffRow.document).where(col(SignoffRow.id).in_(set(ids) - oldest.keys()))
    found = [*oldest.values(), *_readable(session.exec(others))]
    return sorted(found, key=lambda signoff: (signoff.opened_at, signoff.id))


def names(session: Session, limit: int) -> Sequence[tuple[str, str]]:
    """The ids and keys of so many that were opened last, and of so many that wait longest."""
    named = select(SignoffRow.id, SignoffRow.key)
    newest = named.order_by(col(SignoffRow.opened_at).desc()).limit(limit)
    waiting = named.where(SignoffRow.status == PENDING)
    oldest = waiting.order_by(col(SignoffRow.opened_at), col(SignoffRow.id)).limit(limit)
    return [(id, key) for query in (newest, oldest) for id, key in session.exec(query)]


def concerning(session: Session, names: Collection[str], limit: int) -> Sequence[Signoff]:
    """What waits and has one of these names in its document, oldest first.

    The database looks through the documents: to read them all would take ten times as long.
    """
    document = col(SignoffRow.document)
    about = or_(*(holds(session, document, written(name)) for name in names))
    return list(_readable(session.exec(_OLDEST.where(about).limit(limit))))


def pending_at(session: Session, change: Change) -> Sequence[Signoff]:
    """What waits for the place this change wants to go to."""
    query = select(SignoffRow.document).where(
        SignoffRow.connection == change.connection,
        SignoffRow.repository == change.repository,
        SignoffRow.environment == change.environment,
        SignoffRow.status == PENDING,
    )
    return list(_readable(session.exec(query)))


def waiting(session: Session) -> tuple[int, datetime | None]:
    """How many are pending, and when the oldest of them was opened."""
    query = select(func.count(), func.min(SignoffRow.opened_at))
    count, oldest = session.exec(query.where(SignoffRow.status == PENDING)).one()
    return count, oldest


def all_ids(session: Session) -> Sequence[str]:
    return session.exec(select(SignoffRow.id).order_by(col(SignoffRow.opened_at))).all()


def recent(session: Session, limit: int = 10) -> Sequence[Signoff]:
    """What was opened last, newest first."""
    query = select(SignoffRow.document).order_by(col(SignoffRow.opened_at).desc()).limit(limit)
    return list(_readable(session.exec(query)))


def expired_of(session: Session, person: str, since: datetime) -> Sequence[Signoff]:
    """What was opened since then, expired, and may name this person; newest first."""
    query = (
        select(SignoffRow.document)
        .where(SignoffRow.status == EXPIRED, col(SignoffRow.opened_at) >= since)
        .where(holds(session, col(SignoffRow.document), written(person)))
        .order_by(col(SignoffRow.opened_at).desc())
    )
    return list(_readable(session.exec(query)))


def reviewed_by(session: Session, person: str, since: datetime, limit: int) -> Sequence[Signoff]:
    """What was opened since then and this person reviewed, newest first.

    The newest are looked through until there are enough: who reviews a lot is found at once, and
    nobody is looked for beyond `since`, nor beyond so many.
    """
    told = f'"person":{written(person)},"verdict":'
    newest = (
        select(SignoffRow.document, SignoffRow.opened_at, SignoffRow.id)
        .where(col(SignoffRow.opened_at) >= since)
        .order_by(col(SignoffRow.opened_at).desc(), col(SignoffRow.id).desc())
        .limit(LOOKED_THROUGH)
        .subquery()
    )
    query = (
        select(newest.c.document)
        .where(holds(session, newest.c.document, told))
        .order_by(newest.c.opened_at.desc(), newest.c.id.desc())
        .limit(limit)
    )
    found = _readable(session.exec(query))
    return [it for it in found if any(review.person == person for review in it.reviews)]


def written(name: str) -> str:
    """As a name stands in a document. A quotation mark of a text is escaped there, so that no text
    from outside looks like it."""
    return json.dumps(name, ensure_ascii=False)


def holds(session: Session, document: Any, name: str) -> ColumnElement[bool]:
    """The plain search of each: LIKE looks at every letter twice, as it is large or small."""
    is_sqlite = session.connection().dialect.name == "sqlite"
    place = func.instr(document, name) if is_sqlite else func.strpos(document, name)
    found: ColumnElement[bool] = place > 0
    return found


def _readable(found: Iterable[str]) -> Iterator[Signoff]:
    """One that cannot be read must not hide all others."""
    for document in found:
        try:
            yield documents.read_signoff(document)
        except ValueError:
            log.exception("a signoff in the database cannot be read")

"""What is known? Signoffs by id, key or state, and what is due."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, or_, union
from sqlmodel import Session, col, select

from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status
from storage import documents
from storage.statements import Statement, connection_of
from storage.tables import EXPIRED, PENDING, AttestationRow, SignoffRow, table

log = logging.getLogger(__name__)

_SIGNOFF = table("signoff").c
_BY_ID = select(_SIGNOFF.document).where(_SIGNOFF.id == bindparam("signoff_id"))
_DOCUMENT = Statement(_BY_ID)
_OF_THESE = select(_SIGNOFF.id, _SIGNOFF.document).where(
    _SIGNOFF.id.in_(bindparam("ids", expanding=True))
)
_JUDGED_BY = Statement(select(_SIGNOFF.judged_by).where(_SIGNOFF.id == bindparam("signoff_id")))
_FOUND = (_SIGNOFF.document, _SIGNOFF.key, _SIGNOFF.change_digest, _SIGNOFF.renewal)
_KNOWN_AND_OLDER = union(
    select(*_FOUND).where(
        _SIGNOFF.connection == bindparam("connection"), _SIGNOFF.key == bindparam("key")
    ),
    select(*_FOUND).where(
        _SIGNOFF.connection == bindparam("connection"),
        _SIGNOFF.repository == bindparam("repository"),
        _SIGNOFF.environment == bindparam("environment"),
        _SIGNOFF.status == PENDING,
    ),
)
"""Two look-ups, each by an index of its own; with OR, SQLite would read all of a connection."""
_BEFORE = Statement(_KNOWN_AND_OLDER)


class _Found(NamedTuple):
    document: str
    key: str
    change_digest: str
    renewal: int


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


@dataclass(frozen=True, slots=True)
class Before:
    """What there was before a change arrived: itself, with the digest it had, and older ones."""

    known: Signoff | None
    digest: str
    older: tuple[Signoff, ...]


def signoff(session: Session, signoff_id: str) -> Signoff | None:
    document = _DOCUMENT.scalar(session, {"signoff_id": signoff_id})
    return documents.read_signoff(document) if document else None


def signoffs(session: Session, signoff_ids: Collection[str]) -> dict[str, Signoff]:
    """Those of them that there are, by id."""
    found = documents_of(session, signoff_ids)
    return {id: documents.read_signoff(document) for id, document in found.items()}


def documents_of(session: Session, signoff_ids: Collection[str]) -> dict[str, str]:
    """What is written of these, by id; of one that is gone nothing."""
    rows = connection_of(session).execute(_OF_THESE, {"ids": list(signoff_ids)})
    return {row.id: row.document for row in rows}


def judged_by(session: Session, signoff_id: str) -> str:
    """The digest of the rulebook that judged it last; empty: it is to be judged anew."""
    return _JUDGED_BY.scalar(session, {"signoff_id": signoff_id}) or ""


def before(session: Session, change: Change) -> Before:
    """What the connection told us under this key, and what is pending for the same place."""
    names = {
        "connection": change.connection,
        "key": change.key,
        "repository": change.repository,
        "environment": change.environment,
    }
    rows = [_Found(*row) for row in _BEFORE.rows(session, names)]
    mine = [row for row in rows if row.key == change.key]
    known = max(mine, key=lambda row: row.renewal, default=None)
    older = [documents.read_signoff(row.document) for row in rows if row.key != change.key]
    return Before(
        known=documents.read_signoff(known.document) if known else None,
        digest=known.change_digest if known else "",
        older=tuple(older),
    )


def by_key(session: Session, connection: str, key: str) -> Signoff | None:
    """The latest that the connection told us of under this key."""
    query = (
        select(SignoffRow.document)
        .where(SignoffRow.connection == connection, SignoffRow.key == key)
        .order_by(col(SignoffRow.renewal).desc())
        .limit(1)
    )
    document = session.exec(query).first()
    return documents.read_signoff(document) if document else None


def let_go_on_after(session: Session, signoff: Signoff) -> str:
    """A later one for the same place that was let go on, by its id; empty if there is none."""
    change = signoff.change
    query = (
        select(SignoffRow.id)
        .where(SignoffRow.opened_at > signoff.opened_at)
        .where(SignoffRow.connection == change.connection)
        .where(SignoffRow.repository == change.repository)
        .where(SignoffRow.environment == change.environment)
        .where(col(SignoffRow.status).in_([it.value for it in Status if it.proceed]))
        .limit(1)
    )
    return session.exec(query).first() or ""


def pending_of(session: Session, change: Change) -> Sequence[Signoff]:
    """What waits for any revision of the same change, in whatever environment."""
    query = select(SignoffRow.document).where(
        SignoffRow.connection == change.connection,
        SignoffRow.repository == change.repository,
        SignoffRow.status == PENDING,
    )
    found = [documents.read_signoff(document) for document in session.exec(query)]
    return [signoff for signoff in found if signoff.change.lineage == change.lineage]


def named(session: Session, name: str) -> Sequence[Signoff]:
    """Those whose id is `name`, or begins so, or whose key is; the newest ten."""
    begins = (
        select(SignoffRow.id)
        .where(col(SignoffRow.id) >= name, col(SignoffRow.id) <= name + _LAST)
        .limit(NAMED_AT_MOST)
    )
    ids = [it for it in session.exec(begins) if it.startswith(name)]
    ids += [it for connection in _connections(session) for it in _keyed(session, connection, name)]
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
    about = or_(*(_holds(session, document, _written(name)) for name in names))
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
        .where(_holds(session, col(SignoffRow.document), _written(person)))
        .order_by(col(SignoffRow.opened_at).desc())
    )
    return list(_readable(session.exec(query)))


def reviewed_by(session: Session, person: str, since: datetime, limit: int) -> Sequence[Signoff]:
    """What was opened since then and this person reviewed, newest first.

    The newest are looked through until there are enough: who reviews a lot is found at once, and
    nobody is looked for beyond `since`, nor beyond so many.
    """
    told = f'"person":{_written(person)},"verdict":'
    newest = (
        select(SignoffRow.document, SignoffRow.opened_at, SignoffRow.id)
        .where(col(SignoffRow.opened_at) >= since)
        .order_by(col(SignoffRow.opened_at).desc(), col(SignoffRow.id).desc())
        .limit(LOOKED_THROUGH)
        .subquery()
    )
    query = (
        select(newest.c.document)
        .where(_holds(session, newest.c.document, told))
        .order_by(newest.c.opened_at.desc(), newest.c.id.desc())
        .limit(limit)
    )
    found = _readable(session.exec(query))
    return [it for it in found if any(review.person == person for review in it.reviews)]


def due(
    session: Session, now: datetime, without: Collection[str] = (), limit: int = 200
) -> Sequence[str]:
    """The signoffs of which a deadline has passed, the longest overdue first."""
    query = (
        select(SignoffRow.id)
        .where(col(SignoffRow.next_due) <= now, col(SignoffRow.id).not_in(without))
        .order_by(col(SignoffRow.next_due))
        .limit(limit)
    )
    return session.exec(query).all()


def judged_otherwise(
    session: Session, digest: str, without: Collection[str] = (), limit: int = 200
) -> Sequence[str]:
    """What is pending and was judged by another rulebook."""
    other = or_(col(SignoffRow.judged_by) < digest, col(SignoffRow.judged_by) > digest)
    query = (
        select(SignoffRow.id)
        .where(SignoffRow.status == PENDING, other, col(SignoffRow.id).not_in(without))
        .limit(limit)
    )
    return session.exec(query).all()


def next_deadline(session: Session, after: datetime) -> datetime | None:
    """The earliest of all deadlines after that moment."""
    query = select(func.min(SignoffRow.next_due)).where(col(SignoffRow.next_due) > after)
    return session.exec(query).one()


def envelope(session: Session, signoff_id: str) -> str | None:
    row = session.get(AttestationRow, signoff_id)
    return row.envelope if row else None


def keep_envelope(session: Session, signoff_id: str, envelope: str) -> None:
    session.merge(AttestationRow(signoff_id=signoff_id, envelope=envelope))


def _written(name: str) -> str:
    """As a name stands in a document. A quotation mark of a text is escaped there, so that no text
    from outside looks like it."""
    return json.dumps(name, ensure_ascii=False)


def _holds(session: Session, document: Any, name: str) -> ColumnElement[bool]:
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

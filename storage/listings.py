"""Which lists of signoffs were sent, to whom, and what stands on them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlmodel import Session

from storage.statements import Statement
from storage.tables import table

_LIST, _LISTED = table("listing"), table("listed")
_GET = Statement(_LIST.select().where(_LIST.c.id == bindparam("of")))
_ON_IT = Statement(
    select(_LISTED.c.signoff_id)
    .where(_LISTED.c.listing_id == bindparam("of"))
    .order_by(_LISTED.c.place)
)
_LAST = Statement(
    select(func.max(_LIST.c.at)).where(
        _LIST.c.kind == bindparam("kind"), _LIST.c.reader == bindparam("reader")
    )
)
_ABOUT = Statement(
    select(_LISTED.c.listing_id).where(_LISTED.c.signoff_id == bindparam("signoff_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """`reader` is a person ("@ada") or a group ("payments-seniors"); `more` were left out.

    One with nothing on it was not sent: it says that nothing waited when it was due.
    """

    id: str
    kind: str
    reader: str
    at: datetime
    signoff_ids: tuple[str, ...]
    more: int


def put(session: Session, sent: Sent) -> None:
    session.connection().execute(
        _LIST.insert(),
        {"id": sent.id, "kind": sent.kind, "reader": sent.reader, "at": sent.at, "more": sent.more},
    )
    rows = [
        {"listing_id": sent.id, "signoff_id": signoff_id, "place": place}
        for place, signoff_id in enumerate(sent.signoff_ids)
    ]
    if rows:
        session.connection().execute(_LISTED.insert(), rows)


def get(session: Session, listing_id: str) -> Sent | None:
    for row in _GET.records(session, {"of": listing_id}):
        found = tuple([id for (id,) in _ON_IT.rows(session, {"of": listing_id})])
        return Sent(
            id=row.id, kind=row.kind, reader=row.reader, at=row.at, signoff_ids=found, more=row.more
        )
    return None


def about(session: Session, signoff_id: str) -> Sequence[str]:
    """The lists on which this signoff stands."""
    return [listing_id for (listing_id,) in _ABOUT.rows(session, {"signoff_id": signoff_id})]


def last(session: Session, kind: str, reader: str) -> datetime | None:
    """When this reader was last sent such a list."""
    moment: datetime | None = _LAST.scalar(session, {"kind": kind, "reader": reader})
    return moment


def forget_before(session: Session, moment: datetime) -> Sequence[str]:
    """Lists so old that nobody reads them; says which."""
    query = select(_LIST.c.id).where(_LIST.c.at < moment)
    old = list(session.connection().execute(query).scalars())
    session.connection().execute(_LISTED.delete().where(_LISTED.c.listing_id.in_(query)))
    session.connection().execute(_LIST.delete().where(_LIST.c.at < moment))
    return old

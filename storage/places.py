"""What was asked for last in a line: changes of one sort to one place, built upon each other?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, bindparam
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status
from bot.domain.unshipped import is_base, line_of
from storage import documents
from storage.among import among
from storage.statements import Statement
from storage.tables import table

_PLACE, _SIGNOFF = table("place"), table("signoff")
_HERE = and_(_PLACE.c.connection == bindparam("at"), _PLACE.c.line == bindparam("along"))
_NEWEST = Statement(
    select_rows(_SIGNOFF.c.document).join(_PLACE, _PLACE.c.newest == _SIGNOFF.c.id).where(_HERE)
)
_SIGNED = Statement(
    select_rows(_SIGNOFF.c.revision, _SIGNOFF.c.status, _SIGNOFF.c.document).where(
        _SIGNOFF.c.connection == bindparam("at"),
        _SIGNOFF.c.line == bindparam("along"),
        among(_SIGNOFF.c.revision, "revisions"),
    )
)
_PUT = insert(_PLACE)
_KEEP = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["connection", "line"], set_={"newest": _PUT.excluded.newest}
    ),
    *("connection", "line", "newest"),
)
_GOES_ON = Statement(_PLACE.update().where(_HERE), "went_on")
_WENT_ON = Statement(select_rows(_PLACE.c.went_on).where(_HERE))


def newest(session: Session, change: Change) -> Signoff | None:
    """The signoff that was opened last where it wants to go."""
    document = _NEWEST.scalar(session, _place(change))
    return documents.read_signoff(document) if document else None


def signed(session: Session, change: Change, revisions: Iterable[str]) -> frozenset[str]:
    """Which of the revisions were signed, and went on, before where it wants to go."""
    found = _SIGNED.rows(session, {**_place(change), "revisions": [*revisions]})
    return frozenset(
        revision
        for revision, status, document in found
        if Status(status).signed and is_base(documents.read_signoff(document))
    )


def keep(session: Session, signoff: Signoff) -> None:
    """It is the newest there now."""
    change = signoff.change
    row = {"connection": change.connection, "line": line_of(change), "newest": signoff.id}
    _KEEP.run(session, row)


def goes_on(session: Session, signoff: Signoff) -> None:
    """Its revision is the last that went on there."""
    _GOES_ON.run(session, {**_place(signoff.change), "went_on": signoff.change.revision})


def went_on(session: Session, connection: str, line: str) -> str:
    """The revision that went on there last; empty: none did."""
    return _WENT_ON.scalar(session, {"at": connection, "along": line}) or ""


def _place(change: Change) -> dict[str, str]:
    return {"at": change.connection, "along": line_of(change)}

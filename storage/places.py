"""What was asked for last at a place: a repository, shipped to an environment through a connection,
changes of one kind?
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, bindparam
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from bot.domain.change import Change, Kind
from bot.domain.signoff import Signoff, Status
from storage import documents
from storage.among import among
from storage.statements import Statement
from storage.tables import table

_PLACE, _SIGNOFF = table("place"), table("signoff")
_NEWEST = Statement(
    select_rows(_SIGNOFF.c.document)
    .join(_PLACE, _PLACE.c.newest == _SIGNOFF.c.id)
    .where(
        _PLACE.c.connection == bindparam("connection"),
        _PLACE.c.repository == bindparam("repository"),
        _PLACE.c.environment == bindparam("environment"),
        _PLACE.c.kind == bindparam("kind"),
    )
)
_SIGNED = Statement(
    select_rows(_SIGNOFF.c.revision, _SIGNOFF.c.status).where(
        _SIGNOFF.c.connection == bindparam("connection"),
        _SIGNOFF.c.repository == bindparam("repository"),
        _SIGNOFF.c.environment == bindparam("environment"),
        _SIGNOFF.c.kind == bindparam("kind"),
        among(_SIGNOFF.c.revision, "revisions"),
    )
)
_PUT = insert(_PLACE)
_KEEP = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["connection", "repository", "environment", "kind"],
        set_={"newest": _PUT.excluded.newest},
    ),
    *("connection", "repository", "environment", "kind", "newest"),
)
_HERE = and_(
    _PLACE.c.connection == bindparam("of_connection"),
    _PLACE.c.repository == bindparam("of_repository"),
    _PLACE.c.environment == bindparam("of_environment"),
    _PLACE.c.kind == bindparam("of_kind"),
)
_GOES_ON = Statement(_PLACE.update().where(_HERE), "went_on")
_WENT_ON = Statement(select_rows(_PLACE.c.went_on).where(_HERE))


def newest(session: Session, change: Change) -> Signoff | None:
    """The signoff that was opened last where it wants to go."""
    document = _NEWEST.scalar(session, _names(change))
    return documents.read_signoff(document) if document else None


def signed(session: Session, change: Change, revisions: Iterable[str]) -> frozenset[str]:
    """Which of the revisions went on before where it wants to go."""
    found = _SIGNED.rows(session, {**_names(change), "revisions": [*revisions]})
    return frozenset(revision for revision, status in found if Status(status).proceed)


def keep(session: Session, signoff: Signoff) -> None:
    """It is the newest there now."""
    _KEEP.run(session, {**_names(signoff.change), "newest": signoff.id})


def goes_on(session: Session, signoff: Signoff) -> None:
    """Its revision is the last that went on there."""
    change = signoff.change
    _GOES_ON.run(session, {**_place(change), "went_on": change.revision})


def went_on(
    session: Session, connection: str, repository: str, environment: str, kind: Kind
) -> str:
    """The revision that went on there last; empty: none did."""
    place = {
        "of_connection": connection,
        "of_repository": repository,
        "of_environment": environment,
        "of_kind": kind.value,
    }
    return _WENT_ON.scalar(session, place) or ""


def _place(change: Change) -> dict[str, str]:
    return {f"of_{key}": it for key, it in _names(change).items()}


def _names(change: Change) -> dict[str, str]:
    return {
        "connection": change.connection,
        "repository": change.repository,
        "environment": change.environment,
        "kind": change.kind.value,
    }

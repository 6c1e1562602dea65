"""What do we know of a change through all its revisions?"""

from __future__ import annotations

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

from bot.domain.change import Change
from bot.domain.dossier import EMPTY, Dossier, with_shared
from storage import documents
from storage.statements import Statement
from storage.tables import PENDING, table

_DOSSIER = table("dossier")
_OF = Statement(
    select(_DOSSIER.c.document).where(
        _DOSSIER.c.connection == bindparam("connection"),
        _DOSSIER.c.repository == bindparam("repository"),
        _DOSSIER.c.lineage == bindparam("lineage"),
    )
)
_PUT = insert(_DOSSIER)
_KEEP = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["connection", "repository", "lineage"],
        set_={"document": _PUT.excluded.document},
    ),
    *_DOSSIER.c.keys(),
)

_SIGNOFF = table("signoff")
_JUDGE_ANEW = Statement(
    _SIGNOFF.update()
    .where(
        _SIGNOFF.c.connection == bindparam("of_connection"),
        _SIGNOFF.c.repository == bindparam("of_repository"),
        _SIGNOFF.c.lineage == bindparam("of_lineage"),
        _SIGNOFF.c.status == PENDING,
    )
    .values(judged_by="")
)
_JUDGE_REVISION_ANEW = Statement(
    _SIGNOFF.update()
    .where(
        _SIGNOFF.c.connection == bindparam("of_connection"),
        _SIGNOFF.c.repository == bindparam("of_repository"),
        _SIGNOFF.c.revision == bindparam("of_revision"),
        _SIGNOFF.c.status == PENDING,
    )
    .values(judged_by="")
)


def of(session: Session, change: Change) -> Dossier:
    """Empty where nothing is known, or the change stands alone. With what is known of its revision,
    if that is to be merged: others may propose it too.
    """
    if not change.lineage:
        return EMPTY
    mine = _read(session, _names(change)) or EMPTY
    shared = of_revision(session, change) if change.by_lineage else None
    return with_shared(mine, shared) if shared else mine


def of_revision(session: Session, change: Change) -> Dossier | None:
    """What everybody who proposes this very revision is held to; None: nobody did."""
    return _read(session, _names_of_revision(change))


def keep(session: Session, change: Change, dossier: Dossier) -> None:
    """What waits for any revision of it is to be judged anew, with what is known now."""
    if change.lineage:
        row = {**_names(change), "document": documents.write_dossier(dossier)}
        _KEEP.run(session, row)
        _JUDGE_ANEW.run(session, {f"of_{k}": v for k, v in _names(change).items()})


def keep_of_revision(session: Session, change: Change, dossier: Dossier) -> None:
    """Whatever waits with this revision is to be judged anew."""
    names = _names_of_revision(change)
    _KEEP.run(session, {**names, "document": documents.write_dossier(dossier)})
    of = {
        "of_connection": change.connection,
        "of_repository": change.repository,
        "of_revision": change.revision,
    }
    _JUDGE_REVISION_ANEW.run(session, of)


def _read(session: Session, names: dict[str, str]) -> Dossier | None:
    document = _OF.scalar(session, names)
    return documents.read_dossier(document) if document else None


def _names_of_revision(change: Change) -> dict[str, str]:
    """No lineage has a line break in it."""
    return {**_names(change), "lineage": f"revision\n{change.revision}"}


def _names(change: Change) -> dict[str, str]:
    return {
        "connection": change.connection,
        "repository": change.repository,
        "lineage": change.lineage,
    }

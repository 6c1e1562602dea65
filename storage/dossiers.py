"""What do we know of a change through all its revisions?"""

from __future__ import annotations

from sqlalchemy import bindparam
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, select

from bot.domain.change import Change
from bot.domain.dossier import EMPTY, Dossier
from storage import documents
from storage.tables import table

_DOSSIER = table("dossier")
_OF = select(_DOSSIER.c.document).where(
    _DOSSIER.c.connection == bindparam("connection"),
    _DOSSIER.c.repository == bindparam("repository"),
    _DOSSIER.c.lineage == bindparam("lineage"),
)
_PUT = insert(_DOSSIER)
_KEEP = _PUT.on_conflict_do_update(
    index_elements=["connection", "repository", "lineage"],
    set_={"document": _PUT.excluded.document},
)


def of(session: Session, change: Change) -> Dossier:
    """Empty where nothing is known, or the change stands alone."""
    if not change.lineage:
        return EMPTY
    document = session.connection().execute(_OF, _names(change)).scalar_one_or_none()
    return documents.read_dossier(document) if document else EMPTY


def keep(session: Session, change: Change, dossier: Dossier) -> None:
    if change.lineage:
        row = {**_names(change), "document": documents.write_dossier(dossier)}
        session.connection().execute(_KEEP, row)


def _names(change: Change) -> dict[str, str]:
    return {
        "connection": change.connection,
        "repository": change.repository,
        "lineage": change.lineage,
    }

"""What do we know of a change through all its revisions?"""

from __future__ import annotations

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

from bot.domain.change import Change
from bot.domain.dossier import EMPTY, Dossier
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


def of(session: Session, change: Change) -> Dossier:
    """Empty where nothing is known, or the change stands alone."""
    if not change.lineage:
        return EMPTY
    document = _OF.scalar(session, _names(change))
    return documents.read_dossier(document) if document else EMPTY


def keep(session: Session, change: Change, dossier: Dossier) -> None:
    """What waits for any revision of it is to be judged anew, with what is known now."""
    if change.lineage:
        row = {**_names(change), "document": documents.write_dossier(dossier)}
        _KEEP.run(session, row)
        _JUDGE_ANEW.run(session, {f"of_{k}": v for k, v in _names(change).items()})


def _names(change: Change) -> dict[str, str]:
    return {
        "connection": change.connection,
        "repository": change.repository,
        "lineage": change.lineage,
    }

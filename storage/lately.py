"""What was opened lately, and still waits?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy import select as select_rows
from sqlmodel import Session

from bot.domain.signoff import Signoff
from storage import documents
from storage.statements import Statement
from storage.tables import PENDING, table

_SIGNOFF = table("signoff").c
_PENDING_SINCE = Statement(
    select_rows(_SIGNOFF.document)
    .where(_SIGNOFF.connection == bindparam("connection"), _SIGNOFF.status == PENDING)
    .where(_SIGNOFF.opened_at > bindparam("since"))
)


def pending_since(session: Session, connection: str, since: datetime) -> Sequence[Signoff]:
    """What this connection asked for after that moment."""
    found = _PENDING_SINCE.rows(session, {"connection": connection, "since": since})
    return [documents.read_signoff(document) for (document,) in found]

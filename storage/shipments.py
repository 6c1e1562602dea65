"""What went out where, and when? As an incident asks, and a roll-back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Integer, bindparam
from sqlalchemy import select as select_rows
from sqlmodel import Session

import storage.tables_seeing  # noqa: F401 -- so that its tables are known
from bot.domain.change import Kind
from bot.domain.outcomes import Shipping
from bot.domain.signoff import Signoff, Status
from bot.domain.unshipped import line_of, named_line
from storage import documents
from storage.among import among
from storage.statements import Statement
from storage.tables import table

_MOST_SHIPPED = 2_000
_LATELY = 50
"""In one line: what was opened before these is no matter of a roll-back."""

_COUNTED, _SIGNOFF = table("counted"), table("signoff")
_MOMENT = _COUNTED.c.shipped_at.type
_SHIPPED = Statement(
    select_rows(
        *(_COUNTED.c[it] for it in ("signoff_id", "connection", "repository", "environment")),
        _COUNTED.c.kind,
        _COUNTED.c.shipped_at,
    )
    .where(
        _COUNTED.c.environment == bindparam("at"),
        _COUNTED.c.shipped_at >= bindparam("since", type_=_MOMENT),
        _COUNTED.c.shipped_at <= bindparam("until", type_=_MOMENT),
        _COUNTED.c.ship_failed == 0,
    )
    .order_by(_COUNTED.c.shipped_at.desc())
    .limit(bindparam("limit", type_=Integer))
)
_IN_LINE = Statement(
    select_rows(_SIGNOFF.c.document)
    .where(
        _SIGNOFF.c.connection == bindparam("at"),
        _SIGNOFF.c.line == bindparam("along"),
        _SIGNOFF.c.opened_at > bindparam("since", type_=_SIGNOFF.c.opened_at.type),
    )
    .order_by(_SIGNOFF.c.opened_at.desc())
    .limit(bindparam("limit", type_=Integer))
)


_AT_REVISIONS = Statement(
    select_rows(_SIGNOFF.c.id, _SIGNOFF.c.status)
    .where(
        _SIGNOFF.c.connection == bindparam("at"),
        among(_SIGNOFF.c.line, "lines"),
        among(_SIGNOFF.c.revision, "revisions"),
    )
    .order_by(_SIGNOFF.c.opened_at.desc())
)


def shipped(session: Session, environment: str, since: datetime, until: datetime) -> list[Shipping]:
    """What went out well there between these moments, as far as the trail is counted."""
    asked = {"at": environment, "since": since, "until": until, "limit": _MOST_SHIPPED}
    return [
        Shipping(
            signoff_id=it.signoff_id,
            connection=it.connection,
            repository=it.repository,
            environment=it.environment,
            kind=it.kind,
            at=it.shipped_at,
        )
        for it in _SHIPPED.records(session, asked)
    ]


def shipped_after(session: Session, signoff: Signoff, moment: datetime) -> list[str]:
    """What was opened after it in its line and went out well after this moment: ids, newest first."""
    asked = {"at": signoff.change.connection, "along": line_of(signoff.change)}
    rows = _IN_LINE.rows(session, {**asked, "since": signoff.opened_at, "limit": _LATELY})
    found = [documents.read_signoff(document) for (document,) in rows]
    ships = [(it.shipment.at, it.id) for it in found if it.shipment and it.shipment.succeeded]
    return [id for at, id in sorted(ships, reverse=True) if at > moment]


def of_revisions(
    session: Session, connection: str, repository: str, environment: str, revisions: Sequence[str]
) -> list[str]:
    """Which signoffs let these go on there, the newest first."""
    lines = [named_line(repository, environment, kind.value) for kind in Kind]
    asked = {"at": connection, "lines": lines, "revisions": revisions}
    found = _AT_REVISIONS.rows(session, asked)
    return [id for id, status in found if Status(status).proceed]

"""How many wait for a signature already, of a repository, and of one environment of it?"""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, func
from sqlalchemy import select as select_rows
from sqlmodel import Session

from bot.domain.change import Change
from bot.domain.unshipped import line_of
from storage.statements import Statement
from storage.tables import PENDING, table

_SIGNOFF = table("signoff").c
_THOSE = (
    select_rows(_SIGNOFF.connection)
    .where(
        _SIGNOFF.connection == bindparam("at"),
        _SIGNOFF.repository == bindparam("of"),
        _SIGNOFF.status == PENDING,
    )
    .limit(bindparam("most", type_=Integer))
)
_COUNT = Statement(select_rows(func.count()).select_from(_THOSE.subquery()))


_THERE = (
    select_rows(_SIGNOFF.connection)
    .where(
        _SIGNOFF.connection == bindparam("at"),
        _SIGNOFF.line == bindparam("along"),
        _SIGNOFF.status == PENDING,
    )
    .limit(bindparam("most", type_=Integer))
)
_COUNT_THERE = Statement(select_rows(func.count()).select_from(_THERE.subquery()))


def waiting_at_most(session: Session, change: Change, most: int) -> int:
    """Of its repository, through its connection; counted no further than that."""
    asked = {"at": change.connection, "of": change.repository, "most": most}
    return int(_COUNT.scalar(session, asked) or 0)


def waiting_there_at_most(session: Session, change: Change, most: int) -> int:
    """Of these, what goes where it goes, however that is written; merges and runs apart."""
    asked = {"at": change.connection, "along": line_of(change), "most": most}
    return int(_COUNT_THERE.scalar(session, asked) or 0)

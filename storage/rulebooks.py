"""Whose rules are in force, where several processes were started with different ones?"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from storage import moment
from storage.statements import Statement
from storage.tables import table

_ROW = table("rulebook")

SEEN_FOR = timedelta(minutes=2)
"""A process that did not say for so long that it goes by these rules is gone, and they with it."""


_LATELY = _ROW.c.seen > bindparam("after")
_PUT = insert(_ROW)
_ENTER = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["digest"],
        set_={"since": _PUT.excluded.since, "seen": _PUT.excluded.seen},
    ),
    *_ROW.c.keys(),
)
_LAST = Statement(select(func.max(_ROW.c.since)))
_SEEN = Statement(_ROW.update().where(_ROW.c.digest == bindparam("of")), "seen")
_NEWEST = Statement(select(_ROW.c.digest).order_by(_LATELY.desc(), _ROW.c.since.desc()).limit(1))

A_TICK = timedelta(microseconds=1)


def enter(session: Session, digest: str) -> None:
    """From now on these are the newest, even if the clock was set back since the last were."""
    now = moment.now(session)
    last = _LAST.scalar(session, {})
    since = max(now, last + A_TICK) if last else now
    _ENTER.run(session, {"digest": digest, "since": since, "seen": now})


def still_here(session: Session, digest: str) -> None:
    """Somebody goes by them."""
    _SEEN.run(session, {"of": digest, "seen": moment.now(session)})


def in_force(session: Session, digest: str) -> bool:
    """Whether no living process was started later with others."""
    return newest(session) in ("", digest)


def newest(session: Session) -> str:
    """The digest of those in force; empty if nobody entered any. After an outage of the database,
    in which nobody could say that they are there, it is the newest of all.
    """
    return _NEWEST.scalar(session, {"after": moment.now(session) - SEEN_FOR}) or ""

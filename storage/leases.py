"""Whose task is it now? Some things one process does at a time, whichever of them lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from storage import moment
from storage.tables import table

_ROW = table("lease")


class Lost(Exception):
    """Another process has the task by now: what this one was about to write is out of date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Ours until then. `epoch` counts the times the task changed hands."""

    task: str
    holder: str
    epoch: int
    until: datetime


def take(
    session: Session, task: str, holder: str, length: timedelta, *, alone: bool = False
) -> Lease | None:
    """Ours from now on, or for longer; None: another process has it. `alone`: there is no other."""
    now = moment.now(session)
    row = session.connection().execute(_ROW.select().where(_ROW.c.task == task)).first()
    same = row is not None and row.holder == holder
    if row is not None and not same and not alone and now < row.until <= now + length:
        return None  # one that lasts longer was taken by a clock that was wrong
    epoch = (row.epoch if row else 0) + (0 if same else 1)
    values = {"holder": holder, "epoch": epoch, "until": now + length}
    put = insert(_ROW).values(task=task, **values)
    later = put.on_conflict_do_update(index_elements=["task"], set_=values)
    session.connection().execute(later)
    return Lease(task=task, holder=holder, epoch=epoch, until=now + length)


def check(session: Session, lease: Lease) -> None:
    """In the transaction that writes because of it. Raises Lost."""
    query = select(_ROW.c.epoch).where(_ROW.c.task == lease.task)
    if session.connection().execute(query).scalar() != lease.epoch:
        raise Lost(lease.task)


def give_up(session: Session, lease: Lease) -> None:
    """Whoever wants it may have it at once."""
    session.connection().execute(
        _ROW.update()
        .where(_ROW.c.task == lease.task, _ROW.c.epoch == lease.epoch)
        .values(until=moment.now(session))
    )

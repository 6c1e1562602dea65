"""Whose task is it now? Some things one process does at a time, whichever of them lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from storage import moment
from storage.statements import Statement
from storage.tables import table

_ROW = table("lease")
_THIS = _ROW.c.task == bindparam("of")
_OF = Statement(select(_ROW.c.holder, _ROW.c.epoch, _ROW.c.until).where(_THIS))
_PUT = insert(_ROW)
_TAKE = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["task"],
        set_={name: _PUT.excluded[name] for name in ("holder", "epoch", "until")},
    ),
    *_ROW.c.keys(),
)
_EPOCH = Statement(select(_ROW.c.epoch).where(_THIS))
_GIVE_UP = Statement(_ROW.update().where(_THIS, _ROW.c.epoch == bindparam("held")), "until")


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
    row = next(iter(_OF.records(session, {"of": task})), None)
    same = row is not None and row.holder == holder
    if row is not None and not same and not alone and now < row.until <= now + length:
        return None  # one that lasts longer was taken by a clock that was wrong
    epoch = (row.epoch if row else 0) + (0 if same else 1)
    values = {"task": task, "holder": holder, "epoch": epoch, "until": now + length}
    _TAKE.run(session, values)
    return Lease(task=task, holder=holder, epoch=epoch, until=now + length)


def check(session: Session, lease: Lease) -> None:
    """In the transaction that writes because of it. Raises Lost."""
    if _EPOCH.scalar(session, {"of": lease.task}) != lease.epoch:
        raise Lost(lease.task)


def give_up(session: Session, lease: Lease) -> None:
    """Whoever wants it may have it at once."""
    held = {"of": lease.task, "held": lease.epoch}
    _GIVE_UP.run(session, {**held, "until": moment.now(session)})

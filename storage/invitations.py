"""Who was asked for what, and who has how much to look at?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, or_, true
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, select

from bot.domain.events import DeadlinePassed, Event, Opened, Reassessed, Reported
from bot.domain.signoff import Signoff
from storage.tables import table

_INVITATION = table("invitation")
_ADD = insert(_INVITATION).on_conflict_do_nothing()
_DONE = (
    _INVITATION.update()
    .where(_INVITATION.c.signoff_id == bindparam("signoff"))
    .values(waiting=False)
)
_LOAD = (
    select(
        _INVITATION.c.person,
        func.sum(case((_INVITATION.c.waiting == true(), 1), else_=0)),
        func.sum(case((_INVITATION.c.at >= bindparam("since"), 1), else_=0)),
    )
    .where(or_(_INVITATION.c.at >= bindparam("since"), _INVITATION.c.waiting == true()))
    .group_by(_INVITATION.c.person)
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many invitations of one person wait, and how many there were lately."""

    waiting: int
    lately: int


def follow(session: Session, event: Event, signoff: Signoff) -> None:
    """What an event means for those who were asked."""
    if isinstance(event, Reported):
        return
    if signoff.status.is_final:
        session.connection().execute(_DONE, {"signoff": signoff.id})
    elif isinstance(event, Opened | DeadlinePassed | Reassessed) and event.invited:
        rows = [
            {"signoff_id": signoff.id, "person": asked.person, "at": event.at, "waiting": True}
            for asked in event.invited
        ]
        session.connection().execute(_ADD, rows)


def load(session: Session, since: datetime) -> Mapping[str, Count]:
    """By person; whoever was not asked is not among them."""
    rows = session.connection().execute(_LOAD, {"since": since})
    return {person: Count(int(waiting), int(lately)) for person, waiting, lately in rows}

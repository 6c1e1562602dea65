"""Who was asked for what, and who has how much to look at?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, or_, true
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, select

from bot.domain.events import (
    DeadlinePassed,
    Delegated,
    Event,
    Opened,
    Reassessed,
    Renewed,
    Reported,
    Reviewed,
    ReviewTakenBack,
    Shipped,
)
from bot.domain.quorum import is_current
from bot.domain.signoff import Signoff
from storage.tables import table

_INVITATION = table("invitation")
_ADD = insert(_INVITATION).on_conflict_do_nothing()
_WAIT = (
    _INVITATION.update()
    .where(_INVITATION.c.signoff_id == bindparam("signoff"))
    .values(waiting=_INVITATION.c.person.in_(bindparam("people", expanding=True)))
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
    if isinstance(event, Reported | Shipped | Renewed):
        return
    if signoff.status.is_final:
        _wait(session, signoff, [])
    elif isinstance(event, Opened):
        _add(session, signoff, [asked.person for asked in event.invited], event.at)
    elif isinstance(event, DeadlinePassed | Reassessed):
        _add(session, signoff, [asked.person for asked in event.invited], event.at)
        _wait(session, signoff, _unanswered(signoff))
    elif isinstance(event, Delegated):
        _add(session, signoff, [event.delegation.to], event.at)
        _wait(session, signoff, _unanswered(signoff))
    elif isinstance(event, Reviewed | ReviewTakenBack):
        _wait(session, signoff, _unanswered(signoff))


def _unanswered(signoff: Signoff) -> Sequence[str]:
    """Whoever is asked, and has not said yet what counts."""
    said = {review.person for review in signoff.reviews if is_current(signoff, review)}
    return [person for person in signoff.asked if person not in said]


def _wait(session: Session, signoff: Signoff, people: Sequence[str]) -> None:
    """Of all who were ever asked for it, these have it before them."""
    session.connection().execute(_WAIT, {"signoff": signoff.id, "people": list(people)})


def _add(session: Session, signoff: Signoff, people: Sequence[str], at: datetime) -> None:
    rows = [{"signoff_id": signoff.id, "person": p, "at": at, "waiting": True} for p in people]
    if rows:
        session.connection().execute(_ADD, rows)


def load(session: Session, since: datetime) -> Mapping[str, Count]:
    """By person; whoever was not asked is not among them."""
    rows = session.connection().execute(_LOAD, {"since": since})
    return {person: Count(int(waiting), int(lately)) for person, waiting, lately in rows}

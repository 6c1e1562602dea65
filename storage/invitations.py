"""Who was asked for what, and who has how much to look at?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    BindParameter,
    Select,
    String,
    bindparam,
    false,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

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
from storage.statements import Statement
from storage.tables import table

_INVITATION = table("invitation")
_ADD = Statement(
    insert(_INVITATION).on_conflict_do_nothing(), "signoff_id", "person", "at", "waiting"
)
_WAITING = select(_INVITATION.c.signoff_id).where(
    _INVITATION.c.person == bindparam("of"), _INVITATION.c.waiting == true()
)

MANY = 200
"""Nobody is counted further: whoever has so many has too many, however many they are."""

PEOPLE_AT_ONCE = 100


@lru_cache(maxsize=64)
def _wait_for(count: int) -> Statement:
    """So many have it before them, and of those who were asked nobody else."""
    people: list[BindParameter[str]] = [bindparam(f"person_{it}") for it in range(count)]
    row = _INVITATION.c
    return Statement(
        _INVITATION.update()
        .where(row.signoff_id == bindparam("signoff"))
        .values(waiting=row.person.in_(people) if people else false())
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
    names = {f"person_{number}": person for number, person in enumerate(people)}
    _wait_for(len(people)).run(session, {"signoff": signoff.id, **names})


def _add(session: Session, signoff: Signoff, people: Sequence[str], at: datetime) -> None:
    rows = [{"signoff_id": signoff.id, "person": p, "at": at, "waiting": True} for p in people]
    _ADD.run_all(session, rows)


def waiting_for(session: Session, person: str) -> Sequence[str]:
    """The signoffs that this person was asked for and has not answered."""
    return session.connection().execute(_WAITING, {"of": person}).scalars().all()


def load(session: Session, since: datetime, people: Iterable[str]) -> Mapping[str, Count]:
    """Of these people, by person; whoever was not asked is not among them."""
    names = sorted(people)
    found = {}
    for start in range(0, len(names), PEOPLE_AT_ONCE):
        some = names[start : start + PEOPLE_AT_ONCE]
        given = {f"person_{number}": person for number, person in enumerate(some)}
        for person, waiting, lately in _load_of(len(some)).rows(session, {"since": since, **given}):
            if waiting or lately:
                found[person] = Count(waiting, lately)
    return found


def since(session: Session, begins: Mapping[str, datetime]) -> Mapping[str, int]:
    """How often each of these people was asked since their own moment, if they were at all."""
    names = sorted(begins)
    found = {}
    for start in range(0, len(names), PEOPLE_AT_ONCE):
        some = names[start : start + PEOPLE_AT_ONCE]
        given: dict[str, object] = {f"person_{number}": id for number, id in enumerate(some)}
        given |= {f"since_{number}": begins[id] for number, id in enumerate(some)}
        for person, asked in _asked_of(len(some)).rows(session, given):
            if asked:
                found[person] = asked
    return found


@lru_cache(maxsize=64)
def _asked_of(count: int) -> Statement:
    """One look, each by the index, as below."""
    return Statement(union_all(*map(_asked_of_one, range(count))))


def _asked_of_one(number: int) -> Select[str, int]:
    row, person = _INVITATION.c, bindparam(f"person_{number}", type_=String)
    since = bindparam(f"since_{number}", type_=row.at.type)
    theirs = select(func.count()).where(row.person == person, row.at >= since)
    return select(person, theirs.scalar_subquery())


@lru_cache(maxsize=64)
def _load_of(count: int) -> Statement:
    """One look, however many they are; each is found by an index, whatever was asked of others."""
    return Statement(union_all(*(_load_of_one(f"person_{number}") for number in range(count))))


def _load_of_one(name: str) -> Select[str, int, int]:
    row, person = _INVITATION.c, bindparam(name, type_=String)
    theirs = select(row.person).where(row.person == person).limit(MANY)
    waiting = theirs.where(row.waiting == true()).subquery()
    lately = theirs.where(row.at >= bindparam("since")).subquery()
    return select(
        person,
        select(func.count()).select_from(waiting).scalar_subquery(),
        select(func.count()).select_from(lately).scalar_subquery(),
    )

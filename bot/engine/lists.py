"""What stands on a list that is sent to somebody, and how is it sent?"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.notes import ListingKind
from bot.domain.people import Person, Roster
from bot.domain.quorum import is_eligible
from bot.domain.signoff import Signoff
from bot.engine.shares import has_answered
from bot.engine.showing import urgency_of
from bot.ports import Surface
from storage import listings, reading, surfaces
from storage.listings import Sent
from storage.store import Session
from storage.surfaces import Want

log = logging.getLogger(__name__)

LINES = 20
LISTING = "listing"
"""The sort of such a surface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who is sent a list: `name` is "@ada" or a group's id."""

    name: str
    place: Surface


def reader_of(person: Person) -> Reader:
    return Reader(name=f"@{person.id}", place=Surface(user=person.slack))


def send(
    session: Session,
    sent_id: str,
    kind: ListingKind,
    reader: Reader,
    signoffs: Sequence[Signoff],
    now: datetime,
    more: int = 0,
) -> None:
    """The first of these, in their order; how many others there are is said."""
    shown = signoffs[:LINES]
    ids = tuple(signoff.id for signoff in shown)
    left = len(signoffs) - len(shown) + more
    sent = Sent(id=sent_id, kind=kind, reader=reader.name, at=now, signoff_ids=ids, more=left)
    listings.put(session, sent)
    ends = [signoff.expires_at for signoff in shown if signoff.expires_at]
    want = Want(
        sort=LISTING,
        at=reader.place,
        urgency=max(map(urgency_of, shown)),
        due_at=min(ends, default=None),
    )
    surfaces.want(session, sent_id, [want], now)


def none_waits(
    session: Session, sent_id: str, kind: ListingKind, reader: Reader, now: datetime
) -> None:
    """Nothing is sent, and it is kept that this was so when the list was due."""
    empty = Sent(id=sent_id, kind=kind, reader=reader.name, at=now, signoff_ids=(), more=0)
    listings.put(session, empty)


def look(session: Session, signoff_ids: Sequence[str]) -> list[Signoff]:
    """As they stand now, in the order given; one that cannot be read must not hide the others."""
    found = (_read(session, signoff_id) for signoff_id in signoff_ids)
    return [signoff for signoff in found if signoff]


def is_open(signoff: Signoff, now: datetime) -> bool:
    """Whether anything is left to decide; that it expired may not have been noted yet."""
    over = signoff.expires_at is not None and signoff.expires_at <= now
    return not (signoff.status.is_final or over)


def may_answer(signoff: Signoff, person: str, roster: Roster, now: datetime) -> bool:
    """Whether their word would count, and they have not said it yet."""
    wanted = is_open(signoff, now) and not has_answered(signoff, person)
    return wanted and is_eligible(signoff, roster.standing(person))


def is_asked(signoff: Signoff, person: str) -> bool:
    return person in signoff.asked or (signoff.claim is not None and signoff.claim.person == person)


def _read(session: Session, signoff_id: str) -> Signoff | None:
    try:
        return reading.signoff(session, signoff_id)
    except ValueError:
        log.exception("%s cannot be read", signoff_id)
        return None

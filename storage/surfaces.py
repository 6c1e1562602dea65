"""What hangs where in the chat, what should it show, and what did it show last?

A row is wanting (`state` is "wanting") while what it shows is older than what it should show. So the
rows are the chat's outbox as well: many changes of one card are one row, and what is wanting after
a crash is wanting still.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from bot.ports import CardRef, Surface
from storage.statements import Statement, connection_of
from storage.tables import PARKED, PENDING, WANTING, table

_ROW = table("surface")

_WAITING = select(table("signoff").c.id).where(table("signoff").c.status == PENDING)

CARD, STRAY = "card", "stray"
"""What a surface is called by: its sort, and where it hangs."""

HOME, WARNING, PASSKEY, CHECKPOINT = "@home", "@warning", "@passkey", "@checkpoint"
"""Subjects that are no signoffs; others are the ids of lists."""

CHANGING, DRAWING = "change", "home"
"""Lanes of the whole workspace. What is posted has a lane for each place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What should hang somewhere. `urgency`: the higher, the sooner; `not_before`: not earlier."""

    sort: str
    at: Surface
    urgency: int = 0
    due_at: datetime | None = None
    not_before: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.sort} {self.at}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hung:
    """One row: what should be shown there, and what was."""

    subject: str
    name: str
    sort: str
    at: Surface
    lane: str
    ref: CardRef | None
    wanted: int
    digest: str
    made_at: datetime
    attempts: int
    doubtful: bool
    again: bool
    urgency: int
    state: str
    failed: bool

    @property
    def begun(self) -> bool:
        """Whether something hangs there, as far as we know."""
        return self.ref is not None or self.doubtful


_PUT = insert(_ROW)
_SOONER = _PUT.on_conflict_do_update(
    index_elements=["subject", "name"],
    set_={"not_before": _PUT.excluded.since},
    where=and_(
        _ROW.c.attempts == 0,
        _ROW.c.not_before > _PUT.excluded.since,
        _PUT.excluded.not_before <= _PUT.excluded.since,
    ),
)
"""What was to wait for the morning need not any more."""
_HANG = Statement(_SOONER, *_ROW.c.keys())
_AGAIN = _PUT.on_conflict_do_update(
    index_elements=["subject", "name"],
    set_={"wanted": _ROW.c.wanted + 1, "state": "wanting", "since": _PUT.excluded.since},
    where=_ROW.c.state != "gone",
)
_ADD = Statement(_AGAIN, *_ROW.c.keys())
_PUT_NEW = Statement(_PUT.on_conflict_do_nothing(), *_ROW.c.keys())
_THESE = update(_ROW).where(_ROW.c.subject == bindparam("of"))
_LOOKED_AT = {
    "wanted": _ROW.c.wanted + 1,
    "state": "wanting",
    "since": bindparam("now"),
}
_MARK = Statement(_THESE.where(_ROW.c.state != "gone").values(**_LOOKED_AT))
_URGE = Statement(
    _THESE.where(_ROW.c.state != "gone").values(**_LOOKED_AT, urgency=bindparam("urgency"))
)
_THERE = select(_ROW.c.name).where(
    _ROW.c.channel == bindparam("channel"), _ROW.c.message == bindparam("message")
)
"""Whatever it is about: a list that was pressed is no card."""
_KNOWN = Statement(_THERE)
_HUNG = Statement(_ROW.select().where(_ROW.c.subject == bindparam("of")))
_ADOPT = Statement(
    _THESE.where(_ROW.c.sort == CARD, _ROW.c.doubtful.is_(True))
    .where(_ROW.c.place == bindparam("there"))
    .values(lane=CHANGING, doubtful=False),
    *("channel", "message"),
)


def want(session: Session, subject: str, wants: Sequence[Want], now: datetime) -> None:
    """All that hangs of this subject is to be looked at again, and all this is to hang."""
    urgency = max((want.urgency for want in wants), default=0)
    _URGE.run(session, {"of": subject, "now": now, "urgency": urgency})
    _HANG.run_all(session, [_new(subject, want, now) for want in wants])


def add(session: Session, subject: str, wanted: Want, now: datetime) -> None:
    """This is to hang as well; nothing else of the subject is looked at again."""
    _ADD.run(session, _new(subject, wanted, now))


def mark(session: Session, subject: str, now: datetime) -> None:
    """All that hangs of this subject is to be looked at again."""
    _MARK.run(session, {"of": subject, "now": now})


def mark_all(session: Session, subjects: Collection[str], now: datetime) -> None:
    """All that hangs of any of these is."""
    _MARK.run_all(session, [{"of": subject, "now": now} for subject in subjects])


def mark_place(session: Session, channel: str, not_before: datetime) -> None:
    """What hangs in this channel of signoffs that wait is to be shown there anew."""
    connection_of(session).execute(
        update(_ROW)
        .where(_ROW.c.place == channel, _ROW.c.state == "true", _ROW.c.message != "")
        .where(_ROW.c.subject.in_(_WAITING))
        .values(wanted=_ROW.c.wanted + 1, state="wanting", digest="", not_before=not_before)
    )


def want_page(session: Session, page: Want, now: datetime) -> None:
    """One person's own page is to be drawn anew, and kept true from now on."""
    _PUT_NEW.run(session, _new(HOME, page, now))
    mark_homes(session, [page.at.user], now)


def mark_homes(session: Session, users: Collection[str], now: datetime) -> None:
    """Of those whose page was ever drawn."""
    if users:
        names = {f"name_{number}": f"home @{user}" for number, user in enumerate(users)}
        _mark_pages(len(users)).run(session, {"of": HOME, "now": now, **names})


@lru_cache(maxsize=64)
def _mark_pages(count: int) -> Statement:
    names: list[BindParameter[str]] = [bindparam(f"name_{it}") for it in range(count)]
    return Statement(_THESE.where(_ROW.c.name.in_(names)).values(**_LOOKED_AT))


def hung(session: Session, subject: str) -> Mapping[str, Hung]:
    """All that hangs of one subject, or should, by name."""
    return {row.name: read_row(row) for row in _HUNG.records(session, {"of": subject})}


def adopt(session: Session, signoff_id: str, ref: CardRef, place: str, now: datetime) -> bool:
    """A click came from a card; True: we did not know of it, for an answer of the chat was lost.

    Where we do not know whether ours hangs at this `place`, this one is it; elsewhere it is one too
    many.
    """
    message = {"channel": ref.channel, "message": ref.message}
    if _KNOWN.first(session, message) is not None:
        return False
    if _ADOPT.run(session, {"of": signoff_id, "there": place, **message}):
        return True
    stray = Want(sort=f"{STRAY} {ref.message}", at=Surface(channel=ref.channel))
    row = {**_new(signoff_id, stray, now), **message, "lane": CHANGING}
    _PUT_NEW.run(session, row)
    return True


def forget_before(session: Session, moment: datetime) -> None:
    """What was last looked at before then, and is not of a signoff that waits."""
    connection_of(session).execute(
        _ROW.delete()
        .where(_ROW.c.since < moment, _ROW.c.state != "wanting")
        .where(_ROW.c.subject.not_in(_WAITING), _ROW.c.subject != HOME)
    )


def forget(session: Session, subjects: Collection[str]) -> None:
    """Nobody looks there any more: what hangs of these is kept up no longer."""
    connection_of(session).execute(_ROW.delete().where(_ROW.c.subject.in_(list(subjects))))


def backlog(session: Session) -> Mapping[str, int]:
    """How many are wanting, and how many are parked."""
    counted = (
        select(func.count()).select_from(_ROW).where(_ROW.c.state == state)
        for state in (WANTING, PARKED)
    )
    wanting, parked = (connection_of(session).execute(query).scalar_one() for query in counted)
    return {"wanting": wanting, "parked": parked}


def posting(at: Surface) -> str:
    """The lane of what is posted there."""
    return f"post {at}"


def _new(subject: str, want: Want, now: datetime) -> dict[str, Any]:
    return {
        "subject": subject,
        "name": want.name,
        "sort": want.sort,
        "place": str(want.at),
        "lane": DRAWING if subject == HOME else posting(want.at),
        "channel": "",
        "message": "",
        "wanted": 1,
        "digest": "",
        "since": now,
        "made_at": now,
        "not_before": want.not_before or now,
        "due_at": want.due_at,
        "urgency": want.urgency,
        "attempts": 0,
        "doubtful": False,
        "again": False,
        "state": "wanting",
        "error": "",
    }


def read_row(row: Any) -> Hung:
    place = row.place
    return Hung(
        subject=row.subject,
        name=row.name,
        sort=row.sort,
        at=Surface(user=place[1:]) if place.startswith("@") else Surface(channel=place),
        lane=row.lane,
        ref=CardRef(row.channel, row.message) if row.message else None,
        wanted=row.wanted,
        digest=row.digest,
        made_at=row.made_at,
        attempts=row.attempts,
        doubtful=row.doubtful,
        again=row.again,
        urgency=row.urgency,
        state=row.state,
        failed=bool(row.error),
    )

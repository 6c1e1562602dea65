"""What does not show what it should, when may it be sent, and what came of it?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session

from bot.ports import CardRef
from storage.surfaces import CHANGING, DRAWING, WARNING, Hung, posting, read_row
from storage.tables import PARKED, WANTING, table

_ROW, _PAUSE = table("surface"), table("pause")

EVERYTHING = "*"
"""The lane of all lanes, while the chat does not let us in."""


def wanting(
    session: Session, now: datetime, busy: Collection[str], per_lane: int, limit: int = 100
) -> Sequence[Hung]:
    """What may be sent now, the most urgent of each lane first; `busy` lanes take no more."""
    paused = select(_PAUSE.c.lane).where(_PAUSE.c.until > now)
    lanes = set(session.connection().execute(paused).scalars())
    if EVERYTHING in lanes:
        return []
    turn = func.row_number().over(partition_by=_ROW.c.lane, order_by=_first(_ROW))
    ranked = (
        select(_ROW, turn.label("turn"))
        .where(_ROW.c.state == WANTING, _ROW.c.not_before <= now)
        .where(_ROW.c.lane.not_in(sorted({*lanes, *busy})))
        .subquery()
    )
    query = select(ranked).where(ranked.c.turn <= per_lane).order_by(*_first(ranked)).limit(limit)
    return [read_row(row) for row in session.connection().execute(query)]


def still_wanting(session: Session, row: Hung) -> Hung | None:
    """The row as it is by now; None if somebody made it true meanwhile."""
    this = and_(_ROW.c.subject == row.subject, _ROW.c.name == row.name, _ROW.c.state == WANTING)
    found = session.connection().execute(_ROW.select().where(this)).first()
    return read_row(found) if found else None


def next_due(session: Session, now: datetime) -> datetime | None:
    """When the next of those is to be sent that are put off, or a lane is open again."""
    waits = select(func.min(_ROW.c.not_before)).where(
        _ROW.c.state == WANTING, _ROW.c.not_before > now
    )
    opens = select(func.min(_PAUSE.c.until)).where(_PAUSE.c.until > now)
    found = [session.connection().execute(query).scalar() for query in (waits, opens)]
    return min((moment for moment in found if moment), default=None)


def shown(session: Session, row: Hung, ref: CardRef | None, digest: str) -> None:
    """It is true as of when the row was read; if more was wanted meanwhile, it is wanting still."""
    _change(
        session,
        row,
        digest=digest,
        state=case((_ROW.c.wanted > row.wanted, "wanting"), else_="true"),
        lane=CHANGING if ref and row.lane != DRAWING else row.lane,
        channel=ref.channel if ref else "",
        message=ref.message if ref else "",
        attempts=0,
        doubtful=False,
        error="",
    )


def found(session: Session, row: Hung, ref: CardRef) -> None:
    """It was posted after all: it hangs there."""
    _change(session, row, channel=ref.channel, message=ref.message, lane=CHANGING, doubtful=False)


def begin(session: Session, row: Hung) -> None:
    """It is being posted: should we not live to hear of it, it may hang there all the same."""
    _change(session, row, doubtful=True)


def not_begun(session: Session, row: Hung) -> None:
    """It was surely not posted."""
    _change(session, row, doubtful=False)


def start_over(session: Session) -> None:
    """After a start nobody knows whether what was wanting was shown: it is shown again."""
    session.connection().execute(update(_ROW).where(_ROW.c.state == WANTING).values(digest=""))


def put_off(session: Session, row: Hung, at: datetime, error: str, *, doubtful: bool) -> None:
    """`doubtful`: it may hang there all the same."""
    _change(
        session,
        row,
        not_before=at,
        attempts=row.attempts + 1,
        error=error[:500],
        doubtful=doubtful,
        digest="",
    )


def wait(session: Session, row: Hung, until: datetime) -> None:
    """For what has to hang there first."""
    _change(session, row, not_before=until, doubtful=False)


def hang_again(session: Session, row: Hung) -> None:
    """What hung there was taken away: it is posted once more."""
    lane = posting(row.at)
    _change(session, row, channel="", message="", digest="", again=True, lane=lane)


def leave_alone(session: Session, row: Hung) -> None:
    """People take it away again and again: it is never hung up again."""
    _change(session, row, state="gone", channel="", message="")


def give_up(session: Session, row: Hung, error: str, now: datetime) -> None:
    """Until it is wanted anew."""
    _change(session, row, state="parked", since=now, doubtful=row.doubtful, error=error[:500])


def try_again(session: Session, parked_before: datetime, made_after: datetime) -> None:
    """What was given up a while ago: a channel may be open again by now."""
    session.connection().execute(
        update(_ROW)
        .where(_ROW.c.state == PARKED, _ROW.c.since < parked_before)
        .where(_ROW.c.made_at > made_after)
        .values(state="wanting", since=parked_before, wanted=_ROW.c.wanted + 1)
    )


def parked_at(session: Session, place: str) -> Sequence[str]:
    """What went wrong there with what should hang there, the latest last."""
    query = (
        select(_ROW.c.error)
        .where(_ROW.c.place == place, _ROW.c.state == PARKED)
        .order_by(_ROW.c.since)
    )
    return list(session.connection().execute(query).scalars())


def pause(session: Session, lane: str, until: datetime) -> None:
    """Nothing goes there before; kept, so that a restart does not forget it."""
    put = insert(_PAUSE).values(lane=lane, until=until)
    longer = case((put.excluded.until > _PAUSE.c.until, put.excluded.until), else_=_PAUSE.c.until)
    later = put.on_conflict_do_update(index_elements=["lane"], set_={"until": longer})
    session.connection().execute(later)


def _first(rows: Any) -> tuple[Any, ...]:
    """What is urgent, what is due soon, what waits for long; a card before what hangs under it."""
    row = rows.c
    return (row.urgency.desc(), row.due_at, row.made_at, row.subject, row.name)


def _change(session: Session, row: Hung, **values: object) -> None:
    """What is said of a place that could not be reached is looked at again, too."""
    this = and_(_ROW.c.subject == row.subject, _ROW.c.name == row.name)
    session.connection().execute(update(_ROW).where(this).values(**values))
    if row.failed and row.subject != WARNING:
        about = and_(_ROW.c.subject == WARNING, _ROW.c.sort == f"warning {row.at}")
        again = {"wanted": _ROW.c.wanted + 1, "state": "wanting"}
        session.connection().execute(update(_ROW).where(about).values(**again))

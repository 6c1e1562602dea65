"""What does not show what it should, when may it be sent, and what came of it?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from bot.ports import CardRef
from storage.statements import Statement
from storage.surfaces import CHANGING, DRAWING, WARNING, Hung, posting, read_row
from storage.tables import PARKED, WANTING, table

_ROW, _PAUSE = table("surface"), table("pause")

EVERYTHING = "*"
"""The lane of all lanes, while the chat does not let us in."""

_EVER = datetime.max.replace(tzinfo=UTC)
_NOW = bindparam("now", type_=_ROW.c.not_before.type)


def _lanes() -> Select[Any]:
    """The lanes in which something is wanting, each found by one step through the index; without
    those that are paused.
    """
    first = select(func.min(_ROW.c.lane).label("lane")).where(_ROW.c.state == WANTING)
    lanes = first.cte("lanes", recursive=True)
    later = select(func.min(_ROW.c.lane)).where(_ROW.c.state == WANTING)
    following = later.where(_ROW.c.lane > lanes.c.lane).correlate(lanes).scalar_subquery()
    lanes = lanes.union_all(select(following).where(lanes.c.lane.is_not(None)))
    here = or_(_PAUSE.c.lane == lanes.c.lane, _PAUSE.c.lane == EVERYTHING)
    pauses = select(_PAUSE.c.lane).where(here, _PAUSE.c.until > _NOW).correlate(lanes)
    return select(lanes.c.lane).where(lanes.c.lane.is_not(None), ~pauses.exists())


_LANES = Statement(_lanes())
_THIS = and_(_ROW.c.subject == bindparam("of"), _ROW.c.name == bindparam("called"))
_STILL = Statement(select(*_ROW.c).where(_THIS, _ROW.c.state == WANTING))
_SHOWN = Statement(
    update(_ROW)
    .where(_THIS)
    .values(
        digest=bindparam("told"),
        state=case((_ROW.c.wanted > bindparam("seen"), "wanting"), else_="true"),
        lane=bindparam("goes"),
        channel=bindparam("there"),
        message=bindparam("as"),
        attempts=0,
        doubtful=False,
        error="",
    )
)
_WAITS = Statement(
    select(func.min(_ROW.c.not_before)).where(_ROW.c.state == WANTING, _ROW.c.not_before > _NOW)
)
_OPENS = Statement(select(func.min(_PAUSE.c.until)).where(_PAUSE.c.until > _NOW))
_OF_LANE = Statement(
    select(*_ROW.c)
    .where(_ROW.c.lane == bindparam("lane"), _ROW.c.state == WANTING, _ROW.c.not_before <= _NOW)
    .order_by(_ROW.c.urgency.desc(), _ROW.c.due_at, _ROW.c.made_at, _ROW.c.subject, _ROW.c.name)
    .limit(bindparam("limit", type_=Integer))
)
"""What is urgent, what is due soon, what waits for long; a card before what hangs under it."""
_AGAIN = Statement(
    update(_ROW)
    .where(_ROW.c.subject == WARNING, _ROW.c.sort == bindparam("of"))
    .values(wanted=_ROW.c.wanted + 1, state="wanting")
)


@lru_cache(maxsize=32)
def _changed(*columns: str) -> Statement:
    return Statement(update(_ROW).where(_THIS), *columns)


def wanting(
    session: Session, now: datetime, busy: Collection[str], per_lane: int
) -> Sequence[Hung]:
    """What may be sent now, of each lane the most urgent, and these in that order; `busy` lanes
    take no more.
    """
    found: list[Any] = []
    for (lane,) in _LANES.rows(session, {"now": now}):
        if lane not in busy:
            asked = {"lane": lane, "now": now, "limit": per_lane}
            found += _OF_LANE.records(session, asked)
    return [read_row(row) for row in sorted(found, key=_turn)]


def still_wanting(session: Session, row: Hung) -> Hung | None:
    """The row as it is by now; None if somebody made it true meanwhile."""
    for found in _STILL.records(session, _this(row)):
        return read_row(found)
    return None


def next_due(session: Session, now: datetime) -> datetime | None:
    """When the next of those is to be sent that are put off, or a lane is open again."""
    found = (query.scalar(session, {"now": now}) for query in (_WAITS, _OPENS))
    return min((moment for moment in found if moment), default=None)


def shown(session: Session, row: Hung, ref: CardRef | None, digest: str) -> None:
    """It is true as of when the row was read; if more was wanted meanwhile, it is wanting still."""
    said = {
        "seen": row.wanted,
        "told": digest,
        "goes": CHANGING if ref and row.lane != DRAWING else row.lane,
        "there": ref.channel if ref else "",
        "as": ref.message if ref else "",
    }
    _SHOWN.run(session, {**_this(row), **said})
    _correct_warnings(session, row)


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
    """Until it is wanted anew; whatever is seen there by now, it is shown again then."""
    _change(
        session,
        row,
        state="parked",
        since=now,
        doubtful=row.doubtful,
        error=error[:500],
        digest="",
    )


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


def _turn(row: Any) -> tuple[object, ...]:
    """As each lane is sorted."""
    return (-row.urgency, row.due_at or _EVER, row.made_at, row.subject, row.name)


def _this(row: Hung) -> dict[str, str]:
    return {"of": row.subject, "called": row.name}


def _change(session: Session, row: Hung, **values: object) -> None:
    _changed(*values).run(session, {**_this(row), **values})
    _correct_warnings(session, row)


def _correct_warnings(session: Session, row: Hung) -> None:
    """What is said of a place that could not be reached is looked at again, too."""
    if row.failed and row.subject != WARNING:
        _AGAIN.run(session, {"of": f"warning {row.at}"})

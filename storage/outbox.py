"""Which effects are decided and not yet carried out?

A lane is a destination. Of each signoff only the oldest goes there, of all so many at once, and
what is taken is ours while the lease lasts. `lease` counts how often a row was taken: whoever took
it earlier has no say in it any more.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, select, union_all, update
from sqlmodel import Session

from bot.domain.effects import Promise
from bot.domain.signoff import Signoff
from storage import destinations, documents, moment, reading
from storage.among import among
from storage.destinations import Destination
from storage.lines import AT_ONCE, DUE, HEADS, LANES_AT_A_TIME, LINES
from storage.statements import Statement, connection_of
from storage.tables import PARKED, WAITING, table

log = logging.getLogger(__name__)

HURRIED_AT_MOST = 500
_EVER = datetime(9999, 1, 1, tzinfo=UTC)

_ROW = table("outbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An effect that is ours to carry out until the lease ends, at `until`.

    `destination` is how it did when we took it: if it ailed, this item goes alone, to see.
    """

    id: int
    signoff_id: str
    lane: str
    effect: Promise
    attempts: int
    since: datetime
    lease: int
    until: datetime
    destination: Destination
    document: str

    @property
    def signoff(self) -> Signoff | None:
        """As it was when we took it: it is decided, so it stays as it is. None: it is gone. Raises
        ValueError if it cannot be read.
        """
        return documents.read_signoff(self.document) if self.document else None

    @property
    def alone(self) -> bool:
        return self.destination.ails


_LINES, _HEADS, _DUE = Statement(LINES), Statement(HEADS), Statement(DUE)
_LEASE = Statement(
    update(_ROW)
    .where(among(_ROW.c.id, "leased"))
    .values(leased_until=bindparam("until"), lease=_ROW.c.lease + 1)
)
_MINE = and_(_ROW.c.id == bindparam("of"), _ROW.c.lease == bindparam("held"))
_COUNTS = Statement(
    union_all(
        *(
            select(_ROW.c.lane, state.label("state"), func.count().label("rows"))
            .where(_ROW.c.state == state)
            .group_by(_ROW.c.lane)
            for state in (WAITING, PARKED)
        )
    )
)
_STILL = Statement(select(_ROW.c.id).where(_MINE))
_DONE = Statement(delete(_ROW).where(_MINE))
_NOW = bindparam("now", type_=_ROW.c.due_at.type)
_PUT_OFF = (
    select(_ROW.c.id)
    .where(_ROW.c.lane == bindparam("of"), _ROW.c.state == WAITING, _ROW.c.due_at > _NOW)
    .order_by(_ROW.c.due_at)
    .limit(HURRIED_AT_MOST)
)
_HURRY = Statement(update(_ROW).where(_ROW.c.id.in_(_PUT_OFF)).values(due_at=_NOW))


@lru_cache(maxsize=16)
def _later(*columns: str) -> Statement:
    return Statement(update(_ROW).where(_MINE).values(leased_until=None), *columns)


def is_due(session: Session, now: datetime, busy: Mapping[str, int], cap: int = AT_ONCE) -> bool:
    """Whether there would be anything to claim at that moment."""
    return next(_found(session, now, busy, cap), None) is not None


def claim(
    session: Session, now: datetime, until: datetime, busy: Mapping[str, int], cap: int = AT_ONCE
) -> Sequence[Item]:
    """Lease what is due, of each lane at most `cap`, the oldest first.

    `busy` says how many of a lane this process already has under way: a destination that hangs
    takes no place from the others. To one that ails only one item goes, due or not, to see.
    """
    rows = sorted(_found(session, now, busy, cap), key=lambda it: (it[0].due_at, it[0].id))
    about = reading.documents_of(session, {row.signoff_id for row, _ in rows})
    mine = [item for row, how in rows if (item := _item(session, row, how, until, about))]
    if mine:
        leased = {"leased": [item.id for item in mine], "until": until}
        _LEASE.run(session, leased)
        destinations.trying(session, [item.lane for item in mine if item.alone], until)
    return mine


def complete(session: Session, *items: Item) -> bool:
    """They are carried out. False: somebody else has taken one meanwhile, so it is theirs to say."""
    return _DONE.run_all(session, [_held(item) for item in items]) == len(items)


def retry_later(session: Session, item: Item, at: datetime, error: str) -> bool:
    """False: somebody else has taken it meanwhile."""
    return _change(session, item, due_at=at, error=error[:500], attempts=item.attempts + 1)


def park(session: Session, item: Item, error: str) -> bool:
    """Give up until a person looks at it. False: somebody else has taken it meanwhile."""
    return _change(session, item, state="parked", error=error[:500], attempts=item.attempts + 1)


def holds(session: Session, item: Item) -> bool:
    """Whether it is still ours."""
    return _STILL.first(session, _held(item)) is not None


def let_go(session: Session, item: Item) -> None:
    """Others may have it at once."""
    _change(session, item)


def hurry(session: Session, lane: str, now: datetime) -> None:
    """What was put off in a lane is due now: its destination is back."""
    _HURRY.run(session, {"of": lane, "now": now})


def next_due(session: Session) -> datetime | None:
    """When the next effect may go that is not under way, nor stands in line for a full lane."""
    now = moment.now(session)
    moments = []
    for row in _DUE.records(session, {"now": now}):
        how = _destination(row)
        if row.due_at is not None:
            moments.append((how.open_until or now) if how.ails else row.due_at)
    return min(moments, default=None)


def release(session: Session) -> None:
    """After a start, where no other process is: what a dead one had leased is free again."""
    connection_of(session).execute(update(_ROW).values(leased_until=None))
    destinations.wake(session)


def backlog(session: Session) -> Mapping[str, int]:
    """How many wait, and how many are parked."""
    total = Counter[str]()
    for counts in by_lane(session).values():
        total.update(counts)
    return total


def by_lane(session: Session) -> Mapping[str, Mapping[str, int]]:
    """The same of each lane in which there is something; each count is of an index alone."""
    found: dict[str, dict[str, int]] = {}
    for row in _COUNTS.records(session, {}):
        found.setdefault(row.lane, {})[row.state] = row.rows
    return found


def _found(
    session: Session, now: datetime, busy: Mapping[str, int], cap: int
) -> Iterator[tuple[Any, Destination]]:
    """The rows to lease, with how their destinations do."""
    lines = {row.lane: _destination(row) for row in _LINES.records(session, {})}
    rooms = {lane: _room(how, now, cap - busy.get(lane, 0)) for lane, how in lines.items()}
    lanes = [lane for lane, room in rooms.items() if room > 0]
    for start in range(0, len(lanes), LANES_AT_A_TIME):
        some = {lane: lines[lane] for lane in lanes[start : start + LANES_AT_A_TIME]}
        for row in _HEADS.records(session, _bound(some, now)):
            rooms[row.lane] -= 1
            if rooms[row.lane] >= 0:
                yield row, lines[row.lane]


def _room(how: Destination, now: datetime, room: int) -> int:
    if how.ails:
        return 0 if how.rests(now) else 1
    return room


def _bound(lines: Mapping[str, Destination], now: datetime) -> dict[str, object]:
    """Places that are left over ask for a lane that nobody has."""
    asked: dict[str, object] = {"now": now}
    padded = [*lines.items(), *[("", destinations.WELL)] * (LANES_AT_A_TIME - len(lines))]
    for number, (lane, how) in enumerate(padded):
        asked[f"lane_{number}"] = lane
        asked[f"due_{number}"] = _EVER if how.ails else now
    return asked


def _held(item: Item) -> dict[str, object]:
    return {"of": item.id, "held": item.lease}


def _change(session: Session, item: Item, **values: object) -> bool:
    return _later(*values).run(session, {**_held(item), **values}) == 1


def _destination(row: Any) -> Destination:
    if row.failures is None:
        return destinations.WELL
    return Destination(failures=row.failures, open_until=row.open_until, error=row.error)


def _item(
    session: Session, row: Any, how: Destination, until: datetime, about: Mapping[str, str]
) -> Item | None:
    """One that cannot be read is parked: it must not hold up all others."""
    try:
        effect = documents.read_promise(row.effect)
    except ValueError:
        log.exception("an effect in the outbox cannot be read")
        unread = {"state": "parked", "error": "it cannot be read"}
        connection_of(session).execute(update(_ROW).where(_ROW.c.id == row.id).values(**unread))
        return None
    return Item(
        id=row.id,
        signoff_id=row.signoff_id,
        lane=row.lane,
        effect=effect,
        attempts=row.attempts,
        since=row.since,
        lease=row.lease + 1,
        until=until,
        destination=how,
        document=about.get(row.signoff_id, ""),
    )

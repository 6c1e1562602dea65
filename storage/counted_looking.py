"""What happened that is not counted yet, and what has to be written for it? Looked at beside the writer.

Entries are numbered in the order in which they are committed, so that none can come to be before
one that was counted. What is read here is newer than they are, or as old: what is newer is counted
once more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, func, select
from sqlmodel import Session

import storage.tables_seeing  # noqa: F401 -- so that its tables are known
from bot.domain.house_events import HOUSE
from bot.domain.seeing.counted import (
    RANK,
    SUMS,
    UNASKED,
    Cell,
    Counted,
    FailedHow,
    cells_of,
    day_at,
    row_of,
    sums_of,
)
from storage import documents
from storage.among import among
from storage.counted_cells import cells_without
from storage.counted_turn import Ended, Mark, Sums, Touched, Turn, Went
from storage.statements import Statement
from storage.tables import table

log = logging.getLogger(__name__)

COUNTED = "counted"
MADE = 1
"""Whoever counts in another way than before has another number: all is counted anew."""

ENTRIES, SIGNOFFS = 200, 10
"""As many are looked at in one turn: nobody who clicks is to wait for long."""

_AUDIT, _SIGNOFF, _MARK = table("audit"), table("signoff"), table("mark")
_ONE, _NAME, _LINK = table("counted"), table("counted_name"), table("incident_of")
_MARKED = Statement(select(_MARK.c.seq, _MARK.c.made).where(_MARK.c.name == bindparam("called")))
_NEWEST = Statement(select(_AUDIT.c.seq).order_by(_AUDIT.c.seq.desc()).limit(1))
_ENTRIES = Statement(
    select(_AUDIT.c.seq, _AUDIT.c.signoff_id)
    .where(_AUDIT.c.seq > bindparam("after"))
    .order_by(_AUDIT.c.seq)
    .limit(bindparam("limit", type_=Integer))
)
_BODY = Statement(select(_AUDIT.c.body).where(_AUDIT.c.seq == bindparam("number")))
_DOCUMENTS = Statement(
    select(
        *(_SIGNOFF.c[it] for it in ("id", "connection", "key", "repository", "environment")),
        *(_SIGNOFF.c.status, _SIGNOFF.c.opened_at, _SIGNOFF.c.document),
    ).where(among(_SIGNOFF.c.id, "ids"))
)
_LINKS = Statement(select(_LINK.c.signoff_id, _LINK.c.how).where(among(_LINK.c.signoff_id, "ids")))
_BEFORE = Statement(select(*_ONE.c).where(among(_ONE.c.signoff_id, "ids")))
_COUNTED_AT = Statement(
    select(_ONE.c.signoff_id, _ONE.c.seq).where(among(_ONE.c.signoff_id, "ids"))
)
_NEWEST_OF = Statement(
    select(_AUDIT.c.signoff_id, func.max(_AUDIT.c.seq))
    .where(among(_AUDIT.c.signoff_id, "ids"))
    .group_by(_AUDIT.c.signoff_id)
)
_NAMED = Statement(
    select(_NAME.c.sort, _NAME.c.name, _NAME.c.signoff_id).where(among(_NAME.c.signoff_id, "ids"))
)


def mark(session: Session) -> Mark | None:
    found = _MARKED.first(session, {"called": COUNTED})
    return Mark(*found) if found else None


def newest(session: Session) -> int:
    return _NEWEST.scalar(session, {}) or 0


def next_turn(session: Session, told_since: int, signoffs: int = SIGNOFFS) -> Turn | None:
    """None: all is counted. Of what ended, that is told which ended after entry `told_since`."""
    known = mark(session)
    if known is None or known.made != MADE:
        return None
    entries = _ENTRIES.rows(session, {"after": known.seq, "limit": ENTRIES})
    if not entries:
        return None
    touched, until = _touched(session, entries, signoffs)
    more = until < entries[-1][0] or len(entries) == ENTRIES
    before = _rows_before(session, list(touched.newest))
    rows = rows_of(session, touched, before)
    made = _with_numbers(session, rows, touched)
    return Turn(
        since=known.seq,
        until=until,
        rows=made,
        went=touched.went,
        cells=_cells(session, rows, before, touched.went),
        ended=[
            ended
            for row in rows
            if touched.oldest[row.signoff_id] > told_since
            and (ended := _ended(row, before.get(row.signoff_id)))
        ],
        more=more,
    )


def _touched(
    session: Session, entries: Sequence[tuple[Any, ...]], signoffs: int
) -> tuple[Touched, int]:
    """Up to before the entry that would touch one more; the first is always taken. Those that a row
    is made of already touch nothing: while it catches up, each signoff is counted once.
    """
    about = sorted({id for _, id in entries})
    counted: dict[str, int] = dict(_COUNTED_AT.rows(session, {"ids": about}))
    touched, until = Touched(), 0
    for seq, signoff_id in entries:
        one = Touched()
        if signoff_id == HOUSE:
            one.tell(seq, _BODY.scalar(session, {"number": seq}))
        elif counted.get(signoff_id, 0) < seq:
            one.add(seq, [signoff_id])
        if until and len(touched.newest.keys() | one.newest.keys()) > signoffs:
            break
        touched.add(seq, one.newest)
        touched.taken_back |= one.taken_back
        touched.went += one.went
        until = seq
    return touched, until


def _with_numbers(
    session: Session, rows: Sequence[Counted], touched: Touched
) -> list[tuple[int, Counted]]:
    """Each with the newest entry that it is made of, which may be newer than those that were taken."""
    ids = [row.signoff_id for row in rows]
    own: dict[str, int] = dict(_NEWEST_OF.rows(session, {"ids": ids}))
    before: dict[str, int] = dict(_COUNTED_AT.rows(session, {"ids": ids}))
    return [
        (max(touched.newest[id], own.get(id, 0), before.get(id, 0)), row)
        for id, row in zip(ids, rows, strict=True)
    ]


def rows_of(session: Session, touched: Touched, before: Mapping[str, Counted]) -> list[Counted]:
    """As these signoffs are by now; of one that cannot be read what its columns say."""
    ids = list(touched.newest)
    hows: dict[str, FailedHow] = dict.fromkeys(touched.taken_back, "rollback")
    hows |= {id: "rollback" for id, it in before.items() if it.failed_how == "rollback"}
    for signoff_id, how in _LINKS.rows(session, {"ids": ids}):
        if how in RANK:
            hows[signoff_id] = max(hows.get(signoff_id, ""), how, key=RANK.index)
    return [_row(it, hows.get(it.id, "")) for it in _DOCUMENTS.records(session, {"ids": ids})]


def _row(record: Any, how: FailedHow) -> Counted:
    try:
        return row_of(documents.read_signoff(record.document), how)
    except ValueError:
        log.exception("%s cannot be read, and is counted by its status alone", record.id)
    return Counted(
        signoff_id=record.id,
        connection=record.connection,
        key=record.key,
        repository=record.repository,
        environment=record.environment,
        kind="",
        opened_at=record.opened_at,
        day=day_at(record.opened_at),
        status=record.status,
        ai="",
        failed=int(how != ""),
        failed_how=how,
    )


def _rows_before(session: Session, ids: Sequence[str]) -> Mapping[str, Counted]:
    names: dict[str, list[tuple[str, str]]] = {}
    for sort, name, signoff_id in _NAMED.rows(session, {"ids": ids}):
        names.setdefault(signoff_id, []).append((sort, name))
    found = {}
    for record in _BEFORE.records(session, {"ids": ids}):
        facts = {name: it for name, it in record._asdict().items() if name != "seq"}
        named = tuple(names.get(record.signoff_id, ()))
        found[record.signoff_id] = Counted(**facts, names=named)
    return found


def _cells(
    session: Session, rows: Sequence[Counted], before: Mapping[str, Counted], went: Sequence[Went]
) -> Mapping[Cell, Sums | None]:
    """Each anew: what it is without these, and what they add to it as they are now."""
    touched = {cell for row in (*rows, *before.values()) for cell in cells_of(row)}
    touched |= {(UNASKED, it.environment, it.day) for it in went}
    ids = [*(row.signoff_id for row in rows), *(it.id for it in went)]
    left = cells_without(session, touched, ids)
    cells: dict[Cell, Sums | None] = {cell: left.get(cell) for cell in touched}
    for row in rows:
        sums = sums_of(row)
        for cell in cells_of(row):
            cells[cell] = _added(cells[cell], sums)
    for it in went:
        cell = (UNASKED, it.environment, it.day)
        cells[cell] = _added(cells[cell], {**dict.fromkeys(SUMS, 0), "shipped": 1})
    return cells


def _added(one: Sums | None, other: Sums) -> Sums:
    return {name: one[name] + other[name] for name in SUMS} if one else other


def _ended(row: Counted, before: Counted | None) -> Ended | None:
    if row.status == "pending" or (before is not None and before.status != "pending"):
        return None
    in_time = None if row.in_time is None else bool(row.in_time)
    waited = row.decided_at - row.opened_at if row.decided_at else None
    late = waited.total_seconds() if waited and in_time is False else None
    took = late if row.took is None else row.took
    return Ended(status=row.status, tier=row.tier, took=took, in_time=in_time)

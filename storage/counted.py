"""How is a turn of counting written down? All of it, or nothing where somebody else counted first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

import storage.tables_seeing  # noqa: F401 -- so that its tables are known
from bot.domain.house_events import HOUSE
from bot.domain.seeing.counted import SUMS, UNASKED, Counted
from storage import counted_cells
from storage.among import among
from storage.counted_looking import COUNTED, MADE, newest, rows_of
from storage.counted_turn import Touched, Turn, Went
from storage.statements import Statement, connection_of
from storage.tables import table

EMPTIED_AT_ONCE = 1_000
"""Rows of a table: of a server that begins anew nobody is to wait for long."""

AT_A_TIME = 1_000
_BEING_EMPTIED = 0

_ONE, _NAME, _DAILY, _MARK = (table(it) for it in ("counted", "counted_name", "daily", "mark"))
_AUDIT = table("audit")
_NEWEST_OF_EACH = (
    select(_AUDIT.c.signoff_id, func.max(_AUDIT.c.seq))
    .where(_AUDIT.c.signoff_id != HOUSE)
    .group_by(_AUDIT.c.signoff_id)
)
_OF_HOUSE = (
    select(_AUDIT.c.seq, _AUDIT.c.body).where(_AUDIT.c.signoff_id == HOUSE).order_by(_AUDIT.c.seq)
)
_THE_MARK = _MARK.c.name == COUNTED
_GO_ON = Statement(
    _MARK.update().where(
        _THE_MARK, _MARK.c.seq == bindparam("since"), _MARK.c.made == bindparam("version")
    ),
    "seq",
)
_PUT_MARK = insert(_MARK)
_SET_MARK = Statement(
    _PUT_MARK.on_conflict_do_update(
        index_elements=["name"],
        set_={it: _PUT_MARK.excluded[it] for it in ("seq", "made")},
    ),
    *("name", "seq", "made"),
)
_FACTS = tuple(it.name for it in fields(Counted) if it.name not in ("signoff_id", "names"))
_PUT = insert(_ONE)
_KEEP = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["signoff_id"],
        set_={it: _PUT.excluded[it] for it in ("seq", *_FACTS)},
    ),
    *("signoff_id", "seq", *_FACTS),
)
_FORGET_NAMES = Statement(_NAME.delete().where(among(_NAME.c.signoff_id, "ids")))
_NAMED = (
    "sort",
    "name",
    "day",
    "signoff_id",
    "status",
    "ai",
    "took",
    "looked",
    "shipped",
    "failed",
)
_PUT_NAME = Statement(_NAME.insert(), *_NAMED)
_PUT_CELL = insert(_DAILY)
_SUM = Statement(
    _PUT_CELL.on_conflict_do_update(
        index_elements=["sort", "name", "day"], set_={it: _PUT_CELL.excluded[it] for it in SUMS}
    ),
    *("sort", "name", "day", *SUMS),
)
_NO_CELL = Statement(
    _DAILY.delete().where(
        _DAILY.c.sort == bindparam("of_sort"),
        _DAILY.c.name == bindparam("called"),
        _DAILY.c.day == bindparam("on"),
    )
)


def keep(session: Session, turn: Turn) -> bool:
    """False: another process counted it meanwhile, or it has to be begun anew."""
    if not _GO_ON.run(session, {"seq": turn.until, "since": turn.since, "version": MADE}):
        return False
    ids = turn.ids
    if not ids:
        return True
    _FORGET_NAMES.run(session, {"ids": ids})
    _keep_rows(session, turn.rows, turn.went)
    sums, gone = [], []
    for (sort, name, day), cell in turn.cells.items():
        if cell:
            sums.append({"sort": sort, "name": name, "day": day, **cell})
        else:
            gone.append({"of_sort": sort, "called": name, "on": day})
    _SUM.run_all(session, sums)
    _NO_CELL.run_all(session, gone)
    return True


def forget_some(session: Session, limit: int = EMPTIED_AT_ONCE) -> bool:
    """Begin anew: take away what was counted, so much at once. True: nothing is left, and it can be
    counted from the first entry on.
    """
    _SET_MARK.run(session, {"name": COUNTED, "seq": 0, "made": _BEING_EMPTIED})
    connection = connection_of(session)
    left = False
    for rows in (_ONE, _NAME, _DAILY):
        keys = list(rows.primary_key.columns)
        some = connection.execute(select(*keys).limit(limit)).all()
        left = left or len(some) == limit
        if some:
            this = delete(rows)
            for key in keys:
                this = this.where(key == bindparam(f"the_{key.name}"))
            connection.execute(
                this, [{f"the_{key.name}": it[n] for n, key in enumerate(keys)} for it in some]
            )
    if not left:
        _SET_MARK.run(session, {"name": COUNTED, "seq": 0, "made": MADE})
    return not left


def forget(session: Session) -> None:
    """All of it, while nobody else is here: it is counted anew by whoever comes next."""
    connection = session.connection()
    for rows in (_ONE, _NAME, _DAILY):
        connection.execute(rows.delete())
    _SET_MARK.run(session, {"name": COUNTED, "seq": 0, "made": MADE})


def count_anew(session: Session) -> tuple[int, int]:
    """All at once, while nobody else is here: how many signoffs, and up to which entry."""
    forget(session)
    until, touched = newest(session), _all_touched(session)
    ids = list(touched.newest)
    for start in range(0, len(ids), AT_A_TIME):
        some = ids[start : start + AT_A_TIME]
        part = Touched({it: touched.newest[it] for it in some}, {}, touched.taken_back)
        rows = [(touched.newest[row.signoff_id], row) for row in rows_of(session, part, {})]
        _keep_rows(session, rows, ())
    _PUT_NAME.run_all(session, list(_went(touched.went)))
    counted_cells.sum_all(session)
    _SET_MARK.run(session, {"name": COUNTED, "seq": until, "made": MADE})
    return len(ids), until


def _all_touched(session: Session) -> Touched:
    touched, connection = Touched(), session.connection()
    for signoff_id, seq in connection.execute(_NEWEST_OF_EACH):
        touched.add(seq, [signoff_id])
    for seq, body in connection.execute(_OF_HOUSE):
        touched.tell(seq, body)
    return touched


def _keep_rows(session: Session, rows: Iterable[tuple[int, Counted]], went: Iterable[Went]) -> None:
    made = list(rows)
    _KEEP.run_all(session, [_columns(seq, row) for seq, row in made])
    names = [name for _, row in made for name in _names(row)]
    _PUT_NAME.run_all(session, [*names, *_went(went)])


def _columns(seq: int, row: Counted) -> Mapping[str, Any]:
    return {
        "signoff_id": row.signoff_id,
        "seq": seq,
        **{name: getattr(row, name) for name in _FACTS},
    }


def _names(row: Counted) -> Iterator[Mapping[str, Any]]:
    for sort, name in row.names:
        yield {
            "sort": sort,
            "name": name,
            "day": row.day,
            "signoff_id": row.signoff_id,
            "status": row.status,
            "ai": row.ai,
            "took": row.took,
            "looked": row.looked,
            "shipped": int(row.shipped_at is not None),
            "failed": row.failed,
        }


def _went(these: Iterable[Went]) -> Iterator[Mapping[str, Any]]:
    for it in these:
        yield {
            "sort": UNASKED,
            "name": it.environment,
            "day": it.day,
            "signoff_id": it.id,
            "status": UNASKED,
            "ai": "",
            "took": None,
            "looked": 0,
            "shipped": 1,
            "failed": 0,
        }

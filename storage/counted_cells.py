"""What are the sums of a day, under each name? Out of the rows of signoffs, on both databases alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

import storage.tables_seeing  # noqa: F401 -- so that its tables are known
from bot.domain.seeing.counted import (
    BY_COLUMN,
    BY_NAME,
    ENDS,
    OF_ALL,
    SUMS,
    UNASKED,
    WENT_OUT,
    Cell,
)
from storage.among import among
from storage.counted_turn import Sums
from storage.statements import Statement
from storage.tables import table

_ONE, _NAME, _DAILY = table("counted"), table("counted_name"), table("daily")
_EPOCH, _DAY = datetime(1970, 1, 1, tzinfo=UTC), literal_column("86400", BigInteger)


class whole_seconds(FunctionElement[int]):
    """Of a moment, since 1970."""

    inherit_cache = True
    type = BigInteger()


@compiles(whole_seconds, "sqlite")
def _by_text(element: whole_seconds, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **how)}) AS INTEGER)"


@compiles(whole_seconds, "postgresql")
def _by_epoch(element: whole_seconds, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **how)})) AS bigint)"


def cells_without(
    session: Session, cells: Collection[Cell], signoff_ids: Sequence[str]
) -> Mapping[Cell, Sums]:
    """The sums of these, as they would be without those signoffs; none where nothing is left."""
    found: dict[Cell, Sums] = {}
    wanted: dict[str, set[Cell]] = defaultdict(set)
    for cell in cells:
        wanted[cell[0]].add(cell)
    for sort in BY_COLUMN:
        days = sorted({day for *_, day in wanted[sort]})
        if days:
            values = {"days": days, "without": signoff_ids}
            found |= _read(_OF_COLUMN[sort].rows(session, values), wanted[sort])
    named = set[Cell]().union(*(wanted[sort] for sort in BY_NAME))
    if named:
        sorts, names, numbers = (sorted(set(it)) for it in zip(*named, strict=True))
        values = {"sorts": sorts, "names": names, "days": numbers, "without": signoff_ids}
        found |= _read(_OF_NAMES.rows(session, values), named)
    for cell in wanted[WENT_OUT]:
        since = _EPOCH + timedelta(days=cell[2])
        at = {"place": cell[1], "since": since, "until": since + timedelta(days=1)}
        found |= _read(_WENT_OUT_AT.rows(session, {**at, "without": signoff_ids}), {cell})
    for cell in wanted[UNASKED]:
        number = _UNASKED_AT.scalar(
            session, {"place": cell[1], "on": cell[2], "without": signoff_ids}
        )
        if number:
            found[cell] = {**dict.fromkeys(SUMS, 0), "shipped": number}
    return found


def sum_all(session: Session) -> None:
    """Each cell out of all rows; there are none yet."""
    connection = session.connection()
    columns = ["sort", "name", "day", *SUMS]
    names = _by_name().where(_NAME.c.sort.in_(BY_NAME))
    for query in (*map(_by_column, BY_COLUMN), _went_out(), names, _unasked()):
        connection.execute(insert(_DAILY).from_select(columns, query))


def _read(rows: Iterable[Sequence[Any]], wanted: Collection[Cell]) -> Iterator[tuple[Cell, Sums]]:
    for sort, name, day, *sums in rows:
        if (sort, name, day) in wanted:
            yield (sort, name, day), {it: int(sum) for it, sum in zip(SUMS, sums, strict=True)}


def _by_column(sort: str) -> Select[Any]:
    name = _named(sort)
    query = select(_word(sort).label("sort"), name.label("name"), _ONE.c.day, *_sums())
    return query.group_by(_ONE.c.day, *([] if sort == OF_ALL else [name]))


def _word(word: str) -> ColumnElement[str]:
    """Written out, so that what is grouped by is what is selected."""
    return literal_column(f"'{word}'", String)


def _named(sort: str) -> ColumnElement[str]:
    if sort == OF_ALL:
        return _word(OF_ALL)
    if sort == "ai tier":
        return _ONE.c.ai + _word(" ") + _ONE.c.tier
    return _ONE.c[sort]


def _by_name() -> Select[Any]:
    return (
        select(_NAME.c.sort, _NAME.c.name, _NAME.c.day, *_sums())
        .join(_ONE, _ONE.c.signoff_id == _NAME.c.signoff_id)
        .group_by(_NAME.c.sort, _NAME.c.name, _NAME.c.day)
    )


def _went_out() -> Select[Any]:
    """By the day it was shipped."""
    day = (whole_seconds(_ONE.c.shipped_at) // _DAY).cast(Integer)
    return (
        select(_word(WENT_OUT).label("sort"), _ONE.c.environment, day.label("day"), *_sums())
        .where(_ONE.c.shipped_at.is_not(None))
        .group_by(_ONE.c.environment, day)
    )


def _unasked() -> Select[Any]:
    """Of these there is no signoff: that they were shipped is all that is known."""
    nought = {it: literal(0).label(it) for it in SUMS}
    sums = {**nought, "shipped": func.count().label("shipped")}
    return (
        select(_NAME.c.sort, _NAME.c.name, _NAME.c.day, *sums.values())
        .where(_NAME.c.sort == UNASKED)
        .group_by(_NAME.c.sort, _NAME.c.name, _NAME.c.day)
    )


def _sums() -> Iterator[ColumnElement[Any]]:
    """In the order of SUMS; `bot/domain/seeing/counted.py` says the same of one row."""
    one = _ONE.c
    shipped = one.shipped_at.is_not(None)
    led = and_(shipped, one.committed_at.is_not(None), one.decided_at.is_not(None))
    yield func.count()
    yield from (_number(one.status == status) for status in ENDS)
    yield _sum(one.in_time)
    yield func.count(one.in_time)
    yield from (_sum(it) for it in (one.asked, one.reviews))
    yield _number(shipped)
    yield _sum(one.ship_failed)
    yield _sum(case((shipped, one.failed), else_=0))
    yield func.count(one.took)
    yield _number(led)
    yield from (_sum(it) for it in (one.took, one.looked))
    yield _sum(case((led, _between(one.committed_at, one.shipped_at)), else_=0))
    yield _sum(case((led, _between(one.opened_at, one.decided_at)), else_=0))


def _between(since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[int]:
    length = whole_seconds(until) - whole_seconds(since)
    return case((length > 0, length), else_=0)


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return _sum(case((condition, 1), else_=0))


def _sum(number: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(number), 0).cast(BigInteger)


_OTHERS = ~among(_ONE.c.signoff_id, "without")
_OF_COLUMN = {
    sort: Statement(_by_column(sort).where(among(_ONE.c.day, "days"), _OTHERS))
    for sort in BY_COLUMN
}
_OF_NAMES = Statement(
    _by_name().where(
        among(_NAME.c.sort, "sorts"),
        among(_NAME.c.name, "names"),
        among(_NAME.c.day, "days"),
        ~among(_NAME.c.signoff_id, "without"),
    )
)
_MOMENT = _ONE.c.shipped_at.type
_WENT_OUT_AT = Statement(
    _went_out().where(
        _ONE.c.environment == bindparam("place"),
        _ONE.c.shipped_at >= bindparam("since", type_=_MOMENT),
        _ONE.c.shipped_at < bindparam("until", type_=_MOMENT),
        _OTHERS,
    )
)
_UNASKED_AT = Statement(
    select(func.count())
    .select_from(_NAME)
    .where(
        _NAME.c.sort == UNASKED,
        _NAME.c.name == bindparam("place"),
        _NAME.c.day == bindparam("on"),
        ~among(_NAME.c.signoff_id, "without"),
    )
)

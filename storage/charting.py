"""What are charts made of? Sums of whole weeks, of all or of those under one name.

Of all: from the sums of days. Of those under a name: from the rows themselves, which are fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, and_, bindparam, case, func, select
from sqlmodel import Session

import storage.tables_seeing  # noqa: F401 -- so that its tables are known
from bot.domain.globs import name_fits
from bot.domain.seeing.dora import Lead
from bot.domain.seeing.question import USUAL, Question
from bot.domain.seeing.sums import NAMES, Sums
from storage.counted_cells import whole_seconds
from storage.statements import Statement
from storage.tables import table

_ONE, _NAMED, _DAY = (table(it) for it in ("counted", "counted_name", "daily"))
_INCIDENT, _LINK = table("incident"), table("incident_of")
_COLUMNS = ("ai", "tier", "environment", "connection")
"""What has a column; every other name of a signoff has a row."""

_IN_DAYS = _ONE.c.day.between(bindparam("since"), bindparam("until"))
_TAKEN = Statement(select(_ONE.c.day, _ONE.c.took).where(_IN_DAYS, _ONE.c.took.is_not(None)))
_ENDED = Statement(
    select(_ONE.c.took, _ONE.c.failed).where(
        _IN_DAYS, _ONE.c.took.is_not(None), _ONE.c.shipped_at.is_not(None)
    )
)
"""As many as there are: they go straight from the driver."""

_MONDAY = 3
NAMES_AT_MOST, INCIDENTS_AT_MOST = 500, 1000
_COUNTED = ("said", "nearby")


def weekly(session: Session, question: Question) -> Mapping[int, Sums]:
    """Of each week that has any."""
    week = _week(_DAY.c.day)
    found = (
        select(week, *_summed()).where(_of(question), _days(_DAY.c.day, question)).group_by(week)
    )
    return {row[0]: _sums(row[1:]) for row in _rows(session, found)}


def split(session: Session, by: str, question: Question) -> Mapping[str, Sums]:
    """Of each name of this sort, the most frequent first; "" is a name as well."""
    if question.is_of_all:
        day = _DAY.c
        found = select(day.name, *_summed()).where(day.sort == by, _days(day.day, question))
        found = found.group_by(day.name).order_by(func.sum(day.opened).desc())
    else:
        name, source = _names(by, question)
        found = select(name, *_counts()).select_from(source).where(_asked(question))
        found = found.group_by(name).order_by(func.count().desc())
    return {row[0]: _sums(row[1:]) for row in _rows(session, found.limit(NAMES_AT_MOST))}


def taken(session: Session, question: Question) -> Sequence[tuple[int, int]]:
    """Of what people decided: the day it was opened, and how many seconds it took."""
    one = _ONE.c
    if question.is_of_all:
        days = {"since": question.since_day, "until": question.until_day}
        return [(row[0], row[1]) for row in _TAKEN.rows(session, days)]
    found = select(one.day, one.took).select_from(_source(question))
    found = found.where(_asked(question), one.took.is_not(None))
    return [(row[0], row[1]) for row in _rows(session, found)]


def ended(session: Session, question: Question) -> Sequence[tuple[int, int, int]]:
    """Of the same, as far as it was deployed: how long it took, 1, and whether it failed."""
    one = _ONE.c
    if question.is_of_all:
        days = {"since": question.since_day, "until": question.until_day}
        return [(row[0], 1, row[1]) for row in _ENDED.rows(session, days)]
    found = select(one.took, one.failed).select_from(_source(question))
    found = found.where(_asked(question), one.took.is_not(None), one.shipped_at.is_not(None))
    return [(row[0], 1, row[1]) for row in _rows(session, found)]


def escaped(session: Session, by: str, question: Question) -> Mapping[str, Sums]:
    """Of what people approved and was deployed, what failed: of each name of this sort."""
    named = _NAMED.alias("named")
    found = select(named.c.name, func.count(), func.sum(named.c.failed)).where(
        named.c.sort == by, named.c.status == "approved", named.c.shipped == 1
    )
    if question.is_of_all:
        found = found.where(_days(named.c.day, question))
    else:
        same = named.c.signoff_id == _ONE.c.signoff_id
        found = found.select_from(_source(question).join(named, same)).where(_asked(question))
    found = found.group_by(named.c.name).order_by(func.count().desc()).limit(NAMES_AT_MOST)
    return {row[0]: Sums(shipped=row[1], failed=int(row[2])) for row in _rows(session, found)}


def reviewers(session: Session, question: Question) -> Mapping[str, int]:
    """How many people reviewed for each group, lately: not who."""
    lately = replace(question, weeks=min(question.weeks, USUAL))
    group, reviewer = _NAMED.alias("groups"), _NAMED.alias("reviewers")
    both = and_(reviewer.c.signoff_id == group.c.signoff_id, reviewer.c.sort == "reviewer")
    found = (
        select(group.c.name, func.count(reviewer.c.name.distinct()))
        .select_from(group.join(reviewer, both))
        .where(group.c.sort == "group", _days(group.c.day, lately))
        .group_by(group.c.name)
    )
    return {row[0]: row[1] for row in _rows(session, found)}


def went_out(session: Session, question: Question) -> Mapping[int, tuple[int, int, int]]:
    """Of each week, in production: deployed and asked about, deployed unasked, failed."""
    day, week = _DAY.c, _week(_DAY.c.day)
    found = (
        select(week, day.sort, day.name, func.sum(day.shipped), func.sum(day.failed))
        .where(day.sort.in_(("went out", "unasked")), _days(day.day, question))
        .group_by(week, day.sort, day.name)
    )
    weeks: dict[int, tuple[int, int, int]] = {}
    for number, sort, name, shipped, failed in _rows(session, found):
        if name_fits(name, question.production):
            asked, unasked, ill = weeks.get(number, (0, 0, 0))
            one = (int(shipped), 0, int(failed)) if sort == "went out" else (0, int(shipped), 0)
            weeks[number] = (asked + one[0], unasked + one[1], ill + one[2])
    return weeks


def leads(session: Session, question: Question) -> Sequence[Lead]:
    """Of what went out to production in these weeks, as far as it is known when it was written."""
    one = _ONE.c
    moments = (one.committed_at, one.opened_at, one.decided_at, one.shipped_at)
    seconds = [whole_seconds(it) for it in moments]
    found = select(*(after - before for before, after in pairwise(seconds))).where(
        one.environment.in_(_production(session, question)),
        one.shipped_at >= question.since,
        one.committed_at.is_not(None),
        one.decided_at.is_not(None),
    )
    return [Lead(*(max(0, it) for it in row)) for row in _rows(session, found)]


def _production(session: Session, question: Question) -> Sequence[str]:
    found = select(_DAY.c.name).where(_DAY.c.sort == "went out").distinct()
    names = [row[0] for row in _rows(session, found)]
    return [it for it in names if name_fits(it, question.production)]


def troubles(session: Session, question: Question) -> Sequence[tuple[datetime, datetime | None]]:
    """When what is linked to a deployment to production began, and when it was over."""
    row, link = _INCIDENT.c, _LINK.c
    linked = select(link.incident_id).where(link.how.in_(_COUNTED))
    found = select(row.environment, row.started_at, row.resolved_at).where(
        row.started_at >= question.since, row.id.in_(linked)
    )
    return [
        (it[1], it[2])
        for it in _rows(session, found.limit(INCIDENTS_AT_MOST))
        if name_fits(it[0], question.production)
    ]


def _names(by: str, question: Question) -> tuple[ColumnElement[str], FromClause]:
    """The column of a sort's names, and what it is selected from."""
    if by in _COLUMNS:
        return _ONE.c[by], _source(question)
    named = _NAMED.alias("named")
    both = and_(named.c.signoff_id == _ONE.c.signoff_id, named.c.sort == by)
    return named.c.name, _source(question).join(named, both)


def _source(question: Question) -> FromClause:
    """All that are counted, or those under the name that was asked for."""
    if question.is_of_all or question.sort in _COLUMNS:
        return _ONE
    only = _NAMED.alias("only")
    return _ONE.join(
        only,
        and_(
            only.c.signoff_id == _ONE.c.signoff_id,
            only.c.sort == question.sort,
            only.c.name == question.of,
        ),
    )


def _of(question: Question) -> ColumnElement[bool]:
    return and_(_DAY.c.sort == question.sort, _DAY.c.name == (question.of or "all"))


def _asked(question: Question) -> ColumnElement[bool]:
    days = _days(_ONE.c.day, question)
    if question.sort in _COLUMNS:
        return and_(days, _ONE.c[question.sort] == question.of)
    return days


def _days(day: ColumnElement[int], question: Question) -> ColumnElement[bool]:
    return day.between(question.since_day, question.until_day)


def _week(day: ColumnElement[int]) -> ColumnElement[int]:
    """By Mondays, whole numbers on both databases."""
    return (day + _MONDAY) // 7


def _summed() -> Iterator[ColumnElement[Any]]:
    for name in NAMES:
        yield func.sum(_DAY.c[name])


def _counts() -> Iterator[ColumnElement[Any]]:
    """What the sums of days are made of, in the order of `NAMES`."""
    one = _ONE.c
    shipped = one.shipped_at.is_not(None)
    yield func.count()
    for status in ("approved", "rejected", "expired", "overridden", "not_required"):
        yield _number(one.status == status)
    yield func.sum(func.coalesce(one.in_time, 0))
    yield _number(one.in_time.is_not(None))
    yield _number(shipped)
    yield func.sum(case((shipped, one.failed), else_=0))
    yield func.sum(one.looked)


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0).cast(Integer))


def _sums(row: Sequence[Any]) -> Sums:
    return Sums(**{name: int(it) for name, it in zip(NAMES, row, strict=True)})


def _rows(session: Session, query: Any) -> Sequence[Any]:
    return session.execute(query).all()

"""Who decided what lately, how much was it, and since when did they have it before them?"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select, true
from sqlmodel import Session, col

from bot.domain.attention import Decided
from bot.domain.signoff import Verdict
from storage.among import among
from storage.figures import AT_A_TIME, BUDGET, within
from storage.searching import holds, written
from storage.statements import Statement
from storage.tables import SignoffRow, table

log = logging.getLogger(__name__)

LOOKED_AT = 5_000
"""Signoffs that are looked through for one answer; of more, the newest."""

_INVITATION = table("invitation").c
_ASKED = Statement(
    select(_INVITATION.signoff_id, _INVITATION.person, _INVITATION.at).where(
        among(_INVITATION.person, "people"),
        _INVITATION.at >= bindparam("since", type_=_INVITATION.at.type),
    )
)


@dataclass(frozen=True, slots=True)
class _File:
    additions: int = 0
    deletions: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    files: tuple[_File, ...] = ()


@dataclass(frozen=True, slots=True)
class _Review:
    person: str
    verdict: Verdict
    at: datetime
    carried: object = None
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Glimpse:
    """The few fields of a signoff's document that count; the others are skipped unread."""

    id: str
    change: _Change
    opened_at: datetime
    reviews: tuple[_Review, ...] = ()


_glimpse: TypeAdapter[_Glimpse] = TypeAdapter(_Glimpse)


def decided_by(
    session: Session,
    people: Collection[str],
    since: datetime,
    until: datetime | None = None,
    limit: int = LOOKED_AT,
    budget: int = BUDGET,
) -> Sequence[Decided]:
    """What these people decided since then, of what was opened since; of much the newest. Neither of
    it later than `until`.

    What was carried on from an earlier revision took nobody any time, and does not count.
    """
    asked = _asked(session, people, since)
    opened = col(SignoffRow.opened_at)
    newest = (
        select(col(SignoffRow.document), opened)
        .where(opened >= since, opened < until if until else true())
        .order_by(opened.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(newest.c.document)
        .where(holds(session, newest.c.document, _told(people)))
        .order_by(newest.c.opened_at.desc())
    )
    options = {"yield_per": AT_A_TIME}
    with session.connection().execute(query, execution_options=options).scalars() as found:
        return [
            decided
            for seen in _readable(within(found, budget))
            for decided in _decided(seen, asked)
            if decided.person in people and (until is None or decided.at < until)
        ]


def _told(people: Collection[str]) -> str:
    """What stands in a document that somebody reviewed, or this one person alone."""
    name = f'"person":{written(next(iter(people)))},' if len(people) == 1 else ""
    return f'{name}"verdict":"'


def _asked(
    session: Session, people: Collection[str], since: datetime
) -> Mapping[tuple[str, str], datetime]:
    rows = _ASKED.rows(session, {"people": sorted(people), "since": since})
    return {(signoff_id, person): at for signoff_id, person, at in rows}


def _readable(documents: Iterable[str]) -> Iterator[_Glimpse]:
    """One that cannot be read must not hide all others."""
    for document in documents:
        try:
            yield _glimpse.validate_json(document)
        except ValueError:
            log.exception("a signoff in the database cannot be counted")


def _decided(seen: _Glimpse, asked: Mapping[tuple[str, str], datetime]) -> Iterator[Decided]:
    lines = sum(file.additions + file.deletions for file in seen.change.files)
    for review in seen.reviews:
        if review.carried is None:
            yield Decided(
                person=review.person,
                at=review.at,
                approved=review.verdict is Verdict.APPROVE,
                asked_at=asked.get((seen.id, review.person), seen.opened_at),
                looked_at=review.looked_at,
                lines=lines,
            )

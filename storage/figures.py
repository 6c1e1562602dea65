"""What counts of many signoffs? A glimpse of each, without reading all that is known of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.domain.figures import Case
from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskTier
from bot.domain.signoff import Status
from storage.tables import SignoffRow

log = logging.getLogger(__name__)

BUDGET = 100_000_000
"""Characters of documents that are looked at for one answer: somebody waits for it."""

AT_A_TIME = 100


@dataclass(frozen=True, slots=True)
class _Ask:
    groups: frozenset[str] = frozenset()
    wider: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Requirement:
    asks: tuple[_Ask, ...] = ()
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Provenance:
    status: AiStatus


@dataclass(frozen=True, slots=True)
class _Risk:
    tier: RiskTier


@dataclass(frozen=True, slots=True)
class _Review:
    at: datetime
    carried: object = None


@dataclass(frozen=True, slots=True)
class _Asked:
    person: str


@dataclass(frozen=True, slots=True)
class _Glimpse:
    """The few fields of a signoff's document that are counted; the others are skipped unread."""

    opened_at: datetime
    status: Status
    provenance: _Provenance
    requirement: _Requirement
    risk: _Risk | None = None
    invited: tuple[_Asked, ...] = ()
    reviews: tuple[_Review, ...] = ()
    escalated: bool = False
    decided_at: datetime | None = None


_glimpse: TypeAdapter[_Glimpse] = TypeAdapter(_Glimpse)


def opened_since(
    session: Session, since: datetime, limit: int, budget: int = BUDGET
) -> Sequence[Case]:
    """The newest that were opened from that moment on, newest first; fewer where they are large."""
    query = (
        select(SignoffRow.document)
        .where(col(SignoffRow.opened_at) >= since)
        .order_by(col(SignoffRow.opened_at).desc())
        .limit(limit)
    )
    with session.exec(query.execution_options(yield_per=AT_A_TIME)) as found:
        return list(_readable(within(found, budget)))


def count_since(session: Session, since: datetime) -> int:
    """How many were opened from that moment on; the index alone says so."""
    query = select(func.count()).select_from(SignoffRow).where(col(SignoffRow.opened_at) >= since)
    return session.exec(query).one()


def within(documents: Iterable[str], budget: int) -> Iterator[str]:
    """As many of them as have no more characters together."""
    for document in documents:
        budget -= len(document)
        if budget < 0:
            return
        yield document


def _readable(documents: Iterable[str]) -> Iterator[Case]:
    """One that cannot be read must not hide all others."""
    for document in documents:
        try:
            yield _case(_glimpse.validate_json(document))
        except ValueError:
            log.exception("a signoff in the database cannot be counted")


def _case(seen: _Glimpse) -> Case:
    circles = [
        ask.groups | ask.wider if seen.escalated else ask.groups for ask in seen.requirement.asks
    ]
    fresh = [review.at for review in seen.reviews if review.carried is None]
    return Case(
        opened_at=seen.opened_at,
        status=seen.status,
        ai=seen.provenance.status,
        groups=frozenset(seen.requirement.owners).union(*circles),
        tier=seen.risk.tier if seen.risk else None,
        asked=len(seen.invited),
        decided_at=seen.decided_at,
        reviewed_at=min(fresh, default=None),
    )

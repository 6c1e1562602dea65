"""How many, how fast, and how did they end? Figures about signoffs, never about people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean, median

from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskTier
from bot.domain.signoff import Status

ENOUGH = 5
"""Of fewer than that, nothing is said but how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What counts of one signoff; `reviewed_at`: when somebody first reviewed it, not earlier ones
    that were carried on to it; `asked` how many people were; `groups` those it waited for."""

    opened_at: datetime
    status: Status
    ai: AiStatus
    groups: frozenset[str]
    tier: RiskTier | None = None
    asked: int = 0
    decided_at: datetime | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """None where there is too little to say; `in_time` is the share that people decided of what
    they decided or let expire, from 0 to 1."""

    cases: int
    statuses: Mapping[Status, int]
    ai: Mapping[AiStatus, int]
    tiers: Mapping[RiskTier | None, int]
    decided_in: timedelta | None
    decided_in_90: timedelta | None
    reviewed_in: timedelta | None
    in_time: float | None
    asked: float | None


def figures_of(cases: Iterable[Case]) -> Figures:
    found = tuple(cases)
    statuses = Counter(case.status for case in found)
    decided = sorted(_decided_in(found))
    reviewed = [case.reviewed_at - case.opened_at for case in found if case.reviewed_at]
    put_to_people = [case for case in found if case.status is not Status.NOT_REQUIRED]
    return Figures(
        cases=len(found),
        statuses=statuses,
        ai=Counter(case.ai for case in found),
        tiers=Counter(case.tier for case in found),
        decided_in=middle(decided) if len(decided) >= ENOUGH else None,
        decided_in_90=ninetieth(decided) if len(decided) >= ENOUGH else None,
        reviewed_in=middle(reviewed) if len(reviewed) >= ENOUGH else None,
        in_time=_in_time(statuses),
        asked=mean(case.asked for case in put_to_people) if len(put_to_people) >= ENOUGH else None,
    )


def middle(lengths: Iterable[timedelta]) -> timedelta:
    return timedelta(seconds=median(length.total_seconds() for length in lengths))


def ninetieth(ordered: Sequence[timedelta]) -> timedelta:
    """Nine of ten took no longer; one that there was, not one in between."""
    return ordered[-(-len(ordered) * 9 // 10) - 1]


def _decided_in(cases: Iterable[Case]) -> Iterable[timedelta]:
    """Of those that somebody decided on; what was carried on at once took nobody any time."""
    for case in cases:
        if case.status in (Status.APPROVED, Status.REJECTED) and case.reviewed_at:
            yield (case.decided_at or case.reviewed_at) - case.opened_at


def _in_time(statuses: Mapping[Status, int]) -> float | None:
    decided = statuses.get(Status.APPROVED, 0) + statuses.get(Status.REJECTED, 0)
    due = decided + statuses.get(Status.EXPIRED, 0)
    return decided / due if due >= ENOUGH else None

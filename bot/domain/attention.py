"""How do people look before they decide? Signs, and no verdicts: for a person alone, or for many.

Whoever decides quickly may know the code by heart. What the signs are of is a person's own affair,
so of others nothing is ever said but sums over several, of weeks that are over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

ENOUGH = 5
"""Of fewer reviews nothing is said but how many there are, and of fewer people nothing at all."""

HOUR = timedelta(hours=1)
WEEKS = timedelta(weeks=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One review. `asked_at` is when they were asked, or when it was opened if they were not;
    `looked_at` when they opened its evidence, if anybody saw that; `lines` are those it changes.
    """

    person: str
    at: datetime
    approved: bool
    asked_at: datetime
    looked_at: datetime | None
    lines: int

    @property
    def took(self) -> timedelta:
        """Since they had it before them: the evidence, or else the question."""
        return max(self.at - (self.looked_at or self.asked_at), timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """None where there is too little to say. Shares are from 0 to 1; `took` and `per_100_lines` are
    medians, and `busiest_hour` how many one person decided within an hour at the most.
    """

    reviews: int
    approved_share: float | None = None
    opened_share: float | None = None
    took: timedelta | None = None
    per_100_lines: timedelta | None = None
    busiest_hour: int | None = None


def signals_of(reviews: Iterable[Decided]) -> Signals:
    found = tuple(reviews)
    if len(found) < ENOUGH:
        return Signals(reviews=len(found))
    sized = [it.took * 100 / it.lines for it in found if it.lines > 0]
    return Signals(
        reviews=len(found),
        approved_share=sum(it.approved for it in found) / len(found),
        opened_share=sum(it.looked_at is not None for it in found) / len(found),
        took=_middle([it.took for it in found]),
        per_100_lines=_middle(sized) if len(sized) >= ENOUGH else None,
        busiest_hour=_busiest(found),
    )


def signals_of_many(reviews: Iterable[Decided]) -> Signals | None:
    """The same over all of them. None where too few took part, or one decided more than half: then
    it would be about that one.
    """
    found = tuple(reviews)
    by = Counter(it.person for it in found)
    if len(by) < ENOUGH or max(by.values()) * 2 > len(found):
        return None
    return signals_of(found)


def weeks_before(at: datetime) -> tuple[datetime, datetime]:
    """The four whole weeks, by UTC, before the one that `at` is in.

    Whoever asks again is told the same until Monday: two answers a review apart would show it.
    """
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = day - timedelta(days=day.weekday())
    return monday - WEEKS, monday


def _middle(lengths: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(length.total_seconds() for length in lengths))


def _busiest(reviews: Sequence[Decided]) -> int:
    return max(_within_an_hour(reviews, person) for person in {it.person for it in reviews})


def _within_an_hour(reviews: Sequence[Decided], person: str) -> int:
    moments = sorted(it.at for it in reviews if it.person == person)
    first, most = 0, 0
    for last, at in enumerate(moments):
        while at - moments[first] >= HOUR:
            first += 1
        most = max(most, last - first + 1)
    return most

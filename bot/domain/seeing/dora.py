"""How does it go out? DORA's four keys, and the wait for sign-off as a part of its own.

Deployment frequency, lead time for changes, change failure rate, time to restore; as DORA says them
(dora.dev/guides/dora-metrics-four-keys). Moments are aware; lengths are whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.seeing.quantiles import half


@dataclass(frozen=True, slots=True)
class Lead:
    """From the first line written to the deployment, in seconds: three parts that add up.

    What nobody knows the beginning of, or nobody had to decide, has none.
    """

    before: int
    waiting: int
    after: int

    @property
    def whole(self) -> int:
        return self.before + self.waiting + self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """Medians of `of`; each part's share is of the sum of them all. None: there are too few."""

    of: int
    whole: int | None
    before: int | None
    waiting: int | None
    after: int | None
    shares: tuple[float, float, float] | None


def leads_of(leads: Iterable[Lead]) -> Leads:
    found = list(leads)
    return Leads(
        of=len(found),
        whole=_half(lead.whole for lead in found),
        before=_half(lead.before for lead in found),
        waiting=_half(lead.waiting for lead in found),
        after=_half(lead.after for lead in found),
        shares=_shares(found),
    )


def restored_in(incidents: Iterable[tuple[datetime, datetime | None]]) -> tuple[int, int | None]:
    """How many are over, and how long half of them took."""
    over = [_between(began, ended) for began, ended in incidents if ended is not None]
    return len(over), _half(over)


def _shares(found: Sequence[Lead]) -> tuple[float, float, float] | None:
    whole = sum(lead.whole for lead in found)
    if not whole or _half(lead.whole for lead in found) is None:
        return None
    return (
        sum(lead.before for lead in found) / whole,
        sum(lead.waiting for lead in found) / whole,
        sum(lead.after for lead in found) / whole,
    )


def _half(lengths: Iterable[int]) -> int | None:
    return half(sorted(lengths))


def _between(since: datetime, until: datetime) -> int:
    return max(0, int((until - since).total_seconds()))

"""During which moments do the clocks of a place show a time between two?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

Span = tuple[datetime, datetime]
"""From a moment until just before another, both in UTC."""

_FURTHEST = timedelta(hours=26)
"""Local time and UTC are never further apart, nor are two local times."""

_MOMENT = timedelta(microseconds=1)


def shown_between(begins: datetime, ends: datetime) -> list[Span]:
    """In order, none touching the next; both of the same zone.

    A time that is shown twice counts twice, one that is skipped does not count.
    """
    ends = ends.replace(fold=1)
    if begins.utcoffset() == ends.utcoffset():  # the clocks do not change meanwhile
        return [(begins.astimezone(UTC), ends.astimezone(UTC))]
    return _across(begins, ends)


def _across(begins: datetime, ends: datetime) -> list[Span]:
    """The same before the clocks change and after, joined where nothing lies between."""
    clock = begins.tzinfo
    begins, ends = begins.replace(tzinfo=UTC), ends.replace(tzinfo=UTC, fold=0)
    since, until = begins - _FURTHEST, ends + _FURTHEST
    change = _change(since, until, clock)
    before, after = _offset(since, clock), _offset(until, clock)
    early = (begins - before, min(ends - before, change))
    late = (max(begins - after, change), ends - after)
    if early[0] < early[1] == late[0] < late[1]:
        return [(early[0], late[1])]
    return [span for span in (early, late) if span[0] < span[1]]


def _change(since: datetime, until: datetime, clock: tzinfo | None) -> datetime:
    """When the clocks change between the two, to the microsecond."""
    before = _offset(since, clock)
    while until - since > _MOMENT:
        between = since + (until - since) // 2
        since, until = (between, until) if _offset(between, clock) == before else (since, between)
    return until


def _offset(at: datetime, clock: tzinfo | None) -> timedelta:
    return at.astimezone(clock).utcoffset() or timedelta()

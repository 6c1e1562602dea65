"""When can a person look, and how far does that put them back in the row?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.asking.moments import hour, weekday
from bot.domain.asking.situation import Seen, Situation
from bot.domain.calendar import WorkingHours
from bot.domain.people import Person

STEPS = tuple(timedelta(hours=hours) for hours in (0, 1, 2, 4, 8, 24))
"""How long until a person is at work; each is one step further back in the row."""

LAST = len(STEPS) + 1
"""So far back is whoever will not be there before it expires."""

ENOUGH = timedelta(minutes=30)
"""So much of the time until the deadline must be working time, or half of it if that is less."""

USUAL = timedelta(hours=24)
"""How far we look ahead where nothing is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`waits` are steps back. `now`: at work already; `misses`: not before the signoff expires."""

    waits: int
    words: str
    now: bool = False
    misses: bool = False

    @property
    def sentence(self) -> str:
        """The words with their verb, if they have none: "is at work until 17:00"."""
        return f"is {self.words}" if self.words.startswith("at work") else self.words


def reach(person: Person, situation: Situation, *, zoned: bool) -> Reach:
    """`zoned`: hours are said with the place whose clocks show them."""
    hours = person.works()
    at, due = situation.at, situation.until or situation.at + USUAL
    quiet = situation.seen.get(person.id, Seen()).quiet_until or at
    if due > at and quiet >= due:
        return Reach(waits=LAST, words="notifications are paused until it expires")
    since = max(at, quiet)
    begins = hours.opens(since)
    if begins is None:
        return Reach(waits=LAST, words="no working hours")
    working = hours.time_within(since, due)
    late = working < min(ENOUGH, (due - at) / 2)
    return Reach(
        waits=sum(begins - at > step for step in STEPS) + late * LAST,
        words=_at_work(hours, at, begins, person, zoned=zoned),
        now=begins <= at,
        misses=situation.until is not None and due > at and not working,
    )


def _at_work(
    hours: WorkingHours, at: datetime, begins: datetime, person: Person, *, zoned: bool
) -> str:
    closes = hours.closes(at)
    if closes and begins <= at:
        return f"at work until {hour(closes, person, zoned=zoned)}"
    since = f"{hour(begins, person, zoned=zoned)}{weekday(begins, person, at)}"
    return f"notifications are paused until {since}" if closes else f"at work from {since}"

"""Whose turn is it to be asked, and why theirs?

People stand in a row. First by reach: at work now, then who will be soonest, last who will not
before it expires; every four asks that wait put a person a step back. Within a step by turn,
counted in asks: those of the last week, and twice each that waits, less what being on call,
knowing the files, standing in for somebody or being seen in the chat is worth. So whoever knows
best is asked some times more a week, and not each time. Where all is even, a hash decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.asking.situation import Familiar, Load, Seen, Situation
from bot.domain.calendar import WorkingHours, working_hours
from bot.domain.people import Person

ON_CALL, STANDS_IN, SEEN_NOW, RECENT = 4, 2, 1, 1
"""What speaks for a person, in asks."""

KNOWS = ((10, 3), (3, 2), (1, 1))
"""From so many commits to the files on, knowing them is worth so much."""

RECENTLY = timedelta(days=90)

OPEN_COUNTS, MANY_OPEN = 2, 4

STEPS = tuple(timedelta(hours=hours) for hours in (0, 1, 2, 4, 8, 24))
"""How long until a person is at work; each is one step further back in the row."""

ENOUGH = timedelta(minutes=30)
"""So much of the time until the deadline must be working time, or half of it if that is less."""

USUAL = timedelta(hours=24)
"""How far we look ahead where nothing is due."""

_FREE = "not asked in the last week"

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a person stands in the row: `waits` and `full` are steps back, `count` is in asks.

    `reach` and `load` say it in words, and `why` tells them why they are asked.
    """

    person: str
    waits: int
    full: int
    count: int
    lot: bytes
    reach: str
    load: str
    why: tuple[str, ...]

    @property
    def place(self) -> tuple[int, int, bytes, str]:
        """The lowest is asked first; no two persons have the same."""
        return (self.waits + self.full, self.count, self.lot, self.person)


def turn(person: Person, situation: Situation, seed: str, stands_in_for: Iterable[str]) -> Turn:
    """`seed` names the change, so that ties fall another way each time; the rest are names."""
    load = situation.load.get(person.id, Load())
    waits, reach = _reach(person, situation)
    reasons = tuple(_reasons(person, situation, tuple(stands_in_for)))
    free = () if load.open or load.week else (_FREE,)
    return Turn(
        person=person.id,
        waits=waits,
        full=max(load.open, 0) // MANY_OPEN,
        count=OPEN_COUNTS * load.open + load.week - sum(worth for worth, _ in reasons),
        lot=hashlib.sha256(f"{seed}\0{person.id}".encode(errors="surrogatepass")).digest(),
        reach=reach,
        load=_asks(load),
        why=(reach, *(why for _, why in reasons), *free),
    )


def behind(asked: Sequence[Turn], other: Turn) -> str:
    """Why `other` is not among those who were asked."""
    if not asked:
        return "enough others were asked"
    last = asked[-1]
    if other.waits > last.waits:
        return f"others come first: {other.reach}, {other.load}"
    if other.place[:2] > last.place[:2]:
        return f"others come first: {other.load}"
    return "others come first: all else is even, and the lot fell to them"


def day(moment: datetime, person: Person) -> str:
    """A day as it is called where the person lives: "7 December 2026"."""
    local = _local(moment, person)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def _reach(person: Person, situation: Situation) -> tuple[int, str]:
    """How many steps back their hours put a person, and when they are at work."""
    hours = working_hours(person.hours, person.timezone)
    at, due = situation.at, situation.until or situation.at + USUAL
    quiet = situation.seen.get(person.id, Seen()).quiet_until or at
    if due > at and quiet >= due:
        return len(STEPS) + 1, "notifications are paused until it expires"
    since = max(at, quiet)
    begins = hours.opens(since)
    if begins is None:
        return len(STEPS) + 1, "no working hours"
    waits = sum(begins - at > step for step in STEPS)
    late = hours.time_within(since, due) < min(ENOUGH, (due - at) / 2)
    return waits + late * (len(STEPS) + 1), _at_work(hours, at, begins, person)


def _at_work(hours: WorkingHours, at: datetime, begins: datetime, person: Person) -> str:
    closes = hours.closes(at)
    if closes and begins <= at:
        return f"at work until {_local(closes, person):%H:%M}"
    local = _local(begins, person)
    if closes:
        return f"notifications are paused until {local:%H:%M}"
    today = local.date() == _local(at, person).date()
    return f"at work from {local:%H:%M}" + ("" if today else f" on {_DAYS[local.weekday()]}")


def _reasons(
    person: Person, situation: Situation, stands_in_for: tuple[str, ...]
) -> Iterator[tuple[int, str]]:
    """What speaks for a person: its worth in asks, and the sentence."""
    if rota := situation.on_call.get(person.id):
        yield ON_CALL, f"on call for {rota}"
    if stands_in_for:
        yield STANDS_IN, f"stands in for {' and '.join(stands_in_for)}"
    known = situation.familiar.get(person.id, Familiar())
    if known.commits > 0:
        yield _knows(known, situation.at), _commits(known, person)
    if situation.seen.get(person.id, Seen()).active:
        yield SEEN_NOW, "active in the chat"


def _knows(known: Familiar, at: datetime) -> int:
    recent = known.last is not None and at - known.last <= RECENTLY
    return next(worth for least, worth in KNOWS if known.commits >= least) + recent * RECENT


def _commits(known: Familiar, person: Person) -> str:
    last = f", the last on {day(known.last, person)}" if known.last else ""
    return f"{_number(known.commits, 'commit')} to these files{last}"


def _asks(load: Load) -> str:
    if not load.open:
        return f"{_number(load.week, 'ask')} in the last week"
    return f"{load.open} open {'ask' if load.open == 1 else 'asks'}, {load.week} in the last week"


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _local(moment: datetime, person: Person) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(working_hours("", person.timezone).zone))
    except OverflowError:  # the last day of all years, somewhere east
        return moment

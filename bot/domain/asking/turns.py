"""Whose turn is it to be asked, and what speaks for them?

People stand in a row. First by reach: at work now, then who will be soonest, last who will not
before it expires; every four asks that wait put a person a step back. Within a step by turn,
counted in asks: those of the last week, and twice each that waits, less what being on call,
knowing the files, standing in for somebody or being seen in the chat is worth. So whoever knows
best is asked some times more a week, and not each time. Where all is even, a hash decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.domain.asking.moments import day
from bot.domain.asking.reach import Reach, reach
from bot.domain.asking.situation import Familiar, Load, Seen, Situation
from bot.domain.people import Person

ON_CALL, STANDS_IN, SEEN_NOW, RECENT = 4, 2, 1, 1
"""What speaks for a person, in asks."""

KNOWS = ((10, 3), (3, 2), (1, 1))
"""From so many commits to the files on, knowing them is worth so much."""

RECENTLY = timedelta(days=90)

OPEN_COUNTS, MANY_OPEN = 2, 4

_FREE = "not asked in the last week"
_MISSES = "not at work before it expires"


class Kind(Enum):
    """What may speak for a person, the strongest first."""

    ON_CALL = auto()
    STANDS_IN = auto()
    KNOWS = auto()
    SEEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What speaks for a person: its worth in asks, and the words; `verb` makes them a sentence."""

    kind: Kind
    worth: int
    words: str
    verb: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.verb} {self.words}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a person stands in the row, and all that it comes from."""

    person: str
    name: str
    reach: Reach
    load: Load
    reasons: tuple[Reason, ...]
    lot: bytes

    @property
    def full(self) -> int:
        """Steps back for the asks that wait."""
        return max(self.load.open, 0) // MANY_OPEN

    @property
    def carries(self) -> int:
        return OPEN_COUNTS * self.load.open + self.load.week

    @property
    def place(self) -> tuple[int, int, bytes, str]:
        """The lowest is asked first; no two persons have the same."""
        count = self.carries - sum(it.worth for it in self.reasons)
        return (self.reach.waits + self.full, count, self.lot, self.person)

    @property
    def speaks(self) -> tuple[str, ...]:
        """What speaks for them, whenever they are at work."""
        free = () if self.load.open or self.load.week else (_FREE,)
        return (*(it.words for it in self.reasons), *free)

    @property
    def why(self) -> tuple[str, ...]:
        """What they are told, if they are asked."""
        return (self.reach.words, *([_MISSES] if self.reach.misses else []), *self.speaks)


def turn(
    person: Person,
    situation: Situation,
    seed: str,
    stands_in_for: Iterable[str],
    *,
    zoned: bool = False,
) -> Turn:
    """`seed` names the change, so that ties fall another way each time; `stands_in_for` are names.

    `zoned`: hours are said with the place whose clocks show them.
    """
    return Turn(
        person=person.id,
        name=person.name,
        reach=reach(person, situation, zoned=zoned),
        load=situation.load.get(person.id, Load()),
        reasons=tuple(_reasons(person, situation, tuple(stands_in_for))),
        lot=hashlib.sha256(f"{seed}\0{person.id}".encode(errors="surrogatepass")).digest(),
    )


def _reasons(
    person: Person, situation: Situation, stands_in_for: tuple[str, ...]
) -> Iterator[Reason]:
    if rota := situation.on_call.get(person.id):
        yield Reason(kind=Kind.ON_CALL, worth=ON_CALL, words=f"on call for {rota}", verb="is")
    if stands_in_for:
        words = f"stands in for {' and '.join(stands_in_for)}"
        yield Reason(kind=Kind.STANDS_IN, worth=STANDS_IN, words=words)
    known = situation.familiar.get(person.id, Familiar())
    if known.commits > 0:
        worth, words = _knows(known, situation.at), _commits(known, person)
        yield Reason(kind=Kind.KNOWS, worth=worth, words=words, verb="has")
    if situation.seen.get(person.id, Seen()).active:
        yield Reason(kind=Kind.SEEN, worth=SEEN_NOW, words="active in the chat", verb="is")


def _knows(known: Familiar, at: datetime) -> int:
    recent = known.last is not None and at - known.last <= RECENTLY
    return next(worth for least, worth in KNOWS if known.commits >= least) + recent * RECENT


def _commits(known: Familiar, person: Person) -> str:
    last = f", the last on {day(known.last, person)}" if known.last else ""
    commits = "1 commit" if known.commits == 1 else f"{known.commits} commits"
    return f"{commits} to these files{last}"

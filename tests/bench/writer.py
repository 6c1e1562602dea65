"""How long does one wait for the one writer? A queue in which units of work take turns.

Changes, clicks, deadlines and what follows them (cards, callbacks) come at random. A turn takes all
that wait, up to 64 units, as storage/store.py does: it lasts a fixed time, and some for each unit.
Costs are those that tests/bench/costs.py measured; disk and network are assumed.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from storage.store import GROUP_AT_MOST

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a unit, or of a turn whatever is in it: milliseconds of processors, and round trips."""

    ms: float
    trips: float

    def over(self, trip: float) -> float:
        return self.ms + self.trips * trip


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """As measured, 2026-11-22. `following`: units that follow a signoff, from its first card to its callback."""

    turn: Cost
    units: dict[str, Cost]
    following: float
    process: float
    """Milliseconds that a process computes for a signoff, the writer's among them."""


SQLITE = Store(
    turn=Cost(0.8, 0),
    units={
        "change": Cost(1.1, 0),
        "click": Cost(0.8, 0),
        "deadline": Cost(0.5, 0),
        "following": Cost(0.6, 0),
    },
    following=6.5,
    process=34.0,
)
POSTGRESQL = Store(
    turn=Cost(1.3, 4),
    units={
        "change": Cost(2.4, 18),
        "click": Cost(2.1, 17),
        "deadline": Cost(1.6, 10),
        "following": Cost(1.1, 9.6),
    },
    following=9.2,
    process=46.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store, how long its disk takes to keep a commit, and how far away it is; milliseconds."""

    name: str
    store: Store
    disk: float
    trip: float = 0.0
    alone: bool = False

    def lasts(self, units: Iterable[str]) -> float:
        """Seconds of one turn with these in it."""
        costs = (self.store.units[unit].over(self.trip) for unit in units)
        return (self.disk + self.store.turn.over(self.trip) + sum(costs)) / 1000


PLACES = (
    Place(name="SQLite", store=SQLITE, disk=1.0, alone=True),
    Place(name="PostgreSQL, same machine", store=POSTGRESQL, disk=1.0, trip=0.05),
    Place(name="PostgreSQL, same zone", store=POSTGRESQL, disk=1.0, trip=0.4),
    Place(name="PostgreSQL, other zone", store=POSTGRESQL, disk=1.0, trip=1.5),
)

BURST = 3.0
"""Changes that come at once, in the mean: a merge that touches several services."""

ENOUGH = 1.0
"""Seconds within which 99 of 100 clicks are answered. Slack gives up after three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Signoffs a second for some seconds; each has a change, a click, a deadline and what follows.

    `late` deadlines are due at once at the beginning, as after a weekend.
    """

    rate: float
    lasts: float = 4 * MINUTE
    late: int = 0


@dataclass(slots=True)
class Outcome:
    """Seconds that each unit waited, by its sort, its own turn included; and the writer's."""

    waited: dict[str, list[float]] = field(default_factory=dict)
    arrived: Counter[str] = field(default_factory=Counter)
    busy: float = 0.0
    ended: float = 0.0
    caught_up: float = 0.0

    def at(self, unit: str, share: float) -> float:
        waits = sorted(self.waited.get(unit, [0.0]))
        return waits[min(int(share * len(waits)), len(waits) - 1)]


DUE_TOGETHER = 25
"""Deadlines that pass in one unit, as in bot/engine/signoffs.py."""

Event = tuple[float, int, str]


def simulate(place: Place, load: Load, seed: int = 1) -> Outcome:
    """One writer, one queue: several processes take turns and get no more done."""
    chance, outcome = random.Random(seed), Outcome()  # noqa: S311 -- nobody's secret
    coming, waiting = _arrivals(chance, load), deque[Event]()
    heapify(coming)
    number, now, late = len(coming), 0.0, load.late
    while coming or waiting or late > 0:
        while coming and coming[0][0] <= now:
            waiting.append(heappop(coming))
            outcome.arrived[waiting[-1][2]] += 1
        if not waiting and late <= 0:
            now = coming[0][0]
            continue
        group = [waiting.popleft() for _ in range(min(len(waiting), GROUP_AT_MOST))]
        passed = min(late, DUE_TOGETHER)
        took = place.lasts([unit for _, _, unit in group] + ["deadline"] * passed)
        now, outcome.busy, late = now + took, outcome.busy + took, late - passed
        outcome.caught_up = now if passed else outcome.caught_up
        for arrived, _, unit in group:
            outcome.waited.setdefault(unit, []).append(now - arrived)
            for after in _follow(chance, unit, place.store.following):
                number += 1
                heappush(coming, (now + after, number, "following"))
    outcome.ended = now
    return outcome


def _arrivals(chance: random.Random, load: Load) -> list[Event]:
    """Changes in bursts; clicks and deadlines on their own, for people and clocks do not agree."""
    times = [
        (at, unit) for unit in ("click", "deadline") for at in _poisson(chance, load.rate, load)
    ]
    for at in _poisson(chance, load.rate / BURST, load):
        size = 1
        while chance.random() > 1 / BURST:
            size += 1
        times += [(at, "change")] * size
    return [(at, number, unit) for number, (at, unit) in enumerate(sorted(times))]


def _poisson(chance: random.Random, rate: float, load: Load) -> Iterator[float]:
    at = chance.expovariate(rate)
    while at < load.lasts:
        yield at
        at += chance.expovariate(rate)


def _follow(chance: random.Random, unit: str, many: float) -> Iterator[float]:
    """Half of what follows a signoff follows its change, half its click, as fast as Slack answers."""
    if unit in ("change", "click"):
        for _ in range(int(many / 2 + chance.random())):
            yield chance.uniform(0.1, 2.0)


def work_of(place: Place) -> float:
    """Milliseconds of the writer for a whole signoff whose units have turns of their own."""
    units = ("change", "click", "deadline")
    alone = sum(place.lasts([unit]) for unit in units) + place.store.following * place.lasts(
        ["following"]
    )
    return 1000 * alone


def knee(place: Place) -> float:
    """The most signoffs a second with 99 of 100 clicks answered in time. SQLite has one process,
    whose threads compute by turns."""
    low, high = 0.0, 3000 / work_of(place)
    while high - low > 0.03 * high:
        rate = (low + high) / 2
        answered = simulate(place, Load(rate=rate)).at("click", 0.99)
        low, high = (rate, high) if answered <= ENOUGH else (low, rate)
    return min(low, 1000 / place.store.process) if place.alone else low

"""How does a month go by? One seed, one month: what happens when, and what breaks meanwhile."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import TypeVar

from bot.engine.patience import Patience
from tests.faults.evidence import Outage, Press
from tests.faults.simulation.company import START, Book, book
from tests.faults.simulation.database import SEEN_FOR, Database
from tests.faults.simulation.pipeline import Pipeline
from tests.faults.simulation.process import Broken, Killed, Process, Steps
from tests.faults.simulation.units import Desk

T = TypeVar("T")
MONTH = timedelta(days=30)
SWEEP = timedelta(seconds=60)
"""How late an expiry may be while somebody is able to act on it."""

STEPS_AT_MOST = 100_000


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@dataclass(slots=True, eq=False)
class House:
    """Some processes, one database, one pipeline, and time. `told` is the story, if it is wanted."""

    seed: int
    telling: bool = False
    now: datetime = START
    chance: Random = field(default_factory=Random)
    counts: Counter[str] = field(default_factory=Counter)
    book: Book = field(default_factory=lambda: book(0, 0))
    away: frozenset[str] = frozenset()
    db: Database = field(default_factory=lambda: Database(START))
    db_up: bool = True
    calm: bool = False
    down_until: datetime = START
    processes: list[Process] = field(default_factory=list)
    presses: dict[str, Press] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    outages: list[Outage] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    pipeline: Pipeline = field(init=False)
    patience: Patience = field(init=False)
    _unable_since: datetime | None = START
    _heap: list[tuple[datetime, float, int, Callable[[], object]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _ids: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.chance.seed(self.seed)
        self.pipeline = Pipeline(self.chance, self.counts)
        self.patience = Patience(chance=self.chance.random)

    # Time.

    def at(self, moment: datetime, happens: Callable[[], object]) -> None:
        """What happens at the same moment happens in any order."""
        entry = (moment, self.chance.random(), next(self._numbers), happens)
        heapq.heappush(self._heap, entry)

    @property
    def moments(self) -> list[datetime]:
        """When something is going to happen, as far as is known."""
        return sorted(moment for moment, *_ in self._heap)

    def after(self, length: float, happens: Callable[[], object]) -> None:
        self.at(self.now + seconds(length), happens)

    def run(self, until: datetime) -> None:
        for _ in range(STEPS_AT_MOST):
            if not self._heap or self._heap[0][0] > until:
                self.now = until
                return
            self.now, _, _, happens = heapq.heappop(self._heap)
            happens()
        raise RuntimeError(f"seed {self.seed} does not come to an end")

    def lag(self) -> float:
        return self.chance.uniform(0.001, 0.3)

    def new_id(self) -> str:
        return f"sgn_{next(self._ids)}"

    def count(self, what: str) -> None:
        self.counts[what] += 1

    def tell(self, words: str) -> None:
        if self.telling:
            self.told.append(f"{self.now:%d %H:%M:%S.%f}  {words}")

    # Processes.

    def begin(self, process: Process, task: Steps) -> None:
        self._step(process, process.life, task)

    def _step(self, process: Process, life: int, task: Steps) -> None:
        if life != process.life:
            return
        if process.is_paused and process.paused_until:
            self.at(process.paused_until, lambda: self._step(process, life, task))
            return
        try:
            length = next(task)
        except (StopIteration, Killed):
            return
        self.after(length, lambda: self._step(process, life, task))
        self._trouble(process)

    def _trouble(self, process: Process) -> None:
        """Between two steps of a task."""
        lot = 1.0 if self.calm else self.chance.random()
        if lot < 0.006:
            self.kill(process)
        elif lot < 0.03:
            self.pause(process, self.chance.choice((5, 60, 300, 900)) * self.chance.random())

    def pause(self, process: Process, length: float) -> None:
        self.count("paused")
        self._last_seen(process)
        process.paused_until = self.now + seconds(length)
        self.look_who_is_able()
        self.tell(f"{process.name} sleeps for {length:.0f} s")
        self.after(length + 0.001, self.rouse)
        self.after(length + self.chance.uniform(0.001, 30), self._reckon)

    def _last_seen(self, process: Process) -> None:
        """Its book is in force no more if nobody else goes by it."""
        if process.ready and not process.is_paused and len(self.db.entered) > 1:
            self._reckon()
            self.after(SEEN_FOR.total_seconds() + 0.001, self._reckon)

    def _reckon(self) -> None:
        for process in self.processes:
            if process.ready and not process.is_paused:
                self.db.seen[process.book.number] = self.now
        before = self.db.book
        self.db.reckon(self.now)
        if before != self.db.book:
            self.count("another book is in force again")
            self.tell(f"{self.db.book} is in force")
            self.rouse()

    def kill(self, process: Process) -> None:
        """As kill -9 does; somebody starts it again."""
        self.count("killed")
        self.tell(f"{process.name} dies")
        self.stop(process)
        self.start_later(process, self.chance.choice((2, 60, 1200)) * self.chance.random())

    def stop(self, process: Process) -> None:
        self._last_seen(process)
        process.life += 1
        process.alive = process.ready = process.sweeping = False
        process.armed = process.paused_until = None
        self.look_who_is_able()

    def start_later(self, process: Process, length: float) -> None:
        life = process.life
        at = max(self.now + seconds(length), self.down_until)
        self.at(at, lambda: self.start(process) if life == process.life else None)

    def start(self, process: Process) -> None:
        if self.now < self.down_until:
            self.start_later(process, 0)
            return
        self.stop(process)
        if self.calm or self.chance.random() > 0.15:  # else as it was: somebody has yet to deploy
            process.book = self.book
        process.alive = True
        far = self.chance.random() < 0.4
        process.skew = seconds(
            self.chance.uniform(-7200, 7200) if far else self.chance.uniform(-2, 2)
        )
        self.tell(f"{process.name} starts with {process.book.number}, {process.skew} off")
        self.begin(process, process.start())

    def commit(self, process: Process, unit: Callable[[], T]) -> T:
        """A transaction over a line that may break at every point of it."""
        lot = 1.0 if self.calm else self.chance.random()
        if not self.db_up or lot < 0.02:
            raise Broken
        commits = not 0.02 <= lot < 0.05
        done = self.db.write(self.now, unit, commits=commits)
        self.rouse()
        if lot < 0.03 or 0.05 <= lot < 0.06:
            self.count("killed after the commit" if commits else "killed before the commit")
            self.kill(process)
            raise Killed
        if lot < 0.09:
            self.count("in doubt" if commits else "rolled back")
            raise Broken
        return done  # type: ignore[return-value]

    def rouse(self) -> None:
        """Whoever is able sets the alarm for what is due next."""
        self.look_who_is_able()
        if not self.db_up or not self.db.books:
            return
        due = self.db.next_due
        for process in self.processes if due else ():
            if process.is_able and not process.sweeping:
                self._arm(process, max(due, self.now) if due else self.now)

    def _arm(self, process: Process, due: datetime) -> None:
        if process.armed is not None and process.armed <= due + seconds(4):
            return
        at, life = due + seconds(self.chance.uniform(0, 4)), process.life
        process.armed = at
        self.at(at, lambda: self._wake(process, life, at))

    def _wake(self, process: Process, life: int, at: datetime) -> None:
        if process.armed != at or process.life != life:
            return
        process.armed = None
        if not process.sweeping:  # else it sets the alarm anew at its end
            self.begin(process, process.sweep())

    # What was seen of it.

    def look_who_is_able(self) -> None:
        """To be asked whenever that may have changed."""
        able = self.db_up and bool(self.db.books) and any(it.is_able for it in self.processes)
        if able and self._unable_since is not None:
            self.outages.append(Outage(self._unable_since, self.now))
            self._unable_since = None
        elif not able and self._unable_since is None:
            self._unable_since = self.now

    def desk(self) -> Desk:
        """Somebody with a command line."""
        return Desk(db=self.db, book=self.book, away=self.away, clock=self.now)

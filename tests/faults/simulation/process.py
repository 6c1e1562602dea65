"""What does one process do? Each method is a task in steps: between two of them anything may happen.

A step gives how many seconds it takes. A process that dies never comes back to its tasks; one
that is paused comes back as if nothing had been.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.domain.change import Change
from bot.domain.effects import Attest
from bot.domain.errors import Refusal
from bot.domain.signoff import Report, Signoff
from bot.engine.patience import Patience
from tests.faults.simulation.company import Book
from tests.faults.simulation.database import Database, Row
from tests.faults.simulation.pipeline import Fate, Message, Pipeline
from tests.faults.simulation.units import Click, Desk, Outdated

T = TypeVar("T")
Steps = Generator[float, None, None]


class Broken(Exception):
    """The connection to the database broke: it is written, or it is not."""


class Killed(Exception):
    """The process is dead."""


class World(Protocol):
    """What a process sees of the world it runs in."""

    now: datetime
    book: Book
    away: frozenset[str]
    db: Database
    pipeline: Pipeline
    patience: Patience

    def commit(self, process: Process, unit: Callable[[], T]) -> T: ...
    def lag(self) -> float: ...
    def new_id(self) -> str: ...
    def begin(self, process: Process, task: Steps) -> None: ...
    def rouse(self) -> None: ...
    def count(self, what: str) -> None: ...
    def tell(self, words: str) -> None: ...


@dataclass(slots=True, kw_only=True, eq=False)
class Process:
    """`life` counts its starts; `ready`: it told the database with which book it was started."""

    name: str
    world: World
    book: Book
    skew: timedelta = timedelta()
    life: int = 0
    alive: bool = False
    ready: bool = False
    paused_until: datetime | None = None
    armed: datetime | None = None
    sweeping: bool = False

    @property
    def clock(self) -> datetime:
        """What it believes the time is."""
        return self.world.now + self.skew

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > self.world.now

    @property
    def is_able(self) -> bool:
        """Whether it could act on a deadline."""
        if not self.ready or self.book.number != self.world.db.book:
            return False
        return self.paused_until is None or self.paused_until <= self.world.now

    def write(self, unit: Callable[[Desk], T]) -> T:
        """One unit of work. Raises Broken and Killed, and what the unit raises."""
        world = self.world
        desk = Desk(db=world.db, book=self.book, away=world.away, clock=self.clock)
        return world.commit(self, lambda: unit(desk))

    def start(self) -> Steps:
        """Tell with which book it was started; only then it is asked anything."""
        while not self.ready:
            yield self.world.lag()
            try:
                self.write(lambda desk: desk.db.register(desk.book.number))
            except Broken:
                yield 5.0
            else:
                self.ready = True
        self.world.rouse()

    def serve_click(self, click: Click, answer: Callable[[Signoff | Refusal], None]) -> Steps:
        """Without an answer in time the chat repeats it."""
        yield self.world.lag()
        try:
            outcome = self.write(lambda desk: desk.click(click))
        except (Broken, Outdated) as why:
            self.world.count(type(why).__name__)
            return
        yield self.world.lag()
        answer(outcome)

    def serve_change(self, change: Change, answer: Callable[[], None]) -> Steps:
        yield self.world.lag()
        new = change.key not in self.world.db.keys
        yield self.world.lag()
        try:
            if new:
                signoff_id = self.world.new_id()
                self.write(lambda desk: desk.open(signoff_id, change))
        except (Broken, Outdated) as why:
            self.world.count(type(why).__name__)
            return
        yield self.world.lag()
        answer()

    def sweep(self) -> Steps:
        """Look for what is due; then do it, each in a transaction of its own."""
        self.sweeping = True
        try:
            yield self.world.lag()
            for signoff in self._due():
                yield self.world.lag()
                signoff_id = signoff.id
                self.write(lambda desk, id=signoff_id: desk.pass_time(id))  # type: ignore[misc]
            yield self.world.lag()
            if self._waits():
                for row in self.write(lambda desk: desk.claim()):
                    self._noted(row)
                    self.world.begin(self, self.deliver(row))
        except (Broken, Outdated) as why:
            self.world.count(type(why).__name__)
        self.sweeping = False
        self.world.rouse()

    def deliver(self, row: Row) -> Steps:
        """Carry out one effect. Where the end cannot be written down, somebody takes it again."""
        yield self.world.lag()
        try:
            if isinstance(row.effect, Attest):
                self._counted(self.write(lambda desk: desk.complete(row, None)))
                return
            fate = self.world.pipeline.send(self._message(row), self.world.now)
            yield fate.after
            self._counted(self.write(lambda desk: self._end(desk, row, fate)))
        except Broken:
            self.world.count("Broken")

    def _end(self, desk: Desk, row: Row, fate: Fate) -> bool:
        report = Report(at=self.clock, accepted=fate.accepted)
        if fate.accepted:
            return desk.complete(row, report)
        tries, patience = row.attempts + 1, self.world.patience
        at = None if fate.final else patience.next_try(tries, row.since, desk.now, fate.asked)
        return desk.put_off(row, at, report)

    def _message(self, row: Row) -> Message:
        signoff = self.world.db.signoffs[row.signoff]
        return Message(
            id=f"msg_{signoff.id}_{signoff.status}",
            signoff=signoff.id,
            status=signoff.status.value,
            digest=f"{signoff.status} {signoff.decided_at} {signoff.reviews}",
        )

    def _due(self) -> list[Signoff]:
        db, now = self.world.db, self.world.now
        old = [it for it in db.pending if db.judged[it.id] != self.book.number]
        return [it for it in db.pending if it in old or (it.next_due and it.next_due <= now)]

    def _waits(self) -> bool:
        now = self.world.now
        return any(row.due and row.due <= now for row in self.world.db.outbox.values())

    def _noted(self, row: Row) -> None:
        if row.lease > row.attempts + 1:
            self.world.count("taken over")
        self.world.tell(f"{self.name} takes {row.effect.kind} of {row.signoff}, lease {row.lease}")

    def _counted(self, ours: bool) -> None:
        if not ours:
            self.world.count("fenced off")

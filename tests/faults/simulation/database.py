"""What does the one database do? Units of work one after the other, all of each or nothing of it.

It stands for `storage`: its clock only goes forward, and what is in doubt for who asked is not in
doubt for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.domain.effects import Attest, TellPipeline
from bot.domain.events import Event
from bot.domain.signoff import Signoff, Status
from tests.faults.evidence import Entry, Reminder

T = TypeVar("T")
TICK = timedelta(microseconds=1)
SEEN_FOR = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the outbox; `lease` counts how often it was taken."""

    id: int
    signoff: str
    effect: TellPipeline | Attest
    since: datetime
    due_at: datetime
    attempts: int = 0
    leased_until: datetime | None = None
    lease: int = 0
    parked: bool = False

    @property
    def due(self) -> datetime | None:
        """When somebody may take it next."""
        return None if self.parked else max(self.due_at, self.leased_until or self.due_at)


@dataclass(slots=True)
class Database:
    """The tables, and how to get back to what they were. `books` are those that were in force, one
    after the other; `entered` and `seen` say when a process was started with one, and still ran.
    """

    now: datetime
    signoffs: dict[str, Signoff] = field(default_factory=dict)
    judged: dict[str, tuple[int, int]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    outbox: dict[int, Row] = field(default_factory=dict)
    clicks: dict[str, datetime] = field(default_factory=dict)
    attested: dict[str, datetime] = field(default_factory=dict)
    entered: dict[tuple[int, int], datetime] = field(default_factory=dict)
    seen: dict[tuple[int, int], datetime] = field(default_factory=dict)
    books: dict[int, tuple[datetime, tuple[int, int]]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    reminders: list[Reminder] = field(default_factory=list)
    rows: int = 0
    _pending: list[Signoff] | None = None
    _undo: list[Callable[[], object]] = field(default_factory=list)

    def write(self, at: datetime, unit: Callable[[], T], *, commits: bool = True) -> T | None:
        """One transaction; its time is the database's. None: it broke off before its commit."""
        self.now = max(self.now + TICK, at)
        self._undo, self._pending = [], None
        try:
            done = unit()
        except BaseException:
            self._back()
            raise
        if commits:
            return done
        self._back()
        return None

    def put(self, table: dict[T, object] | dict, key: T, value: object) -> None:  # type: ignore[type-arg]
        """Write a row. None takes it away."""
        old, self._pending = table.get(key), None
        self._undo.append(lambda: _put(table, key, old))
        _put(table, key, value)

    def append(self, event: Event, signoff_id: str) -> None:
        self._undo.append(self.entries.pop)
        number = len(self.entries) + 1
        entry = Entry(seq=number, signoff=signoff_id, event=event, written_at=self.now)
        self.entries.append(entry)

    def remind(self, signoff_id: str) -> None:
        self._undo.append(self.reminders.pop)
        self.reminders.append(Reminder(signoff=signoff_id, at=self.now))

    def forget_reminders(self, signoff_id: str) -> None:
        """Those of this very transaction: nobody has spoken them yet."""
        while self.reminders and self.reminders[-1] == Reminder(signoff=signoff_id, at=self.now):
            self._undo.append(partial(self.reminders.append, self.reminders.pop()))

    def promise(self, signoff_id: str, effect: TellPipeline | Attest) -> None:
        self.rows += 1
        row = Row(id=self.rows, signoff=signoff_id, effect=effect, since=self.now, due_at=self.now)
        self.put(self.outbox, row.id, row)

    def register(self, book: tuple[int, int]) -> None:
        """A process was started with it: what is newest is in force."""
        self.put(self.entered, book, self.now)
        self.put(self.seen, book, self.now)
        self._turn_to(book)

    def reckon(self, at: datetime) -> None:
        """Whose processes were all silent for too long is in force no more."""
        self.now, self._undo = max(self.now + TICK, at), []
        here = [it for it, seen in self.seen.items() if self.now - seen < SEEN_FOR]
        self._turn_to(max(here or self.entered, key=lambda it: self.entered[it]))

    def _turn_to(self, book: tuple[int, int]) -> None:
        if self.book != book:
            self.put(self.books, len(self.books) + 1, (self.now, book))

    @property
    def book(self) -> tuple[int, int] | None:
        return self.books[len(self.books)][1] if self.books else None

    @property
    def pending(self) -> list[Signoff]:
        if self._pending is None:
            self._pending = [it for it in self.signoffs.values() if it.status is Status.PENDING]
        return self._pending

    @property
    def next_due(self) -> datetime | None:
        """When something has to be done next, as far as is known now."""
        waits = [it.next_due for it in self.pending]
        rows = [row.due for row in self.outbox.values()]
        book = self.book
        old = [self.now for it in self.pending if self.judged[it.id] != book]
        return min((it for it in (*waits, *rows, *old) if it is not None), default=None)

    def _back(self) -> None:
        self._pending = None
        for undo in reversed(self._undo):
            undo()


def _put(table: dict, key: object, value: object) -> None:  # type: ignore[type-arg]
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value

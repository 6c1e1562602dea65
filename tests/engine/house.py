"""The engine with everything it needs, and neighbours that do as the test says."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.domain.asking.budgets import NO_BUDGETS, Budgets
from bot.domain.asking.choosing import Seen
from bot.domain.card import Card
from bot.domain.notes import Note
from bot.domain.override import NOBODY_MAY, OverrideRules
from bot.domain.people import Roster
from bot.domain.policy import Policy
from bot.domain.signoff import Signoff, Verdict
from bot.domain.statement import Signed
from bot.engine.bell import Bell
from bot.engine.board import Board
from bot.engine.carrying_out import Carrier
from bot.engine.circumstances import Circumstances
from bot.engine.dispatcher import Dispatcher
from bot.engine.intake import Intake
from bot.engine.inviting import Inviting
from bot.engine.opening import Opening
from bot.engine.patience import Patience
from bot.engine.pieces import Pieces
from bot.engine.reconciler import Reconciler
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.engine.tenure import Tenure
from bot.ports import (
    CardRef,
    Delivery,
    Gone,
    Limit,
    Pace,
    Pipeline,
    Surface,
    Told,
    Unauthenticated,
)
from storage import reading
from storage.store import Store
from tests.builders import ROSTER, FakeClock, a_change, a_click, a_policy, ids
from tests.databases import begun
from tests.vouching import VOUCHING

N = TypeVar("N")
Outcome = Exception | None
"""What a neighbour answers: it takes what we bring, or it raises."""


def message_id(signoff: Signoff) -> str:
    return f"msg_{signoff.id}_{signoff.status.value}"


UNLIMITED = Limit(1_000_000, timedelta())
AT_ONCE = Pace(post=UNLIMITED, change=UNLIMITED, home=UNLIMITED)
"""The tests' clock stands still, so nothing may wait for it."""


@dataclass(slots=True)
class FakePipeline:
    """Takes every report, unless `answers` has something else to say about the next one."""

    fetches: bool = False
    reopens: bool = True
    answers: deque[Outcome] = field(default_factory=deque)
    gate: asyncio.Event | None = None
    """Reports hang until it is set."""
    knocks: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at every attempt."""
    attempts: list[tuple[str, str]] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)
    """Message ids and statuses, of what was tried and of what was taken."""
    shown: list[tuple[str, str]] = field(default_factory=list)
    """Signoffs that it was to show waiting, with their status."""
    cannot_show: Exception | None = None
    taken_back: list[str] = field(default_factory=list)
    """Signoffs whose override has ended."""
    says: dict[bytes, Told | Exception] = field(default_factory=dict)
    """What a delivery with this body turns out to be."""
    then_says: deque[tuple[bytes, Told | Exception]] = field(default_factory=deque)
    """What it turns out to be once it was read."""
    readings: list[bytes] = field(default_factory=list)

    def verify(self, delivery: Delivery) -> str:
        if delivery.headers.get("signature") != "good":
            raise Unauthenticated("bad signature")
        return delivery.headers["id"]

    async def read(self, delivery: Delivery) -> Told:
        self.readings.append(delivery.body)
        said = self.says[delivery.body]
        if self.then_says:
            body, turns_out = self.then_says.popleft()
            self.says[body] = turns_out
        if isinstance(said, Exception):
            raise said
        return said

    async def show_waiting(self, signoff: Signoff) -> None:
        self.shown.append((signoff.id, signoff.status.value))
        if self.cannot_show:
            raise self.cannot_show

    async def take_back(self, signoff: Signoff) -> None:
        if self.answers and (problem := self.answers.popleft()):
            raise problem
        self.taken_back.append(signoff.id)

    async def report(self, signoff: Signoff) -> None:
        told = (message_id(signoff), signoff.status.value)
        self.attempts.append(told)
        self.knocks.set()
        if self.gate:
            await self.gate.wait()
        if self.answers and (problem := self.answers.popleft()):
            raise problem
        self.taken.append(told)


@dataclass(slots=True)
class FakeChat:
    """A wall of cards. `answers` has, by surface, what goes wrong next; None: it works."""

    answers: defaultdict[str, deque[Outcome]] = field(default_factory=lambda: defaultdict(deque))
    loses_answers: bool = False
    """Hang the card up, and then pretend that nothing came back."""
    gate: asyncio.Event | None = None
    remembers: bool = True
    """Whether what was posted can be found again."""
    pace: Pace = AT_ONCE
    pieces: dict[CardRef, Card | Note] = field(default_factory=dict)
    places: dict[CardRef, str] = field(default_factory=dict)
    threads: dict[CardRef, CardRef | None] = field(default_factory=dict)
    removed: set[CardRef] = field(default_factory=set)
    """What people deleted."""
    calls: list[tuple[CardRef, Card | Note]] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)
    homes: list[str] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)

    async def show(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, posted: CardRef | None
    ) -> CardRef:
        if self.gate:
            await self.gate.wait()
        problem = self._next(at)
        if problem and not self.loses_answers:
            raise problem
        if posted is not None and posted in self.removed:
            raise Gone("it was deleted")
        ref = posted or CardRef(at.channel or f"D{at.user}", f"m{len(self.pieces) + 1}")
        self.pieces[ref] = piece
        self.places.setdefault(ref, str(at))
        self.threads.setdefault(ref, below)
        self.calls.append((ref, piece))
        if problem:
            raise problem
        return ref

    async def find(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, since: datetime
    ) -> CardRef | None:
        self.searches.append(str(at))
        if not self.remembers:
            return None
        there = (ref for ref in self.pieces if self.places[ref] == str(at))
        same = (ref for ref in there if ref not in self.removed)
        return next((ref for ref in same if _is_same(self.pieces[ref], piece)), None)

    async def home(self, user: str) -> None:
        if problem := self._next(Surface(user=user)):
            raise problem
        self.homes.append(user)

    async def look(self, users: Sequence[str]) -> Mapping[str, Seen]:
        return {user: self.seen[user] for user in users if user in self.seen}

    @property
    def cards(self) -> dict[CardRef, Card]:
        return {ref: it for ref, it in self.pieces.items() if isinstance(it, Card)}

    def on(self, place: str) -> list[Card]:
        """All cards that hang there."""
        return [card for ref, card in self.cards.items() if self.places[ref] == place]

    def notes(self, place: str, sort: type[N]) -> list[N]:
        """All that hangs there of another sort."""
        here = (it for ref, it in self.pieces.items() if self.places[ref] == place)
        return [it for it in here if isinstance(it, sort)]

    def _next(self, surface: Surface) -> Outcome:
        waiting = self.answers[str(surface)]
        return waiting.popleft() if waiting else None


def _is_same(known: Card | Note, piece: Card | Note) -> bool:
    """Whether both are about the same thing."""
    names = ("signoff_id", "number", "id")
    return type(known) is type(piece) and all(
        getattr(known, name, None) == getattr(piece, name, None) for name in names
    )


@dataclass(slots=True, kw_only=True)
class House:
    store: Store
    clock: FakeClock
    bell: Bell
    rulebook: Rulebook
    circumstances: Circumstances
    signoffs: Signoffs
    board: Board
    dispatcher: Dispatcher
    reconciler: Reconciler
    intake: Intake
    chat: FakeChat
    pipelines: Mapping[str, FakePipeline]

    @property
    def pipeline(self) -> FakePipeline:
        return self.pipelines["payments-ci"]

    async def open(self, **facts: Any) -> Signoff:
        opening: Opening = await self.signoffs.open(a_change(**facts))
        return opening.signoff

    async def review(
        self,
        signoff: Signoff,
        person: str = "ada",
        verdict: Verdict = Verdict.APPROVE,
        **facts: Any,
    ) -> Signoff:
        reason = facts.pop("reason", "" if verdict is Verdict.APPROVE else "refunds twice")
        return await self.signoffs.review(a_click(signoff, person, **facts), verdict, reason)

    async def settle(self) -> None:
        """Carry out, and show, everything that is due now."""
        await self.dispatcher.settle()
        await self.reconciler.settle()

    async def now(self, signoff: Signoff) -> Signoff:
        found = await self.board.signoff(signoff.id)
        assert found is not None
        return found


def furnish(
    store: Store,
    clock: FakeClock,
    *,
    roster: Roster = ROSTER,
    policy: Policy | None = None,
    chat: FakeChat | None = None,
    pipelines: Mapping[str, FakePipeline] | None = None,
    new_id: Callable[[], str] | None = None,
    signoffs_class: Any = Signoffs,
    attest: Callable[[str], Awaitable[Signed]] | None = None,
    bell: Bell | None = None,
    keep_older: frozenset[str] = frozenset(),
    fallback: str = "",
    overrides: OverrideRules = NOBODY_MAY,
    budgets: Budgets = NO_BUDGETS,
) -> House:
    """Every part, as the composition root makes them; retries come after exactly half the wait."""
    rulebook = Rulebook(
        roster,
        policy or a_policy(),
        fallback_channel=fallback,
        overrides=overrides,
        budgets=budgets,
    )
    bell = bell or Bell()
    chat = chat or FakeChat()
    pipelines = pipelines if pipelines is not None else {"payments-ci": FakePipeline()}
    doors: Mapping[str, Pipeline] = pipelines
    patience = Patience(chance=lambda: 0.5)
    circumstances = Circumstances(roster=roster, clock=clock, chat=chat)
    signoffs = signoffs_class(
        store=store,
        rulebook=rulebook,
        clock=clock,
        new_id=new_id or ids(),
        bell=bell,
        circumstances=circumstances,
        keep_older=keep_older,
        vouching=VOUCHING,
    )
    board = Board(store, rulebook, bell, signoffs.inviting, clock)
    return House(
        store=store,
        clock=clock,
        bell=bell,
        rulebook=rulebook,
        circumstances=circumstances,
        signoffs=signoffs,
        board=board,
        dispatcher=Dispatcher(
            store=store,
            carrier=Carrier(
                store=store,
                signoffs=signoffs,
                pipelines=doors,
                attest=attest or _attest_in(store),
                clock=clock,
                bell=bell,
                patience=patience,
            ),
            bell=bell,
        ),
        reconciler=Reconciler(
            store=store,
            tenure=Tenure(store=store, task="chat", holder=secrets.token_hex(4)),
            pieces=Pieces(roster, clock),
            chat=chat,
            clock=clock,
            bell=bell,
            patience=patience,
            fallback=rulebook.fallback_channel,
        ),
        intake=Intake(
            store=store,
            signoffs=signoffs,
            pipelines=doors,
            clock=clock,
            bell=bell,
            patience=patience,
        ),
        chat=chat,
        pipelines=pipelines,
    )


def _attest_in(store: Store) -> Callable[[str], Awaitable[Signed]]:
    """Says that it signed, and what."""

    async def attest(signoff_id: str) -> Signed:
        found = await store.read(lambda session: reading.signoff(session, signoff_id))
        return Signed(f"signed {found.status.value if found else 'nothing'}", None)

    return attest


def a_board(store: Store, rulebook: Rulebook, bell: Bell | None = None) -> Board:
    """Only to look at what a store holds."""
    clock = FakeClock()
    inviting = Inviting(rulebook.roster, Circumstances(roster=rulebook.roster, clock=clock))
    return Board(store, rulebook, bell or Bell(), inviting, clock)


@asynccontextmanager
async def a_house(
    folder: Path, clock: FakeClock | None = None, **parts: Any
) -> AsyncIterator[House]:
    """A furnished house on a SQLite file of its own; closed at the end."""
    async with a_house_at(begun(folder / "countersign.db"), clock, **parts) as made:
        yield made


@asynccontextmanager
async def a_house_at(
    url: str, clock: FakeClock | None = None, **parts: Any
) -> AsyncIterator[House]:
    """The same on any database."""
    clock = clock or FakeClock()
    store = Store(url, clock=clock)
    try:
        yield furnish(store, clock, **parts)
    finally:
        await store.close()

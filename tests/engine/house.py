"""The engine with everything it needs, and neighbours that do as the test says."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.asking.choosing import Seen
from bot.domain.card import Card, Question
from bot.domain.change import Change
from bot.domain.people import Roster
from bot.domain.policy import Policy
from bot.domain.signoff import Signoff, Verdict
from bot.engine.bell import Bell
from bot.engine.board import Board
from bot.engine.circumstances import Circumstances
from bot.engine.dispatcher import Dispatcher
from bot.engine.intake import Intake
from bot.engine.inviting import Inviting
from bot.engine.patience import Patience
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Opening, Signoffs
from bot.engine.wall import Wall
from bot.ports import CardRef, Delivery, Pipeline, Sighting, Surface, Unauthenticated
from storage.store import Store
from tests.builders import ROSTER, FakeClock, a_change, a_click, a_policy, ids

Outcome = Exception | None
"""What a neighbour answers: it takes what we bring, or it raises."""


def message_id(signoff: Signoff) -> str:
    return f"msg_{signoff.id}_{signoff.status.value}"


@dataclass(slots=True)
class FakePipeline:
    """Takes every report, unless `answers` has something else to say about the next one."""

    fetches: bool = False
    answers: deque[Outcome] = field(default_factory=deque)
    gate: asyncio.Event | None = None
    """Reports hang until it is set."""
    knocks: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at every attempt."""
    attempts: list[tuple[str, str]] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)
    """Message ids and statuses, of what was tried and of what was taken."""
    says: dict[bytes, Change | Sighting | Exception | None] = field(default_factory=dict)
    """What a delivery with this body turns out to be."""
    readings: list[bytes] = field(default_factory=list)

    def verify(self, delivery: Delivery) -> str:
        if delivery.headers.get("signature") != "good":
            raise Unauthenticated("bad signature")
        return delivery.headers["id"]

    async def read(self, delivery: Delivery) -> Change | Sighting | None:
        self.readings.append(delivery.body)
        said = self.says[delivery.body]
        if isinstance(said, Exception):
            raise said
        return said

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
    cards: dict[CardRef, Card] = field(default_factory=dict)
    places: dict[CardRef, str] = field(default_factory=dict)
    reminders: list[tuple[str, bool]] = field(default_factory=list)
    threads: list[CardRef | None] = field(default_factory=list)
    questions: dict[str, list[Question]] = field(default_factory=dict)
    """What the author was asked, by place, each question as it was corrected."""
    seen: dict[str, Seen] = field(default_factory=dict)

    async def show(self, card: Card, surface: Surface, posted: CardRef | None) -> CardRef:
        if self.gate:
            await self.gate.wait()
        problem = self._next(surface)
        if problem and not self.loses_answers:
            raise problem
        ref = posted or CardRef(surface.channel or f"D{surface.user}", f"m{len(self.cards) + 1}")
        self.cards[ref] = card
        self.places.setdefault(ref, str(surface))
        if problem:
            raise problem
        return ref

    async def remind(
        self, card: Card, surface: Surface, posted: CardRef | None, *, escalated: bool
    ) -> None:
        if problem := self._next(surface):
            raise problem
        self.reminders.append((str(surface), escalated))
        self.threads.append(posted)

    async def ask_author(
        self, question: Question, surface: Surface, below: CardRef | None, posted: CardRef | None
    ) -> CardRef:
        if problem := self._next(surface):
            raise problem
        self.questions.setdefault(str(surface), []).append(question)
        return posted or CardRef(surface.channel or f"D{surface.user}", f"q{len(self.questions)}")

    async def look(self, users: Sequence[str]) -> Mapping[str, Seen]:
        return {user: self.seen[user] for user in users if user in self.seen}

    def on(self, place: str) -> list[Card]:
        """All cards that hang there."""
        return [card for ref, card in self.cards.items() if self.places[ref] == place]

    def _next(self, surface: Surface) -> Outcome:
        waiting = self.answers[str(surface)]
        return waiting.popleft() if waiting else None


@dataclass(slots=True, kw_only=True)
class House:
    store: Store
    clock: FakeClock
    bell: Bell
    rulebook: Rulebook
    circumstances: Circumstances
    signoffs: Signoffs
    board: Board
    wall: Wall
    dispatcher: Dispatcher
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
    attest: Callable[[Signoff], str] = lambda signoff: f"signed {signoff.status.value}",
    bell: Bell | None = None,
    keep_older: frozenset[str] = frozenset(),
) -> House:
    """Every part, as the composition root makes them; retries come after exactly half the wait."""
    rulebook, bell = Rulebook(roster, policy or a_policy()), bell or Bell()
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
    )
    board = Board(store, rulebook, bell, signoffs.inviting, clock)
    wall = Wall(store=store, board=board, rulebook=rulebook, chat=chat)
    return House(
        store=store,
        clock=clock,
        bell=bell,
        rulebook=rulebook,
        circumstances=circumstances,
        signoffs=signoffs,
        board=board,
        wall=wall,
        dispatcher=Dispatcher(
            store=store,
            signoffs=signoffs,
            board=board,
            wall=wall,
            pipelines=doors,
            attest=attest,
            clock=clock,
            bell=bell,
            patience=patience,
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


def a_board(store: Store, rulebook: Rulebook, bell: Bell | None = None) -> Board:
    """Only to look at what a store holds."""
    clock = FakeClock()
    inviting = Inviting(rulebook.roster, Circumstances(roster=rulebook.roster, clock=clock))
    return Board(store, rulebook, bell or Bell(), inviting, clock)


@asynccontextmanager
async def a_house(
    folder: Path, clock: FakeClock | None = None, **parts: Any
) -> AsyncIterator[House]:
    """A furnished house on a database of its own; closed at the end."""
    store = Store(f"sqlite:///{folder / 'countersign.db'}")
    try:
        yield furnish(store, clock or FakeClock(), **parts)
    finally:
        await store.close()

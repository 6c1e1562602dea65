"""Everything that people, pipelines, time and a troubled chat do to some signoffs, in any order; and
whether all that hangs anywhere is true in the end.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.card import Card
from bot.domain.errors import Refusal
from bot.domain.notes import Note
from bot.domain.signoff import Signoff, Verdict
from bot.engine.clicks import Click
from bot.engine.pieces import Piece, Pieces, digest
from bot.ports import CardRef, Gone, Landing, NoSuchPlace, Surface, Undelivered, Unreachable
from storage import searching, surfaces
from storage.store import Session
from tests.builders import a_change, a_click, a_policy, a_rule, minutes, sha
from tests.engine.house import FakeChat, House, a_house

PEOPLE = ("ada", "grace", "pat", "jun", "kim", "ruth")
POLICY = a_policy(a_rule(approvals=2), grace=timedelta(seconds=10))
PLACES = ("C0PAY", "C0PLAT", "@U0ADA", "@U0GRACE")

Deed = Callable[["Life"], Awaitable[object]]


@dataclass(slots=True)
class TroubledChat(FakeChat):
    """Whatever a chat can do wrong, it does now and then; `calm`: not any more."""

    chance: random.Random = field(default_factory=random.Random)
    calm: bool = False
    closed: set[str] = field(default_factory=set)

    async def show(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, posted: CardRef | None
    ) -> CardRef:
        self._before(at)
        if posted is not None and posted in self.removed:
            raise Gone("somebody deleted it")
        shown = await FakeChat.show(self, piece, at, below=below, posted=posted)
        if not self.calm and self.chance.random() < 0.1:
            raise Unreachable("the answer was lost")
        return shown

    async def find(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, since: datetime
    ) -> CardRef | None:
        self._before(at)
        return await FakeChat.find(self, piece, at, below=below, since=since)

    def _before(self, at: Surface) -> None:
        if self.calm:
            return
        if str(at) in self.closed:
            raise NoSuchPlace("is_archived")
        match self.chance.randrange(12):
            case 0:
                raise Unreachable("refused", sent=False)
            case 1:
                raise Unreachable("broken off", sent=True)
            case 2:
                raise Undelivered("ratelimited", retry_after=timedelta(seconds=20))
            case 3:
                raise Undelivered("internal_error")


@dataclass(slots=True, kw_only=True)
class Life:
    """`house` with a troubled chat, and what `chance` does in it."""

    chance: random.Random
    house: House
    chat: TroubledChat
    clicks: int = 0
    told: int = 0

    async def happen(self, steps: int) -> None:
        await open_one(self)
        for _ in range(steps):
            deed = self.chance.choice(DEEDS)
            with suppress(Refusal):
                await deed(self)

    async def signoff(self) -> Signoff:
        found = await self.house.board.recent(4)
        return self.chance.choice(found)

    async def click(self, *people: str) -> tuple[Signoff, Click]:
        signoff = await self.signoff()
        self.clicks += 1
        click = a_click(signoff, self.chance.choice(people or PEOPLE), id=f"click-{self.clicks}")
        return signoff, click

    async def calm_down(self) -> None:
        """Everything works again, and time enough passes for what was put off."""
        self.chat.calm = True
        self.chat.closed.clear()
        for _ in range(4):
            self.house.clock.go_on(minutes(61))
            await self.house.reconciler.beat()
            await self.house.signoffs.pass_deadlines()
            await self.house.settle()


async def open_one(life: Life) -> None:
    """A new change, a newer revision, or another place."""
    life.told += 1
    environment = life.chance.choice(("production", "production", "staging"))
    change = a_change(
        key=f"{life.told}", revision=sha(life.chance.choice("abcdef")), environment=environment
    )
    await life.house.signoffs.open(change)


async def review(life: Life) -> None:
    _, click = await life.click("ada", "grace", "ada", "grace", "jun", "pat")
    verdict = Verdict.REJECT if life.chance.random() < 0.15 else Verdict.APPROVE
    await life.house.signoffs.review(click, verdict, "because")


async def take_back(life: Life) -> None:
    _, click = await life.click("ada", "grace")
    await life.house.signoffs.take_back(click)


async def claim(life: Life) -> None:
    _, click = await life.click("ada", "grace")
    await life.house.signoffs.claim(click)


async def release(life: Life) -> None:
    _, click = await life.click("ada", "grace")
    await life.house.signoffs.release(click)


async def delegate(life: Life) -> None:
    _, click = await life.click("ada", "grace")
    await life.house.signoffs.delegate(click, life.chance.choice(PEOPLE), "you know it better")


async def inquire(life: Life) -> None:
    _, click = await life.click("ada", "grace")
    await life.house.signoffs.inquire(click, "Why?")


async def answer(life: Life) -> None:
    _, click = await life.click("jun")
    await life.house.signoffs.answer(click, life.chance.choice((1, 2)), "Because.")


async def declare(life: Life) -> None:
    _, click = await life.click("jun")
    await life.house.signoffs.declare(click, assisted=life.chance.random() < 0.5)


async def withdraw(life: Life) -> None:
    _, click = await life.click("jun")
    if life.chance.random() < 0.3:
        await life.house.signoffs.withdraw(click, "not today")


async def renew(life: Life) -> None:
    """By its author, or by the pipeline through the API."""
    signoff = await life.signoff()
    await life.house.signoffs.renew(signoff, life.chance.choice(("jun", "")))


async def ship(life: Life) -> None:
    """The pipeline tells what came of it."""
    change = (await life.signoff()).change
    landing = Landing(
        connection=change.connection, key=change.key, succeeded=life.chance.random() < 0.7
    )
    await life.house.signoffs.shipped(landing)


async def time_passes(life: Life) -> None:
    """With the scheduler, or without it."""
    life.house.clock.go_on(timedelta(seconds=life.chance.choice((1, 9, 15, 40, 600, 1800, 4000))))
    if life.chance.random() < 0.7:
        await life.house.signoffs.pass_deadlines()


async def deliver(life: Life) -> None:
    await life.house.settle()


async def somebody_deletes(life: Life) -> None:
    if life.chat.pieces and life.chance.random() < 0.3:
        life.chat.removed.add(life.chance.choice(list(life.chat.pieces)))


async def a_channel_is_archived(life: Life) -> None:
    place = life.chance.choice(PLACES)
    life.chat.closed.symmetric_difference_update({place})


DEEDS: tuple[Deed, ...] = (
    *(review,) * 5,
    *(time_passes,) * 4,
    *(deliver,) * 5,
    *(open_one,) * 2,
    take_back,
    claim,
    release,
    delegate,
    inquire,
    answer,
    declare,
    withdraw,
    renew,
    ship,
    somebody_deletes,
    a_channel_is_archived,
)


async def live(folder: Path, seed: int, steps: int = 40) -> list[str]:
    """What is not true after one life; empty if all is."""
    chance = random.Random(seed)  # noqa: S311 -- to be the same every time, not to be secret
    chat = TroubledChat(chance=chance)
    async with a_house(folder, policy=POLICY, chat=chat, fallback="C0OPS") as house:
        life = Life(chance=chance, house=house, chat=chat)
        await life.happen(steps)
        await life.calm_down()
        return await house.store.read(lambda session: untrue(session, life))


def untrue(session: Session, life: Life) -> list[str]:
    """Every place is looked at by what hangs there, not by what we believe hangs there."""
    kept, places = _kept(session, life), life.chat.places
    hanging = {r: it for r, it in life.chat.pieces.items() if r not in life.chat.removed}
    forgotten = [
        f"nobody keeps up {_short(it)}" for ref, it in hanging.items() if not kept.get(ref)
    ]
    false = [
        f"{places[ref]} shows {_short(it)}, not {_short(should)}"
        for ref, it in hanging.items()
        if (should := kept.get(ref)) and digest(should) != digest(it)
    ]
    lively = Counter(
        (it.signoff_id, places[ref])
        for ref, it in hanging.items()
        if isinstance(it, Card) and it.open
    )
    twice = [f"{count} live cards: {at}" for at, count in lively.items() if count > 1]
    return [*forgotten, *false, *twice]


def _kept(session: Session, life: Life) -> dict[CardRef, Piece | None]:
    """What should hang where, as the rows say."""
    pieces = Pieces(life.house.rulebook.roster, life.house.clock)
    rows = (
        row
        for subject in (*searching.all_ids(session), surfaces.WARNING)
        for row in surfaces.hung(session, subject).values()
    )
    return {row.ref: pieces.of(session, row) for row in rows if row.ref is not None}


def _short(piece: Any) -> str:
    same = replace(piece, version=0) if hasattr(piece, "version") else piece
    return repr(same)[:300]

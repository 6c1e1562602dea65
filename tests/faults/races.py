"""What may happen at once, which must not come between each other? Two sides, and their moves."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.domain.conditions import When
from bot.domain.errors import Refusal
from bot.domain.people import Roster
from bot.domain.policy import Policy
from bot.domain.signoff import Signoff
from bot.domain.sla import Sla
from storage import moment, rulebooks
from storage.store import Session, Store
from tests.builders import ROSTER, a_policy, a_rule, out_of_groups, sha
from tests.engine.house import House, message_id

SHORT = Sla(
    remind=(timedelta(milliseconds=150),), escalate=None, expire=timedelta(milliseconds=250)
)
ONE = a_policy(
    a_rule(),
    a_rule("two", When(environment=("staging",)), approvals=2),
    a_rule("soon", When(environment=("canary",)), sla="short"),
    a_rule("none", When(environment=("sandbox",)), approvals=0),
    slas={"short": SHORT},
)
TWO = a_policy(a_rule("all", When(), approvals=2), digest="sha256:policy-2")
"""Asks for more, and for something everywhere."""

BOOKS: Mapping[str, tuple[Roster, Policy]] = {
    "as before": (ROSTER, ONE),
    "without ada": (out_of_groups(ROSTER, "ada"), ONE),
    "stricter": (ROSTER, TWO),
}


@dataclass(slots=True)
class Witness:
    """A pipeline that says yes to everything, and remembers what it received when."""

    clock: Callable[[], datetime]
    fetches: bool = False
    reopens: bool = True
    received: list[dict[str, str]] = field(default_factory=list)

    async def report(self, signoff: Signoff) -> None:
        said = repr((signoff.id, signoff.status, signoff.decided_at, signoff.reviews))
        self.received.append(
            {
                "message_id": message_id(signoff),
                "signoff": signoff.id,
                "status": signoff.status.value,
                "digest": hashlib.sha256(said.encode()).hexdigest(),
                "at": self.clock().isoformat(),
            }
        )


@dataclass(slots=True, kw_only=True)
class Side:
    """`pressed`, `troubles` and `entered` are what it has to tell in the end."""

    number: int
    book: str
    house: House
    witness: Witness
    store: Store
    known: dict[int, Signoff] = field(default_factory=dict)
    pressed: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    entered: list[dict[str, str]] = field(default_factory=list)

    async def look(self) -> None:
        """What waits, by the number of its round."""
        waiting = {int(it.change.key): it for it in await self.house.board.pending()}
        self.known = {**waiting, **self.known}

    async def press(self, number: int, person: str, words: str, click: str) -> None:
        press = {"id": click, "person": person, "words": words, "counted": False}
        self.pressed.append(press)
        try:
            await self.house.review(self.known[number], person, id=click, reason=words)
            press["counted"] = True
        except Refusal:
            pass

    async def open(self, number: int, environment: str, revision: str = "a") -> None:
        """The changes of one round are about one place, which no other round is about."""
        newer = revision != "a"
        opened = await self.house.open(
            key=str(number + 1000 * newer),
            repository=f"acme/payments-{number}",
            environment=environment,
            revision=sha(revision),
        )
        if not newer:
            self.known[number] = opened

    async def enter(self) -> None:
        digest = self.house.rulebook.digest

        def unit(session: Session) -> datetime:
            rulebooks.enter(session, digest)
            return moment.now(session)

        at = await self.store.write(unit)
        self.entered.append({"since": at.isoformat(), "book": self.book})

    async def overtaken(self) -> None:
        """Returns when another book is in force."""
        while await self.store.read(rulebooks.newest) == self.house.rulebook.digest:  # noqa: ASYNC110
            await asyncio.sleep(0.003)

    async def wait_out(self) -> None:
        """Returns when all has expired that does so within the race."""
        soon = self.store.clock() + SHORT.expire
        ends = [it.expires_at for it in self.known.values() if it.expires_at]
        for end in ends:
            if end < soon:
                await self.until(end)

    async def until(self, at: datetime) -> None:
        await asyncio.sleep((at - self.store.clock()).total_seconds())


Move = Callable[[Side, int], Awaitable[object]]


async def ada(side: Side, number: int) -> None:
    await side.press(number, "ada", f"ada {number}", f"ada {number}")


async def grace(side: Side, number: int) -> None:
    await side.press(number, "grace", f"grace {number}", f"grace {number}")


async def same_click(side: Side, number: int) -> None:
    """Twice at one door, and once at the other."""
    often = 2 - side.number
    await asyncio.gather(*(ada(side, number) for _ in range(often)))


async def ada_at_the_end(side: Side, number: int) -> None:
    """A little earlier or later, so that neither always wins."""
    end = side.known[number].expires_at
    assert end is not None
    await side.until(end + (number % 9 - 7) * timedelta(milliseconds=6))
    await ada(side, number)


async def scheduler(side: Side, number: int) -> None:
    """Whenever something is due, as the heartbeat does, and what follows is carried out. One looks
    after several.
    """
    if number % 5:
        return
    for deadline in side.known[number].requirement.deadlines:
        await side.until(deadline.at)
        await side.house.signoffs.pass_deadlines()
    await side.house.dispatcher.settle()


async def push(side: Side, number: int) -> None:
    await side.open(number, "production", "b")


async def another_book(side: Side, number: int) -> None:
    """In the middle of what the other side does."""
    if number % 5 == 2:
        await side.enter()
        await side.house.signoffs.reassess()


async def announced(side: Side, number: int) -> None:
    """Nothing is asked of it by the older book."""
    await side.open(number, "sandbox")


def behind(move: Move) -> Move:
    """The same once the other side's book is in force."""

    async def later(side: Side, number: int) -> None:
        await side.overtaken()
        await move(side, number)

    return later


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What is opened before, and what both sides do then, each by its book."""

    moves: tuple[Move, Move]
    opens: tuple[str, ...] = ("production",)
    books: tuple[str, str] = ("as before", "as before")


NO_ADA, STRICTER = ("as before", "without ada"), ("as before", "stricter")

RACES: Mapping[str, Race] = {
    "two clicks": Race(moves=(ada, grace), opens=("production", "staging")),
    "the same click": Race(moves=(same_click, same_click), opens=("production", "staging")),
    "a click and the expiry": Race(moves=(ada_at_the_end, scheduler), opens=("canary",)),
    "a click and a push": Race(moves=(ada, push)),
    "a click and a roster": Race(moves=(ada, another_book), books=NO_ADA),
    "a click and a policy": Race(moves=(ada, another_book), books=STRICTER),
    "a click behind a roster": Race(moves=(behind(ada), another_book), books=NO_ADA),
    "a click behind a policy": Race(moves=(behind(ada), another_book), books=STRICTER),
    "a change behind a policy": Race(
        moves=(behind(announced), another_book), opens=(), books=STRICTER
    ),
    "two schedulers": Race(moves=(scheduler, scheduler), opens=("canary",)),
    "a click in time": Race(moves=(ada, grace), opens=("canary",)),
}

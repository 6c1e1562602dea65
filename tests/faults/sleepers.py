"""What does a process that slept over its lease spoil when it wakes up? It must be nothing.

    python -m tests.faults.sleepers fails sqlite:////tmp/some.db

Two engines on one database, each of which stands for a process; the clock says how long one slept.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.engine import dispatcher, tenure
from bot.ports import CardRef, Gone, Unreachable
from storage import outbox, reconciling
from storage.store import Session, Store
from storage.surfaces import Hung
from tests.builders import ROSTER, FakeClock, a_policy, a_rule, minutes
from tests.engine.house import FakeChat, FakePipeline, House, furnish

CHANNEL = "C0PAY"


@dataclass(slots=True)
class Slow:
    """The chat, whose answers come when the gate is open. `sees`: something was taken away."""

    chat: FakeChat
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    sees: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chat, name)

    async def show(self, *what: Any, **where: Any) -> CardRef:
        try:
            return await self.chat.show(*what, **where)
        except Gone:
            self.sees.set()
            await self.gate.wait()
            raise


@dataclass(slots=True, kw_only=True)
class Two:
    """`sleeper` and `other` are at the same chat; each has a pipeline of its own to look at."""

    clock: FakeClock
    chat: FakeChat
    slow: Slow
    sleeper: House
    other: House


@asynccontextmanager
async def two(url: str) -> AsyncIterator[Two]:
    clock, chat = FakeClock(), FakeChat()
    slow = Slow(chat)
    store = Store(url, clock=clock)
    apart = store if store.alone else Store(url, clock=clock)
    policy = a_policy(a_rule(approvals=2))
    try:
        yield Two(
            clock=clock,
            chat=chat,
            slow=slow,
            sleeper=_house(store, clock, policy, slow),
            other=_house(apart, clock, policy, chat),
        )
    finally:
        await store.close()
        if apart is not store:
            await apart.close()


def _house(store: Store, clock: FakeClock, policy: Any, chat: Any) -> House:
    pipelines = {"payments-ci": FakePipeline()}
    return furnish(store, clock, roster=ROSTER, policy=policy, chat=chat, pipelines=pipelines)


async def fails(two: Two) -> None:
    """It hears that the pipeline did not answer, while another tells it: that is no news."""
    sleeper, other = two.sleeper, two.other
    signoff = await sleeper.open()
    for person in ("ada", "grace"):
        signoff = await sleeper.review(signoff, person)
    sleeper.pipeline.answers = deque([Unreachable("reset")])
    asleep = await _telling(sleeper)
    two.clock.go_on(dispatcher.LEASE)
    awake = await _telling(other)
    sleeper.pipeline.gate.set()  # type: ignore[union-attr]
    await asleep
    two.clock.go_on(minutes(0.5))
    await sleeper.dispatcher.settle()
    assert len(sleeper.pipeline.attempts) == 1, "it told what another is about to tell"
    other.pipeline.gate.set()  # type: ignore[union-attr]
    await awake
    two.clock.go_on(dispatcher.LEASE)
    await sleeper.dispatcher.settle()
    assert len(other.pipeline.taken) == 1
    assert await other.store.read(outbox.backlog) == {}


async def hangs(two: Two) -> None:
    """It hears that a card was taken away, after another has hung it up again: that is known."""
    sleeper, other, chat = two.sleeper, two.other, two.chat
    signoff = await sleeper.open()
    await sleeper.reconciler.settle()
    (first,) = [ref for ref in chat.cards if chat.places[ref] == CHANNEL]
    chat.removed.add(first)
    signoff = await sleeper.review(signoff, "ada")
    row = await sleeper.store.read(lambda session: _wanting(session, sleeper))
    asleep = asyncio.create_task(sleeper.reconciler._deliver(row))
    await two.slow.sees.wait()
    two.clock.go_on(tenure.LENGTH)
    await other.reconciler.settle()
    two.slow.gate.set()
    await asleep
    await other.review(signoff, "grace")
    for house in (other, sleeper, other):
        two.clock.go_on(tenure.LENGTH)
        await house.reconciler.settle()
    there = [ref for ref in chat.cards if chat.places[ref] == CHANNEL and ref not in chat.removed]
    assert len(there) == 1, f"{len(there)} cards hang at one place"
    assert signoff.id == chat.cards[there[0]].signoff_id


def _wanting(session: Session, house: House) -> Hung:
    """The card in the channel, which does not show what it should."""
    rows = reconciling.wanting(session, house.clock(), (), 10)
    return next(row for row in rows if row.name == f"card {CHANNEL}")


async def _telling(house: House) -> asyncio.Task[None]:
    """It has taken what is due, and the pipeline keeps its answer back. Nothing else of it runs."""
    house.pipeline.gate = asyncio.Event()
    at = house.clock()
    until = at + dispatcher.LEASE
    items = await house.store.write(lambda session: outbox.claim(session, at, until, {}))
    (item,) = (it for it in items if it.lane == "payments-ci")
    telling = asyncio.create_task(house.dispatcher._deliver(item))
    await house.pipeline.knocks.wait()
    return telling


STORIES: Mapping[str, Callable[[Two], Awaitable[None]]] = {"fails": fails, "hangs": hangs}


async def tell(story: str, url: str) -> None:
    """Raises AssertionError if something was spoiled."""
    async with asyncio.timeout(50), two(url) as both:
        await STORIES[story](both)


if __name__ == "__main__":
    asyncio.run(tell(*sys.argv[1:]))

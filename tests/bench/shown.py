"""`python -m tests.bench.shown`: how long after the commit of a decision does the card's update leave?

The real store on a real file and the real reconciler; the chat only notes when it is called. Once
with nothing else to do, once with a thousand cards that wait for a lane which is closed.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.card import Card
from bot.domain.notes import Note
from bot.ports import CardRef, Surface
from storage import reconciling, surfaces
from storage.store import Session, Store
from storage.surfaces import CARD, Want
from tests.builders import FakeClock, hours
from tests.engine.house import FakeChat, House, furnish

ROUNDS, CROWD = 300, 1000


@dataclass(slots=True)
class WatchedChat(FakeChat):
    """`left` is when the card of the channel was last on its way."""

    left: float = 0.0
    seen: asyncio.Event = field(default_factory=asyncio.Event)

    async def show(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, posted: CardRef | None
    ) -> CardRef:
        if isinstance(piece, Card) and piece.status.is_final and at.channel == "C0PAY":
            self.left = time.perf_counter()
            self.seen.set()
        return await FakeChat.show(self, piece, at, below=below, posted=posted)


async def measure(folder: Path, crowd: int) -> list[float]:
    """Milliseconds, a figure for each decision."""
    committed: list[float] = []
    store = Store(f"sqlite:///{folder / 'bench.db'}", lambda: committed.append(time.perf_counter()))
    chat = WatchedChat()
    house = furnish(store, FakeClock(), chat=chat)
    await _crowd_in(store, house, crowd)
    running = asyncio.create_task(house.reconciler.run())
    took = []
    try:
        for number in range(ROUNDS):
            name = f"acme/payments-{number}"
            signoff = await house.open(key=f"{number}", repository=name)
            while not _hangs(house, signoff.id):  # noqa: ASYNC110 -- the chat rings no bell
                await asyncio.sleep(0.001)
            chat.seen.clear()
            committed.clear()
            await house.review(signoff)
            decided = committed[0]
            await chat.seen.wait()
            took.append((chat.left - decided) * 1000)
    finally:
        running.cancel()
        await house.reconciler.finish()
        await store.close()
    return took


def _hangs(house: House, signoff_id: str) -> bool:
    return any(card.signoff_id == signoff_id for card in house.chat.on("C0PAY"))


async def _crowd_in(store: Store, house: House, crowd: int) -> None:
    """So many cards for a channel that Slack has closed for an hour."""
    now, there = house.clock(), Surface(channel="C0CROWD")

    def crowd_in(session: Session) -> None:
        for number in range(crowd):
            surfaces.want(session, f"sgn_crowd{number}", [Want(sort=CARD, at=there)], now)
        reconciling.pause(session, surfaces.posting(there), now + hours(1))

    await store.write(crowd_in)


def report() -> list[str]:
    """Lines of a table, in milliseconds; for a loop of its own."""
    lines = ["| cards waiting for a closed lane | p50 ms | p99 ms |", "|---|---|---|"]
    for crowd in (0, CROWD):
        with tempfile.TemporaryDirectory(prefix="shown-") as folder:
            took = sorted(asyncio.run(measure(Path(folder), crowd)))
        p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
        lines.append(f"| {crowd} | {p50:.1f} | {p99:.1f} |")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")

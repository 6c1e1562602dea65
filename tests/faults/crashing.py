"""Lives of the engine, each of which ends at the next point of its way, as `kill -9` ends it there.

    echo '{"url": "sqlite:////tmp/some.db", "life": 3}' | python -m tests.faults.crashing

Each line is one life, in a fork: a change is announced, a person approves it, the pipeline is told;
the n-th life ends at the n-th point of that. Before, it does what the life before left undone, as
senders and people do who were not answered. It tells what the outside world sees of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import warnings
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, event

from bot.domain.signoff import Signoff
from storage.store import Store
from tests.builders import NOW, FakeClock, ids
from tests.engine.house import House, furnish, message_id


@dataclass(slots=True)
class Way:
    """It dies at the point with this number, of those from now on. 0: at none."""

    dies_at: int = 0
    inside: bool = False
    """A transaction that writes has begun, and has done nothing yet."""

    def reach(self, where: str) -> None:
        self.dies_at -= 1
        if self.dies_at == 0:
            tell("died", where)
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """What the connection of the writer does."""

        @event.listens_for(Engine, "begin")
        def begins(_: object) -> None:
            if _writes():
                self.reach("before begin")
                self.inside = True

        @event.listens_for(Engine, "after_cursor_execute")
        def began(*_: object) -> None:
            if _writes() and self.inside:
                self.inside = False
                self.reach("after begin")

        @event.listens_for(Engine, "commit")
        def commits(_: object) -> None:
            if _writes():
                self.reach("before commit")

    def committed(self) -> None:
        self.reach("after commit")


@dataclass(slots=True)
class Door:
    """The pipeline, which tells what it received as soon as it has it."""

    way: Way
    fetches: bool = False
    reopens: bool = True

    async def report(self, signoff: Signoff) -> None:
        self.way.reach("before send")
        said = repr((signoff.id, signoff.status, signoff.decided_at, signoff.reviews))
        tell("received", [message_id(signoff), signoff.id, signoff.status.value, said])
        self.way.reach("before its answer is heard")


def tell(word: str, what: object) -> None:
    os.write(sys.stdout.fileno(), (json.dumps([word, what]) + "\n").encode())


def _writes() -> bool:
    return threading.current_thread().name == "store-writer"


async def story(house: House, way: Way, number: int) -> None:
    """What a sender, a person and the house do."""
    facts = {"key": str(number), "repository": f"acme/payments-{number}"}
    signoff = await house.open(**facts)
    way.reach("before acknowledge")
    tell("acknowledged", str(number))
    way.reach("after acknowledge")
    words = f"it is right {number}"
    await house.review(signoff, "ada", id=words, reason=words)
    way.reach("before acknowledge")
    tell("counted", words)
    way.reach("after acknowledge")
    await house.dispatcher.settle()


async def live(url: str, life: int) -> None:
    """Each a while after the one before, so that what that one had leased is free again."""
    way, clock = Way(), FakeClock(NOW + life * timedelta(minutes=2))
    store = Store(url, committed=way.committed, clock=clock)
    way.watch()
    pipelines: Any = {"payments-ci": Door(way)}
    house = furnish(store, clock, pipelines=pipelines, new_id=ids(f"sgn_{life}x"))
    await house.dispatcher.prepare()
    if life > 1:
        await story(house, way, life - 1)
    way.dies_at = life
    await story(house, way, life)
    await store.close()
    tell("done", life)


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(live(**json.loads(line)))
            sys.exit(0)
        os.waitpid(child, 0)
        tell("ended", child)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()

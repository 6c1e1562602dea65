"""One side of a race, or both: an engine on a store, which does what it is told in rounds.

    echo '{"do": "open", "race": "two clicks", "url": "postgresql://…", "sides": [0]}' \\
      | python -m tests.faults.racing

Each line is a step, and is answered by a line once it is done. On PostgreSQL each side has a
process of its own; on SQLite one process is two engines on one store.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import Refusal
from storage.store import Store
from tests.builders import ids
from tests.engine.house import furnish
from tests.faults.races import BOOKS, RACES, Race, Side, Witness

APART = 0.006
"""Seconds by which the two sides of a round may differ, either way."""


@dataclass(slots=True, kw_only=True)
class Racer:
    """What one process does of a race."""

    race: Race
    store: Store
    sides: list[Side]

    @classmethod
    def at(cls, url: str, name: str, sides: Iterable[int]) -> Racer:
        store, race = Store(url), RACES[name]
        return cls(race=race, store=store, sides=[a_side(store, race, it) for it in sides])

    async def prepare(self, rounds: list[int]) -> None:
        """Of the first side alone: what the rounds are about."""
        first, opens = self.sides[0], self.race.opens
        if self.race.books[0] != self.race.books[1]:
            await first.enter()
        every = (first.open(it, opens[it % len(opens)]) for it in rounds if opens)
        await asyncio.gather(*every)

    async def look(self) -> None:
        """Before anybody moves: whoever is late would not see what the other has decided by then."""
        for side in self.sides:
            await side.look()

    async def go(self, rounds: list[int]) -> None:
        """All rounds at once, no side always a little earlier than the other."""
        moves = (self._move(side, number) for side in self.sides for number in rounds)
        await asyncio.gather(*moves)

    async def finish(self) -> dict[str, Any]:
        """Catch up, carry out, and tell; the store is let go of."""
        for side in self.sides:
            await side.wait_out()
        for duty in ("pass_deadlines", "reassess"):
            await asyncio.gather(*(getattr(it.house.signoffs, duty)() for it in self.sides))
        await asyncio.gather(*(side.house.dispatcher.settle() for side in self.sides))
        await self.store.close()
        told = ("pressed", "troubles", "entered")
        said = {name: [it for side in self.sides for it in getattr(side, name)] for name in told}
        received = [it for side in self.sides for it in side.witness.received]
        return {**said, "received": received}

    async def _move(self, side: Side, number: int) -> None:
        if self.race.opens and number not in side.known:
            return  # it was over before we looked
        late = random.Random(f"{side.number} {number}").uniform(0, APART)  # noqa: S311
        await asyncio.sleep(late)
        try:
            await self.race.moves[side.number](side, number)
        except Refusal:
            pass
        except Exception as problem:  # noqa: BLE001 -- the judge has to hear of it
            side.troubles.append(f"{type(problem).__name__}: {problem}"[:300])


def a_side(store: Store, race: Race, number: int) -> Side:
    roster, policy = BOOKS[race.books[number]]
    witness = Witness(store.clock)
    house = furnish(
        store,
        store.clock,  # type: ignore[arg-type]
        roster=roster,
        policy=policy,
        pipelines={"payments-ci": witness},  # type: ignore[dict-item]
        new_id=ids(f"sgn_{'ab'[number]}"),
    )
    return Side(number=number, book=race.books[number], house=house, witness=witness, store=store)


async def _race() -> None:
    racer: Racer | None = None
    while line := await asyncio.to_thread(sys.stdin.readline):
        said: Any = {}
        match json.loads(line):
            case {"do": "open", "url": url, "race": name, "sides": sides}:
                racer = Racer.at(url, name, sides)
            case {"do": "prepare", "rounds": rounds} if racer:
                await racer.prepare(rounds)
            case {"do": "look"} if racer:
                await racer.look()
            case {"do": "go", "rounds": rounds} if racer:
                await racer.go(rounds)
            case {"do": "finish"} if racer:
                said, racer = await racer.finish(), None
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    warnings.simplefilter("error")
    asyncio.run(_race())

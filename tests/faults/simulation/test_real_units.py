"""Does the judge find the real engine lawful, too? Short months of its own units of work, on SQLite.

Two processes share the database while one takes the place of the other; what they do in the
middle of each other's tasks is for the other tests of this folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.domain.errors import Outdated, Refusal
from bot.domain.signoff import Signoff, Verdict
from bot.engine.clicks import Click
from bot.ports import Undelivered, Unreachable
from storage.store import Store
from tests.builders import FakeClock, a_change, minutes, sha
from tests.engine.house import FakePipeline, House, furnish
from tests.faults import records
from tests.faults.evidence import Evidence, InForce, Press, Received
from tests.faults.judge import judge
from tests.faults.simulation.company import (
    AUTHORS,
    PLACES,
    POLICIES,
    PRESSERS,
    ROSTERS,
    book,
)

FREE, STRICT = 1, 0
"""What goes to the sandbox needs nobody under the one of these policies, and somebody under the other."""

SEEDS, DEEDS = 6, 60
TROUBLES = (Unreachable("down"), Undelivered("HTTP 503"), None, None)


@dataclass(slots=True)
class Real:
    """The real engine on one database, and what is seen of it from outside."""

    store: Store
    clock: FakeClock
    chance: Random
    houses: list[House]
    pipeline: FakePipeline
    received: list[Received] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    clicks: list[tuple[Click, Verdict, str]] = field(default_factory=list)
    in_force: list[InForce] = field(default_factory=list)
    keys: int = 0

    @property
    def house(self) -> House:
        """Whichever the balancer chooses."""
        return self.chance.choice(self.houses)

    async def start(self, roster: int, policy: int) -> None:
        """Another process; the one before the last is gone by now."""
        chosen = book(roster, policy)
        pipelines = {"payments-ci": self.pipeline}
        house = furnish(
            self.store,
            self.clock,
            roster=chosen.roster,
            policy=chosen.rulebook.policy,
            pipelines=pipelines,
            new_id=lambda: f"sgn_{self.chance.getrandbits(64):x}",
        )
        self.houses = [*self.houses[-1:], house]
        self.clock.go_on(timedelta(microseconds=1))
        self.in_force.append(
            InForce(since=self.clock.now, roster=chosen.roster, policy_digest=chosen.policy_digest)
        )
        await house.signoffs.enter()
        await house.signoffs.reassess()

    async def push(self) -> None:
        self.keys += 1
        change = a_change(
            self.chance.choice(AUTHORS),
            key=f"change-{self.keys}",
            environment=self.chance.choice(PLACES),
            revision=f"{self.keys:040x}",
        )
        for house in (self.houses[-1], self.house):  # told twice, to whoever is there
            with suppress(Outdated):
                await house.signoffs.open(change)

    async def press(self) -> None:
        signoffs = [it for it in (await self.stored()) if not it.status.is_final]
        if not signoffs:
            return
        seen, number = self.chance.choice(signoffs), len(self.clicks)
        person, words = self.chance.choice(PRESSERS), f"because of {number}"
        verdict = Verdict.REJECT if self.chance.random() < 0.1 else Verdict.APPROVE
        click = Click(
            id=f"click-{number}",
            signoff_id=seen.id,
            person=person,
            revision=sha("f") if self.chance.random() < 0.1 else seen.change.revision,
            policy_digest=seen.requirement.policy_digest,
        )
        self.clicks.append((click, verdict, words))
        self.presses.append(Press(id=click.id, person=person, words=words))
        await self._deliver(click, verdict, words)

    async def repeat(self) -> None:
        if self.clicks:
            await self._deliver(*self.chance.choice(self.clicks[-5:]))

    async def wait(self) -> None:
        self.clock.go_on(minutes(self.chance.choice((1, 10, 60, 600)) * self.chance.random()))
        await self._stay()
        if self.chance.random() < 0.8:
            await self.house.signoffs.pass_deadlines()

    async def carry_out(self) -> None:
        self.pipeline.answers.extend(self.chance.choices(TROUBLES, k=3))
        await self.house.dispatcher.settle()
        self.pipeline.answers.clear()
        self._listen()

    async def restart(self) -> None:
        await self.start(self.chance.randrange(len(ROSTERS)), self.chance.randrange(len(POLICIES)))

    async def end(self) -> Evidence:
        """All is up, and has the time it needs."""
        for _ in range(30):
            self.clock.go_on(timedelta(hours=3))
            await self._stay()
            await self.houses[-1].signoffs.pass_deadlines()
            await self.houses[-1].dispatcher.settle()
            self._listen()
        return await self.store.read(
            lambda session: records.read(
                session,
                self.received,
                self.clock.now,
                presses=self.presses,
                in_force=self.in_force,
                acknowledged=frozenset(f"change-{it + 1}" for it in range(self.keys)),
            )
        )

    async def _stay(self) -> None:
        """As their heartbeats do all the time."""
        for house in self.houses:
            await house.signoffs.stay()

    async def _deliver(self, click: Click, verdict: Verdict, words: str) -> None:
        with suppress(Refusal):
            await self.house.signoffs.review(click, verdict, words)

    async def stored(self) -> list[Signoff]:
        found = await self.store.read(lambda session: records.read(session, (), self.clock.now))
        return list(found.stored.values())

    def _listen(self) -> None:
        for message_id, status in self.pipeline.taken[len(self.received) :]:
            signoff = message_id.removeprefix("msg_").removesuffix(f"_{status}")
            self.received.append(
                Received(
                    message_id=message_id,
                    signoff=signoff,
                    status=status,
                    digest=status,
                    at=self.clock.now,
                )
            )


@asynccontextmanager
async def a_real(folder: Path, seed: int) -> AsyncIterator[Real]:
    clock = FakeClock()
    store = Store(f"sqlite:///{folder / 'countersign.db'}", clock=clock)
    chance, pipeline = Random(seed), FakePipeline()  # noqa: S311 -- to be the same every time
    try:
        yield Real(store, clock, chance, [], pipeline)
    finally:
        await store.close()


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_month_of_the_real_engine_is_lawful(tmp_path: Path, seed: int) -> None:
    async with a_real(tmp_path, seed) as real:
        await real.start(0, seed % len(POLICIES))
        deeds = (real.push, real.press, real.press, real.repeat, real.wait, real.carry_out)
        for _ in range(DEEDS):
            deed = real.chance.choice((*deeds, *deeds, real.restart))
            await deed()
        evidence = await real.end()
    assert judge(evidence) == []
    happened = Counter(entry.event.kind for entry in evidence.entries)
    assert min(happened["opened"], happened["deadline_passed"], happened["reported"]) > 0


async def test_who_was_started_with_older_rules_lets_nothing_go_on(tmp_path: Path) -> None:
    async with a_real(tmp_path, 0) as real:
        await real.start(0, FREE)
        await real.start(0, STRICT)
        with suppress(Outdated):
            await real.houses[0].signoffs.open(a_change("kim", environment="sandbox"))
        stored = await real.stored()
    assert [it.status for it in stored if it.status.proceed] == []

"""What becomes of three replicas in an hour of load and of everything that can go wrong?

    python -m tests.faults.soak 60 20

Changes come all the time and people answer some of them, while replicas are killed, PostgreSQL crashes
and Slack refuses, errs and stalls. In the end the judge looks at the database and at what the pipeline
received, and at nothing else; and memory and open files of the replica that lived through it all
must not have grown.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGKILL
from typing import Any

import aiohttp
import psycopg

from bot.demo.changes import REFUNDS, change
from bot.demo.scene import AT_ONCE, CHANNEL, SENIOR
from bot.demo.screen import is_about
from bot.playground.faults import EVERY_METHOD, Fault
from storage.store import Store
from tests.faults.evidence import Received
from tests.faults.judge import judge
from tests.faults.replicas import HOME, Fleet, Replica, _read, _received, a_nursery, three_replicas
from tests.installation import installed
from tests.postgres import Cluster

ASKED = 10
"""Of so many changes one needs a signature; the others go on at once."""

CONFIG = (
    f"{AT_ONCE}    - {{name: staging, when: {{environment: staging}}, require: {{approvals: 0}}}}\n"
)
PATIENCE = 900
"""Seconds until all is carried out and shown, once nothing goes wrong any more: what waits for a
signature expires after two minutes, and what was not taken meanwhile is told again ever more rarely."""

LEFT = """
SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM surface WHERE state = 'wanting'),
       (SELECT count(*) FROM signoff WHERE status = 'pending')
"""

LONG = 20 * 60
"""Seconds of which something can be said about memory: until then what is kept in mind fills up."""

MEGABYTES_AN_HOUR, FILES = 64, 20
FAULTS = (
    Fault.RATE_LIMITED(1), Fault.SERVER_ERROR, Fault.HANG(3), Fault.DROP_AFTER, Fault.DROP_BEFORE,
    Fault.CUT_RESPONSE, Fault.HTML(502), Fault.ERROR("internal_error"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """Of the elder: seconds since the beginning, bytes resident, files open."""

    at: float
    resident: int
    files: int


@dataclass(slots=True, kw_only=True)
class Soak:
    """`elder` is never killed. `received` is what reached the pipeline, made small. Of `clients`
    each sends a change a second, if it is answered in time.
    """

    fleet: Fleet
    cluster: Cluster
    seconds: float
    clients: int
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311
    began: float = field(default_factory=time.monotonic)
    received: list[Received] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    told: int = 0
    approved: int = 0
    kills: int = 0
    crashes: int = 0

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    @property
    def over(self) -> bool:
        return self.elapsed >= self.seconds

    @property
    def elder(self) -> Replica:
        return self.fleet.replicas[0]

    async def every(self, low: float, high: float, deed: Callable[[], Awaitable[None]]) -> None:
        while not self.over:
            await asyncio.sleep(
                min(self.random.uniform(low, high), max(0, self.seconds - self.elapsed))
            )
            if not self.over:
                await deed()

    # What people and programs do.

    async def client(self, first: int) -> None:
        for number in range(first, sys.maxsize, self.clients):
            if self.over:
                return
            began = time.monotonic()
            signed = number // self.clients % ASKED == 0
            signoff_id = await self.announce(number, "production" if signed else "staging")
            if signed and self.random.random() < 0.7:
                await self.approve(signoff_id)
            await asyncio.sleep(max(0, 1 - (time.monotonic() - began)))

    async def announce(self, number: int, environment: str) -> str:
        """As CI does: again and again, at any address, until it is taken."""
        facts = {"repository": f"acme/payments-{number % 500}", "environment": environment}
        data = change({**REFUNDS, **facts}, number, "")
        data["key"] = f"soak/{number}"
        data["callback_url"] = self.fleet.scene.pipeline.callback_url(data["key"])
        self.fleet.scene.pipeline.start(data["key"], data["title"])
        while not (signoff_id := await self.tell(self.fleet.next(), data)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        self.fleet.acknowledged[data["key"]] = signoff_id
        self.told += 1
        return signoff_id

    async def tell(self, replica: Replica, data: Any) -> str:
        self.fleet.scene.port = replica.port
        with suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with asyncio.timeout(5):
                status, answer = await self.fleet.scene.announce(data, f"evt_{data['key']}")
            assert status in (200, 202, 429, 503), (status, answer)
            return str(answer["id"]) if status < 400 else ""
        return ""

    async def approve(self, signoff_id: str) -> None:
        """If its card hangs in time: people do not wait for ever either."""
        slack = self.fleet.scene.slack
        for _ in range(40):
            newest = slack.messages(CHANNEL)[-300:]
            if card := next((it for it in newest if is_about(it, signoff_id)), None):
                slack.connect(f"{self.fleet.next().url}/slack/events")
                with suppress(LookupError):
                    self.approved += (await self.fleet.scene.press(SENIOR, card, "Approve")).ok
                return
            await asyncio.sleep(0.25)

    # What goes wrong.

    async def kill(self) -> None:
        victim = self.random.choice(self.fleet.replicas[1:])
        await self.fleet.end(victim, SIGKILL)
        self.kills += 1
        await asyncio.sleep(self.random.uniform(0.5, 3))
        await self.fleet.keep_starting(victim)

    async def crash(self) -> None:
        """PostgreSQL, as when somebody pulls its plug."""
        await asyncio.to_thread(self.cluster.restart, "immediate")
        self.crashes += 1

    async def trouble(self) -> None:
        self.fleet.scene.slack.fail(EVERY_METHOD, self.random.choice(FAULTS), times=None)
        await asyncio.sleep(self.random.uniform(1, 8))
        self.fleet.scene.slack.heal()

    # What is looked at meanwhile.

    async def look(self) -> None:
        """The play Slack and the toy pipeline would remember it all."""
        there = Path(f"/proc/{self.elder.process}")
        pages = int((there / "statm").read_text().split()[1])
        open_files = len(list((there / "fd").iterdir()))
        self.samples.append(Sample(self.elapsed, pages * os.sysconf("SC_PAGE_SIZE"), open_files))
        self.fleet.scene.slack.calls.clear()
        self.hear()
        print(self, flush=True)  # noqa: T201

    def hear(self) -> None:
        heard = self.fleet.scene.pipeline.heard
        self.received += [_received(it.id, it.body) for it in heard]
        heard.clear()

    def __str__(self) -> str:
        newest = self.samples[-1]
        return (
            f"{self.elapsed:6.0f} s  {self.told:6} changes  {self.approved:5} approved  "
            f"{len(self.received):6} callbacks  {self.kills:3} killed  {self.crashes:3} crashes  "
            f"{newest.resident >> 20:4} MiB  {newest.files:3} files"
        )

    async def suffer(self) -> None:
        async with asyncio.TaskGroup() as all_at_once:
            for first in range(self.clients):
                all_at_once.create_task(self.client(first))
            for low, high, deed in (
                (20, 60, self.kill), (40, 40, self.crash), (5, 20, self.trouble), (10, 10, self.look),
            ):  # fmt: skip
                all_at_once.create_task(self.every(low, high, deed))

    async def settle(self) -> None:
        """Everything is up again, and has the time to catch up."""
        self.fleet.scene.slack.heal()
        async with asyncio.timeout(PATIENCE):
            while (left := self.left()) != (0, 0, 0):
                print("left:", left, "effects, messages, pending", flush=True)  # noqa: T201
                await asyncio.sleep(5)
        self.hear()

    def left(self) -> tuple[int, ...]:
        with suppress(psycopg.OperationalError):
            return self.fleet.asked(LEFT)[0]
        return (1,)

    async def wrongs(self) -> list[str]:
        """Everything that speaks against us; nothing, if nothing does."""
        known = {"acknowledged": frozenset(self.fleet.acknowledged)}
        store = Store(self.fleet.url)
        try:
            evidence = await store.read(lambda session: _read(session, self.received, known))
        finally:
            await store.close()
        return [*map(str, judge(evidence)), *growth(self.samples), *verified(self.fleet)]


def growth(samples: Sequence[Sample]) -> list[str]:
    """Between the second and the last quarter; of what is too short nothing can be said."""
    if not samples or samples[-1].at < LONG:
        return []
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    hours = (late[0].at - early[0].at) / 3600
    grown = (_middle(it.resident for it in late) - _middle(it.resident for it in early)) / hours
    files = max(it.files for it in late) - max(it.files for it in early)
    found = [f"memory grows by {grown / 2**20:.0f} MiB an hour"] * (grown > MEGABYTES_AN_HOUR << 20)
    return found + [f"{files} more files are open than before"] * (files > FILES)


def _middle(values: Any) -> int:
    known = sorted(values)
    return int(known[len(known) // 2])


def verified(fleet: Fleet) -> list[str]:
    """What `countersign audit verify` says of the trail, as an operator asks."""
    environ = {**fleet.scene.variables(), "PATH": os.defpath, "PYTHONPATH": str(HOME)}
    what = [sys.executable, "-m", "bot", "audit", "verify"]
    done = subprocess.run(
        what, env=environ, cwd=fleet.scene.folder, capture_output=True, text=True, check=False
    )
    return [f"countersign audit verify: {done.stderr.strip()}"] if done.returncode else []


@asynccontextmanager
async def soaked(seconds: float, clients: int) -> AsyncIterator[Soak]:
    with (
        installed() as there,
        there.cluster() as cluster,
        a_nursery() as nursery,
        tempfile.TemporaryDirectory() as folder,
    ):
        url = cluster.new_database()
        async with three_replicas(Path(folder), nursery, url, CONFIG) as fleet:
            yield Soak(fleet=fleet, cluster=cluster, seconds=seconds, clients=clients)


async def main(minutes: str, clients: str = "20") -> int:
    async with soaked(60 * float(minutes), int(clients)) as soak:
        await soak.suffer()
        await soak.settle()
        wrongs = await soak.wrongs()
    print(*wrongs or ["every law was kept"], sep="\n")  # noqa: T201
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))

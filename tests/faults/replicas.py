"""Three replicas of the house on one PostgreSQL: who starts, pauses, kills and asks them?"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from sqlalchemy import text

from bot import signing
from bot.clock import system_clock
from bot.demo.changes import change
from bot.demo.scene import AT_ONCE, Scene, staged
from bot.demo.screen import is_about
from bot.playground.things import Message
from storage import audit
from storage.store import Session, Store
from storage.tables import OutboxRow
from tests.faults import records
from tests.faults.evidence import Evidence, Received
from tests.faults.mutated import HOME, Edit, command

PATIENCE = 120
"""Seconds until what has to happen did: much longer than it takes, on a machine that is busy."""

BRIEF: tuple[Edit, ...] = (
    ("bot/engine/tenure.py", "LENGTH = timedelta(seconds=15)", "LENGTH = timedelta(seconds=2.5)"),
    ("bot/engine/heartbeat.py", "timedelta(seconds=5)", "timedelta(seconds=0.5)"),
    ("bot/engine/carrying_out.py", "LONGEST = timedelta(seconds=45)", "LONGEST = timedelta(seconds=3)"),
    ("bot/engine/dispatcher.py", "LEASE = timedelta(seconds=60)", "LEASE = timedelta(seconds=4)"),
    ("storage/postgresql.py", '"idle_in_transaction_session": 5', '"idle_in_transaction_session": 1'),
)  # fmt: skip
"""The same house with shorter time limits, so that nobody waits for the long ones."""

_LEFT = """
SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM surface WHERE state = 'wanting')
"""


@dataclass(slots=True, kw_only=True)
class Replica:
    """`holder` is as whom it takes leases."""

    name: str
    port: int
    process: int = 0
    holder: str = ""
    status: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, what: signal.Signals) -> None:
        os.kill(self.process, what)


@dataclass(slots=True, kw_only=True)
class Fleet:
    """`acknowledged` are the keys of changes that were taken: by key, the id that was told."""

    scene: Scene
    nursery: subprocess.Popen[bytes]
    url: str
    replicas: list[Replica]
    acknowledged: dict[str, str] = field(default_factory=dict)
    _heard: bytes = b""
    _turn: int = 0

    async def start(self, *replicas: Replica) -> None:
        """One after the other; returns when they are open."""
        for replica in replicas:
            assert await self._opens(replica), self._log.read_text()[-3000:]

    async def keep_starting(self, replica: Replica) -> None:
        """As a supervisor does: while the database is away, no start succeeds."""
        while not await self._opens(replica):  # noqa: ASYNC110 -- another process, each time
            await asyncio.sleep(0.5)

    async def _opens(self, replica: Replica) -> bool:
        replica.holder, replica.status = "", None
        environ = {**self.scene.variables(), "PORT": str(replica.port)}
        order = {"name": replica.name, "environ": environ, "log": str(self._log)}
        assert self.nursery.stdin is not None
        self.nursery.stdin.write(json.dumps(order).encode() + b"\n")
        self.nursery.stdin.flush()
        await self.until(lambda: replica.holder or replica.status is not None)
        return replica.status is None

    async def end(self, replica: Replica, what: signal.Signals) -> int:
        """With which status it ended."""
        replica.send(what)
        await self.until(lambda: replica.status is not None)
        assert replica.status is not None
        return replica.status

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 -- in other processes
                await asyncio.sleep(0.01)

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def leader(self) -> Replica | None:
        """Who speaks to Slack, as far as anybody has to know."""
        holders = [it for (it,) in self.asked("SELECT holder FROM lease WHERE task = 'chat'")]
        return next((it for it in self.replicas if it.holder in holders), None)

    async def announce(self, template: Any, number: int, **facts: Any) -> str:
        """As CI does: at the next address when one does not answer, until it is taken."""
        data = {**change(template, number, ""), **facts}
        data["callback_url"] = self.scene.pipeline.callback_url(data["key"])
        self.scene.pipeline.start(data["key"], data["title"])
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.tell(self.next(), data)
                if answer:
                    self.acknowledged[data["key"]] = answer
                    return answer
                await asyncio.sleep(0.02)

    async def tell(self, replica: Replica, data: Mapping[str, Any]) -> str:
        """The id of the signoff, or nothing if this replica did not take it."""
        self.scene.port = replica.port
        with suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(2):
                status, answer = await self.scene.announce(data, f"evt_{data['key']}")
            assert status in (200, 202, 503), answer
            return str(answer["id"]) if status != 503 else ""
        return ""

    async def approve(self, user: str, card: Message) -> None:
        """As people do: when Slack says that it did not work, once more."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self.scene.slack.connect(f"{self.next().url}/slack/events")
                if (await self.scene.press(user, card, "Approve")).ok:
                    return

    def next(self) -> Replica:
        self._turn += 1
        return self.replicas[self._turn % len(self.replicas)]

    async def quiet(self) -> None:
        """Everything is carried out, and everything that hangs is true."""
        await self.until(lambda: self.asked(_LEFT) == [(0,)])

    async def evidence(self) -> Evidence:
        """Once it is quiet. The audit chain is whole, or this raises."""
        received = [_received(heard.id, heard.body) for heard in self.scene.pipeline.heard]
        store = Store(self.url)
        try:
            known = {"acknowledged": frozenset(self.acknowledged)}
            return await store.read(lambda session: _read(session, received, known))
        finally:
            await store.close()

    def cards(self, channel: str, signoff_id: str) -> list[Message]:
        return [it for it in self.scene.slack.cards(channel) if is_about(it, signoff_id)]

    def hear(self) -> None:
        """What the nursery tells, as it comes."""
        assert self.nursery.stdout is not None
        self._heard += os.read(self.nursery.stdout.fileno(), 10_000)
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            self._note(*line.decode().split())

    def _note(self, word: str, name: str, what: str) -> None:
        replica = next(it for it in self.replicas if it.name == name)
        match word:
            case "born":
                replica.process = int(what)
            case "open":
                replica.holder = what
            case "ended":
                replica.process, replica.status = 0, int(what)

    @property
    def _log(self) -> Path:
        return self.scene.folder / "house.log"


@contextmanager
def a_nursery(edits: Sequence[Edit] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """Where replicas with short time limits begin, and with these bugs."""
    what = command((*BRIEF, *edits), "tests.faults.nursery")
    nursery = subprocess.Popen(what, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield nursery
    finally:
        nursery.communicate()


@asynccontextmanager
async def three_replicas(
    folder: Path, nursery: subprocess.Popen[bytes], url: str, config: str = AT_ONCE
) -> AsyncIterator[Fleet]:
    """All open. They are killed in the end, however they are."""
    key = folder / "key.pem"
    signing.load_or_make(key)
    environ = {
        "DATABASE_URL": url,
        "COUNTERSIGN_SIGNING_KEY": str(key),
        "PUBLIC_URL": "https://countersign.acme.example",
    }
    async with staged(folder, environ=environ, config=config) as scene:
        replicas = [Replica(name=str(it), port=_free_port()) for it in range(3)]
        fleet = Fleet(scene=scene, nursery=nursery, url=url, replicas=replicas)
        loop = asyncio.get_running_loop()
        loop.add_reader(nursery.stdout, fleet.hear)  # type: ignore[arg-type]
        try:
            await fleet.start(*replicas)
            scene.slack.connect(f"{replicas[0].url}/slack/events")
            yield fleet
        finally:
            for replica in replicas:
                if replica.process:
                    await fleet.end(replica, signal.SIGKILL)
            loop.remove_reader(nursery.stdout)  # type: ignore[arg-type]


def _read(session: Session, received: Sequence[Received], known: Mapping[str, Any]) -> Evidence:
    """Whatever time it takes: an hour of it is longer than a transaction of ours may be idle."""
    session.connection().execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    assert audit.verify(session) is None
    assert session.get(OutboxRow, 0) is None
    return records.read(session, received, system_clock(), **known)


def _received(message_id: str, body: Any) -> Received:
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    about, status = body["data"]["id"], body["data"]["status"]
    at = system_clock()
    return Received(message_id=message_id, signoff=about, status=status, digest=digest, at=at)


def _free_port() -> int:
    """Below those that the system gives away, so that nobody is given it meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port

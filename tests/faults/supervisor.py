"""Who starts the house again when it dies? What systemd or Kubernetes is to it in earnest."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path

from bot.clock import system_clock
from bot.demo.scene import Scene

ROOT = Path(__file__).parents[2]
PATIENCE = 20
"""Seconds until a house has to be open, or closed."""

Death = Mapping[str, int]
"""Where one life ends: what `tests.faults.house.live` takes. Empty: it lives on."""


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """`births` are the moments at which the house was open, life by life."""

    scene: Scene
    nursery: Process
    deaths: int = 0
    births: list[datetime] = field(default_factory=list)
    failure: str = ""
    _open: bool = False
    _stopping: bool = False
    _process: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def life(self, after: int = 0) -> int:
        """The number of the life the house is living, once that is a later one than `after`."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(
                lambda: self.failure or (self._open and len(self.births) > after)
            )
        assert not self.failure, self.failure
        return len(self.births)

    def kill(self) -> None:
        """`kill -9`, from outside and at once."""
        self._send(signal.SIGKILL)

    def stop(self) -> None:
        """End it well, as an operator does."""
        self._stopping = True
        self._send(signal.SIGTERM)

    async def keep_alive(self, deaths: Sequence[Death]) -> None:
        """Start it, whenever it died; each time to die as the next of `deaths` says."""
        for death in chain(deaths, repeat({})):
            status = await self._one_life(death)
            if status == -signal.SIGKILL:
                self.deaths += 1
            elif status != 0 or not self._stopping:
                await self._tell(failure=f"the house ended with {status}:\n{self._log()[-4000:]}")
            if self._stopping or self.failure:
                break

    def errors(self) -> list[str]:
        """What it complained of in all its lives."""
        return [line for line in self._log().splitlines() if '"error"' in line]

    async def _one_life(self, death: Death) -> int:
        assert self.nursery.stdin is not None
        order = {"environ": self.scene.variables(), "log": str(self._log_file), **death}
        self.nursery.stdin.write(json.dumps(order).encode() + b"\n")
        while True:
            word, number = await self._heard()
            match word:
                case "born":
                    self._process = number
                    if self._stopping:
                        self.kill()
                case "open":
                    self.births.append(system_clock())
                    await self._tell(is_open=True)
                case "ended":
                    self._process = 0
                    await self._tell(is_open=False)
                    return number

    async def _heard(self) -> tuple[str, int]:
        assert self.nursery.stdout is not None
        word, number = (await self.nursery.stdout.readline()).split()
        return word.decode(), int(number)

    async def _tell(self, *, is_open: bool = False, failure: str = "") -> None:
        async with self._news:
            self._open, self.failure = is_open, failure
            self._news.notify_all()

    def _send(self, what: signal.Signals) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.kill(self._process, what)

    @property
    def _log_file(self) -> Path:
        return self.scene.folder / "house.log"

    def _log(self) -> str:
        return self._log_file.read_text() if self._log_file.exists() else ""


@asynccontextmanager
async def a_nursery() -> AsyncIterator[Process]:
    """Where lives begin, one after the other."""
    command = (sys.executable, "-m", "tests.faults.house")
    nursery = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    try:
        yield nursery
    finally:
        await nursery.communicate(b"")


@asynccontextmanager
async def supervised(
    scene: Scene, nursery: Process, deaths: Sequence[Death]
) -> AsyncIterator[Supervisor]:
    """The house of the scene in a process of its own, started again whenever it dies."""
    supervisor = Supervisor(scene=scene, nursery=nursery)
    scene.slack.connect(f"{scene.address}/slack/events")
    keeping = asyncio.create_task(supervisor.keep_alive(deaths), name="supervisor")
    try:
        yield supervisor
    finally:
        supervisor.stop()
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(keeping)
        finally:
            supervisor.kill()
            await keeping
    assert not supervisor.failure, supervisor.failure
    assert not supervisor.errors(), supervisor.errors()

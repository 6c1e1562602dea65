"""A real house in a process of its own, which kills itself where it is told to.

    echo '{"environ": {…}, "log": "house.log", "after_commit": 3}' | python -m tests.faults.house

Each line is one life, one after the other, in a fork that finds everything imported, and done once
before. Of each it tells the process that was "born", that it is "open", and with which status it "ended".
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import logs, settings, trail
from bot.demo.changes import REFUNDS
from bot.demo.scene import AS_FAST_AS_YOU_PRESS, SENIOR, playing
from bot.house import open_house
from tests.clocks import HASTE, QUICKLY


@dataclass(slots=True)
class Fuse:
    """The last of so many calls kills the process, as `kill -9` does; 0: none of them."""

    left: int

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def live(
    environ: Mapping[str, str], *, after_commit: int = 0, before_delivery: int = 0
) -> None:
    """As `countersign serve` does, until SIGTERM."""
    chosen = settings.read(environ)
    logs.configure(chosen.hidden, stream=sys.stderr)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_house(
        chosen,
        patience=QUICKLY,
        pace=AS_FAST_AS_YOU_PRESS,
        committed=Fuse(after_commit),
        delivering=Fuse(before_delivery),
    ):
        tell("open", os.getpid())
        await stop.wait()


async def once() -> None:
    """A change that is approved: what is read, compiled and kept for the next time is so for all."""
    with TemporaryDirectory() as folder:
        async with playing(Path(folder), patience=QUICKLY, pace=AS_FAST_AS_YOU_PRESS) as scene:
            signoff_id = await scene.send(REFUNDS)
            await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
            await scene.shown(signoff_id, "was told to go on")


def tell(word: str, number: int) -> None:
    os.write(sys.stdout.fileno(), f"{word} {number}\n".encode())


def fork(log: str, **life: object) -> None:
    """One life, from its birth to its end."""
    child = os.fork()
    if child == 0:
        with open(log, "ab") as file:
            os.dup2(file.fileno(), sys.stderr.fileno())
        asyncio.run(live(**life))  # type: ignore[arg-type]
        sys.exit(0)
    tell("born", child)
    _, status = os.waitpid(child, 0)
    tell("ended", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    warnings.simplefilter("error")
    trail.APART *= HASTE
    asyncio.run(once())
    gc.freeze()
    for line in sys.stdin:
        fork(**json.loads(line))

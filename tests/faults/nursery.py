"""Several real houses at once, each in a process of its own, which is forked when it is asked for.

    echo '{"name": "1", "environ": {…}, "log": "house.log"}' | python -m tests.faults.nursery

Of each it tells the process that was "born", that it is "open" and as whom it holds leases, and
with which status it "ended".
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
import warnings
from collections.abc import Mapping

from bot import logs, settings
from bot.demo.company import AS_FAST_AS_YOU_PRESS
from bot.engine.patience import Patience
from bot.house import open_house


async def live(name: str, environ: Mapping[str, str]) -> None:
    """As `countersign serve` does, until SIGTERM."""
    chosen = settings.read(environ)
    logs.configure(chosen.hidden, stream=sys.stderr)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    patience = Patience(chance=lambda: 0.02)
    async with open_house(chosen, patience=patience, pace=AS_FAST_AS_YOU_PRESS) as house:
        tell("open", name, house.reconciler.tenure.holder)
        await stop.wait()


def tell(word: str, name: str, what: object) -> None:
    os.write(sys.stdout.fileno(), f"{word} {name} {what}\n".encode())


def fork(name: str, environ: Mapping[str, str], log: str) -> int:
    """It finds everything imported."""
    child = os.fork()
    if child:
        tell("born", name, child)
        return child
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with open(log, "ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    asyncio.run(live(name, environ))
    sys.exit(0)


def main() -> None:
    """Until nobody can ask any more; then all end with it."""
    woken, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(alarm)
    names: dict[int, str] = {}
    while True:
        ready, _, _ = select.select([sys.stdin.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 100)
            _bury(names)
        if sys.stdin.fileno() in ready:
            line = sys.stdin.readline()
            if not line:
                break
            order = json.loads(line)
            names[fork(**order)] = order["name"]
    for child in names:
        os.kill(child, signal.SIGKILL)


def _bury(names: dict[int, str]) -> None:
    for child in list(names):
        dead, status = os.waitpid(child, os.WNOHANG)
        if dead:
            tell("ended", names.pop(child), os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()

"""`countersign demo`: one URL, or the story of it told in words."""

from __future__ import annotations

import argparse
import asyncio
import errno
import shlex
import signal
import sys
import tempfile
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

from bot import logs
from bot.demo import history
from bot.demo.changes import EVERY_DAY, REFUNDS
from bot.demo.company import CHANNELS, MORE_CHANNELS, grown
from bot.demo.scene import AS_FAST_AS_YOU_PRESS, CONFIG, SOON, TOKEN, Scene, playing, staged
from bot.demo.story import Teller, tell

MORE = (*EVERY_DAY[1:], REFUNDS)

ASKED_FOR = '--repository acme/try-it --base HEAD~1 --key "try-$(date +%s)"'
"""Whatever it is, it belongs to Ada and Grace, and takes no other change's place; each time anew."""

DEPLOYING = 10.0
"""Seconds that it takes; the page shows it for as long."""
LOOK_AGAIN = 1.0


def run(arguments: argparse.Namespace) -> int:
    """Play until it is stopped, or tell the story; 0 if all went as it should."""
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        if arguments.story:
            return asyncio.run(_story(Path(folder), as_json=arguments.json))
        try:
            asyncio.run(_play(Path(folder), arguments))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            sys.stderr.write(f"port {arguments.port} is taken: countersign demo --port 8080\n")
            return 1
    return 0


async def _story(folder: Path, *, as_json: bool) -> int:
    with (folder / "log.jsonl").open("w") as log:
        logs.configure((), stream=log)
        async with playing(folder, config=SOON, pace=AS_FAST_AS_YOU_PRESS) as scene:
            teller = Teller(sys.stdout, as_json=as_json)
            try:
                await tell(scene, teller)
            except (TimeoutError, LookupError) as stuck:
                teller.step(f"the story goes on ({type(stuck).__name__} {stuck})", False)
            return teller.finish()


async def _play(folder: Path, arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with (folder / "log.jsonl").open("w") as log:
        logs.configure((), stream=log)
        async with staged(
            folder,
            page_port=arguments.port,
            more=cycle(MORE),
            pace=AS_FAST_AS_YOU_PRESS,
            **_company(with_past=arguments.history),
        ) as scene:
            if arguments.history:
                await _remember(scene, arguments.seed, arguments.signoffs)
            await scene.start()
            await scene.send(REFUNDS)
            sys.stdout.write(banner(scene, log.name))
            sys.stdout.flush()
            deploying = asyncio.create_task(deploy(scene))
            await stop.wait()
            deploying.cancel()


def _company(*, with_past: bool) -> Mapping[str, Any]:
    if not with_past:
        return {"config": CONFIG}
    return {
        "config": history.CONFIG,
        "members": grown(history.CONFIG),
        "channels": (*CHANNELS, *MORE_CHANNELS),
    }


async def _remember(scene: Scene, seed: int, signoffs: int) -> None:
    """The past of the company, told to whoever waits for it."""

    def tell(done: int, of: int) -> None:
        if done % 50 == 0 or done == of:
            sys.stderr.write(f"\r  Thirteen weeks go by: {done} of {of} changes … ")
            sys.stderr.flush()

    await history.live_through(scene.settings(), seed, signoffs, scene.clock(), tell)
    sys.stderr.write("\n")


def banner(scene: Scene, log: str) -> str:
    """What there is to do; the lines further in are commands, good as they are."""
    return (
        f"\n  Open {scene.slack.page_url} in a browser.\n\n"
        "  You see Slack on the left and the pipeline on the right. Be Jun (who made the\n"
        "  change), Ada or Grace (who may sign it), Pat (asked if they do not) or Max (a\n"
        "  guest). Press the buttons, open Home, type /signoff; Admin breaks Slack for you.\n"
        "  docs/using.md tells all there is to press.\n\n"
        f"  Open {scene.public_url}/queue for the dashboard, and sign in as Ada.\n\n"
        "  As a job of your CI would, ask for its last commit in any git checkout:\n\n"
        f"    export COUNTERSIGN_URL={scene.address} COUNTERSIGN_TOKEN={TOKEN}\n"
        f"    {_program()} request --wait {ASKED_FOR}\n\n"
        f"  The bot's log is in {log}. Ctrl-C ends it and forgets everything.\n\n"
    )


def _program() -> str:
    """This very one, from whichever folder; it need not be on the PATH."""
    beside = Path(sys.executable).with_name("countersign")
    return shlex.quote(str(beside)) if beside.exists() else f"{shlex.quote(sys.executable)} -m bot"


async def deploy(scene: Scene, takes: float = DEPLOYING) -> None:
    """As a pipeline does that was told to go on: it takes a while, and then it says so."""
    told = set[str]()
    while True:
        runs = scene.pipeline.runs.values()
        done = [run.key for run in runs if run.state == "deployed" and run.key not in told]
        if not done:
            await scene.slack.bell.heard(LOOK_AGAIN)
            continue
        await asyncio.sleep(takes)
        for key in done:
            await scene.landed(key)
        told.update(done)

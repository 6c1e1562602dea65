"""`countersign serve` and `countersign check`: a process, its signals and its settings."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys

from bot import logs, parts, settings, trail
from bot.cli.check import as_json, describe
from bot.house import open_house
from bot.settings import Settings

log = logs.get(__name__)

TURN = 0.0005
"""Seconds a thread may keep the interpreter while another waits: the event loop and the writer
take turns, and the default of ten times as much makes each wait for the other's whole turn."""


def serve(_: argparse.Namespace) -> int:
    """`countersign serve`: until SIGTERM or SIGINT; what was begun is finished."""
    chosen = settings.read()
    logs.configure(chosen.hidden)
    sys.setswitchinterval(TURN)
    asyncio.run(_serve(chosen))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """`countersign check`: config and secrets, dry."""
    chosen = settings.read()
    parts.check(chosen)
    trail.check(chosen)
    known, database = chosen.config, parts.database(chosen)
    remarks = parts.remarks(chosen)
    told = json.dumps(as_json(known, database, remarks), indent=2)
    said = told if arguments.json else describe(known, database, remarks)
    sys.stdout.write(f"{said}\n")
    return 0


async def _serve(chosen: Settings) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with open_house(chosen) as house:
        # What was made until now stays: looking it through again would stop the loop for 40 ms.
        gc.collect()
        gc.freeze()
        for warning in chosen.config.warnings:
            log.warning(warning)
        log.info("serving", url=house.url, public_url=chosen.public_url)
        await stop.wait()
        log.info("stopping")

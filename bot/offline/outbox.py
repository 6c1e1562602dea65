"""`countersign outbox`: what could not be told to a pipeline, and what is to become of it?"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from bot.cli import terminal
from bot.clock import system_clock
from bot.engine import postroom
from bot.engine.postroom import Drop, Order, Outbox, Outcome, Retry, Which
from bot.engine.vouching import NOBODY, Vouching
from bot.offline import parcels
from bot.offline.files import trouble

TROUBLE = 1
SECONDS = 35

LONGEST_PATH = 103
"""Bytes of the name of a socket that fit everywhere: beside a longer one a bot may have no door."""

TOO_LONG = "; if a bot has it: the path is too long for its side door, so stop it first"
UNKNOWN = "it may have been done: look with `countersign outbox`"

_order: TypeAdapter[Order] = TypeAdapter(Order)
_outcome: TypeAdapter[Outcome] = TypeAdapter(Outcome)
_outbox: TypeAdapter[Outbox] = TypeAdapter(Outbox)


def _nobody() -> Vouching:
    return NOBODY


def run(arguments: argparse.Namespace, url: str) -> int:
    """`[--json]`, `retry ID…|--destination NAME|--all-parked`, `drop ID --reason WHY [--yes]`."""
    match arguments.deed:
        case "retry":
            return _tell(obey(url, Retry(which=_which(arguments))), "to be retried", arguments)
        case "drop":
            return _drop(arguments, url)
        case _:
            return _list(arguments, url)


def obey(
    url: str, order: Order, seconds: float = SECONDS, vouching: Callable[[], Vouching] = _nobody
) -> Outcome:
    """By the bot, if it runs and holds the database for itself; else here, where `vouching` is asked
    for. Raises Misconfigured.
    """
    door = postroom.door_beside(url)
    try:
        outcome = _ask(door, order, seconds) if door and door.exists() else None
        return outcome or asyncio.run(postroom.obey_alone(url, order, vouching=vouching()))
    except (postroom.Unusable, OSError) as problem:
        why = TOO_LONG if door and len(os.fsencode(door)) > LONGEST_PATH else ""
        raise trouble(f"DATABASE_URL: {problem}{why}", "nothing was changed") from None


def _ask(door: Path, order: Order, seconds: float) -> Outcome | None:
    """None: nobody is behind the door. Raises OSError if nobody heard the order."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(seconds)
        try:
            line.connect(str(door))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        return _heard(line, order)


def _heard(line: socket.socket, order: Order) -> Outcome:
    """From here on the bot may have done it, whatever comes back."""
    try:
        line.sendall(_order.dump_json(order) + b"\n")
        with line.makefile("rb") as answer:
            said = answer.readline()
    except TimeoutError:
        return Outcome(problem=f"the bot did not answer in time; {UNKNOWN}")
    except OSError as problem:
        return Outcome(problem=f"the bot hung up ({problem.strerror}); {UNKNOWN}")
    if not said.endswith(b"\n"):
        return Outcome(problem=f"the bot hung up; {UNKNOWN}")
    return _outcome.validate_json(said)


def _list(arguments: argparse.Namespace, url: str) -> int:
    try:
        found = postroom.look(url)
    except postroom.Unusable as problem:
        raise trouble(f"DATABASE_URL: {problem}", "the outbox cannot be shown") from None
    if arguments.json:
        terminal.tell([json.dumps(_outbox.dump_python(found, mode="json"), indent=2)])
    else:
        terminal.tell(parcels.described(found, system_clock(), terminal.width()))
    return 0


def _drop(arguments: argparse.Namespace, url: str) -> int:
    if not (arguments.yes or _agreed(arguments.id)):
        sys.stderr.write("nothing was changed\n")
        return TROUBLE
    return _tell(obey(url, Drop(id=arguments.id, why=arguments.reason)), "dropped", arguments)


def _agreed(id: int) -> bool:
    """Programs have no terminal, and have to say --yes."""
    if not sys.stdin.isatty():
        sys.stderr.write("say --yes: nobody is here to be asked\n")
        return False
    sys.stderr.write(f"{id} will never be carried out, whatever it is. Drop it? [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _tell(outcome: Outcome, what: str, arguments: argparse.Namespace) -> int:
    if arguments.json:
        problems = [outcome.problem] if outcome.problem else []
        said = {"ok": not problems, "done": outcome.done, "problems": problems}
        terminal.tell([json.dumps(said, indent=2)])
    elif outcome.problem:
        sys.stderr.write(f"{terminal.escaped(outcome.problem)}\n")
    else:
        terminal.tell([f"{outcome.done} {what}"])
    return TROUBLE if outcome.problem else 0


def _which(arguments: argparse.Namespace) -> Which:
    return Which(
        ids=tuple(arguments.ids or ()),
        destination=arguments.destination or "",
        all_parked=arguments.all_parked,
    )

"""`countersign status`: how does a signoff stand now? Without an ID: what went on last at a place?

It waits for nobody, and is no gate: what ships is compared with it by `wait` and `verify`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from urllib.parse import urlencode

from bot.cli import terminal
from bot.cli.asking import NotAnswered
from bot.cli.calling import OutOfTime, Refused, Server, encoded
from bot.cli.places import Unclear, around_of, environment_of, repository_of
from bot.cli.speaking import Progress, quoted
from bot.cli.waiting import (
    TROUBLE,
    Answer,
    concluded,
    interruptible,
    is_id,
    reached,
    troubled,
)

PENDING = TROUBLE
"""Nothing may go on by it, so it is no 0; `--json` tells it from trouble."""

# What a job is told about Countersign is no setting of the server.
_ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251


def run(arguments: argparse.Namespace, environ: Mapping[str, str] = _ENVIRON) -> int:
    """`[ID] [--repository NAME] [--environment NAME] [--json]`."""
    try:
        if arguments.id is None:
            return _place(arguments, environ)
        if not is_id(arguments.id):
            raise Unclear("ID must be the id of a signoff, such as sgn_01…")
        return _signoff(arguments, environ)
    except (Unclear, NotAnswered) as why:
        return troubled(arguments, str(why))
    except Refused as refused:
        return troubled(arguments, *refused.lines)
    except OutOfTime:
        return troubled(arguments, "Countersign could not be asked in time")


def _signoff(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """What is said of its place has to be so, and nothing is found out to compare it with."""
    answer = _asked(reached(arguments, environ), f"/api/v1/signoffs/{arguments.id}")
    said = {"repository": arguments.repository, "environment": arguments.environment}
    expected = {name: value for name, value in said.items() if value}
    if answer.get("status") != "pending":
        return concluded(arguments, answer, arguments.id, expected)
    about = {**expected, "id": arguments.id}
    if wrong := [name for name, wanted in about.items() if answer.get(name) != wanted]:
        return troubled(arguments, f"{arguments.id} is about another {wrong[0]}")
    terminal.tell([encoded(answer)] if arguments.json else _lines(answer))
    return PENDING


def _place(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    around = around_of(arguments, environ)
    place = {
        "repository": repository_of(arguments, around),
        "environment": environment_of(arguments, around),
    }
    answer = _asked(reached(arguments, environ), f"/api/v1/places?{urlencode(place)}")
    if "revision" not in answer:
        raise Refused("the answer names no revision")
    found = answer["revision"]
    where = f"{quoted(place['repository'])} at {quoted(place['environment'])}"
    what = f"{quoted(found, 100)} went on last" if found else "nothing is known to have gone on"
    terminal.tell([encoded({**place, "revision": found}) if arguments.json else f"{where}: {what}"])
    return 0


def _asked(server: Server, path: str) -> Answer:
    progress = Progress()
    try:
        with interruptible():
            return server.ask(path, progress)
    finally:
        progress.end()


def _lines(answer: Answer) -> list[str]:
    """What waits, where, for whose word, and why."""
    where = f"{quoted(answer.get('repository'))} at {quoted(answer.get('environment'))}"
    lines = [
        f"{quoted(answer.get('id'))} is pending: {where}, {quoted(answer.get('revision'), 100)}"
    ]
    for name, told in (("reviews", _review), ("because", quoted)):
        found = answer.get(name)
        lines += [f"  {told(it)}" for it in (found if isinstance(found, list) else [])[:10]]
    return lines


def _review(it: object) -> str:
    known = it if isinstance(it, dict) else {}
    return f"{quoted(known.get('person'), 60)}: {quoted(known.get('verdict'), 20)}"

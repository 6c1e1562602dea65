"""`countersign wait`: is a signoff decided, and may the pipeline go on?

Only a plain yes about the very change that was asked for is a yes; whatever else comes is none.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shlex
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from bot.cli import credentials, evidence_file, terminal
from bot.cli.asking import NotAnswered
from bot.cli.calling import OutOfTime, Refused, Server, Unreached, encoded, server
from bot.cli.places import Unclear, around_of, environment_of, repository_of, revision_of
from bot.cli.speaking import Progress, note, quoted
from bot.clock import elapsed

PROCEED, TROUBLE, REJECTED, EXPIRED, GONE, INTERRUPTED = 0, 1, 10, 11, 12, 130
HELD = 30
"""Seconds that the server holds an answer."""

_GOES_ON = ("approved", "overridden", "not_required")
_STOPS = {"rejected": REJECTED, "expired": EXPIRED, "superseded": GONE, "withdrawn": GONE}
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_AT_LEAST = 2.0
"""Seconds from one question to the next, however quickly it is answered."""

# What a job is told about Countersign is no setting of the server.
_ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251

_COMMAND_AT_MOST = 2_000

Answer = Mapping[str, Any]


def run(arguments: argparse.Namespace, environ: Mapping[str, str] = _ENVIRON) -> int:
    """`ID [--revision REV] [--repository NAME] [--environment NAME] [--timeout DURATION] [--json]`."""
    try:
        if not is_id(arguments.id):
            raise Unclear("ID must be the id of a signoff, such as sgn_01…")
        around = around_of(arguments, environ)
        expected = {
            "revision": revision_of(arguments, around),
            "repository": repository_of(arguments, around),
            "environment": environment_of(arguments, around),
        }
        asked = reached(arguments, environ)
    except (Unclear, NotAnswered) as why:
        return troubled(arguments, str(why))
    return waited(arguments, asked, arguments.id, expected)


def is_id(text: str) -> bool:
    """Whether it may stand in an address as it is."""
    return bool(_ID.fullmatch(text))


def reached(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Server:
    """The server of the flags and the environment; NotAnswered. A file for its evidence is begun."""
    url = (arguments.url or environ.get("COUNTERSIGN_URL", "")).strip()
    if not url:
        raise NotAnswered("where is Countersign? Set COUNTERSIGN_URL, or say --url")
    token = credentials.source(arguments.token_file, url, environ)
    if arguments.attestation:
        evidence_file.begun(arguments.attestation)
    until = None if arguments.timeout is None else elapsed() + arguments.timeout
    return server(url, token, until)


def waited(
    arguments: argparse.Namespace, asked: Server, id: str, expected: Mapping[str, str]
) -> int:
    """Until it is decided; the exit code. `expected` are facts that the answer must hold."""
    progress, again = Progress(), command(arguments, id, expected)
    try:
        with interruptible():
            answer = _decided(asked, id, progress)
            if arguments.attestation and verdict(answer, {**expected, "id": id})[0] == PROCEED:
                evidence_file.kept(asked, id, arguments.attestation, progress)
    except NotAnswered as why:
        progress.end()
        return troubled(arguments, str(why))
    except Refused as refused:
        progress.end()
        return troubled(arguments, *refused.lines)
    except OutOfTime:
        progress.end()
        return troubled(arguments, f"nobody has decided in time; the signoff stays open: {again}")
    except KeyboardInterrupt:
        progress.end()
        note(f"stopped; the signoff stays open: {again}")
        return INTERRUPTED
    progress.end()
    return concluded(arguments, answer, id, expected)


def command(arguments: argparse.Namespace, id: str, expected: Mapping[str, str]) -> str:
    """What goes on waiting, wherever it is given: nothing of it has to be found out there."""
    said = {**expected, "url": arguments.url, "token-file": arguments.token_file}
    flags = (f"--{name}={value}" for name, value in said.items() if value)
    return quoted(shlex.join(["countersign", "wait", id, *flags]), _COMMAND_AT_MOST)


def _decided(asked: Server, id: str, progress: Progress) -> Answer:
    """The first answer that is not `pending`. Raises Refused or OutOfTime."""
    known, people = "", ""
    path = f"/api/v1/signoffs/{id}"
    while True:
        began = elapsed()
        held = math.ceil(asked.left(HELD)) if known else 0
        answer = asked.ask(f"{path}?wait={held}", progress)
        if answer.get("status") != "pending":
            return answer
        if (now := _reviews(answer)) != known or not known:
            people = _people(asked, path)
        known = now or "nobody has signed yet"
        progress(f"waiting for {quoted(id)}: {known}{people}{_because(answer)}")
        if elapsed() - began < _AT_LEAST and held:
            asked.sleep(_AT_LEAST)


def _reviews(answer: Answer) -> str:
    found = answer.get("reviews")
    reviews = [it for it in found if isinstance(it, dict)] if isinstance(found, list) else []
    said = [f"{quoted(it.get('person'), 60)}: {quoted(it.get('verdict'), 20)}" for it in reviews]
    return ", ".join(said[:10])


def _because(answer: Answer) -> str:
    found = answer.get("because")
    said = [quoted(it, 100) for it in found] if isinstance(found, list) else []
    return f"; because {', '.join(said[:10])}" if said else ""


def _people(asked: Server, path: str) -> str:
    """Who would be asked now. It is good to know, and no more: without an answer we go on."""
    try:
        choices = asked.once(f"{path}/explanation").get("choices")
    except (Refused, Unreached, OutOfTime):
        return ""
    chosen = [it.get("asked") for it in choices or () if isinstance(it, dict)]
    names = [
        quoted(one.get("person"), 60)
        for some in chosen
        for one in (some if isinstance(some, list) else ())
        if isinstance(one, dict)
    ]
    return f"; asked: {', '.join(dict.fromkeys(names[:20]))}" if names else ""


def concluded(
    arguments: argparse.Namespace, answer: Answer, id: str, expected: Mapping[str, str]
) -> int:
    """The exit code of a decision, which is told."""
    code, sentence = verdict(answer, {**expected, "id": id})
    if code == TROUBLE:
        return troubled(arguments, sentence)
    if arguments.json:
        terminal.tell([encoded(answer)])
    else:
        terminal.tell([f"countersign: {sentence}"])
    renewed = answer.get("renewed_as")
    if code != PROCEED and isinstance(renewed, str) and is_id(renewed):
        note(f"it was asked for again: {command(arguments, renewed, expected)}")
    return code


def verdict(answer: Answer, expected: Mapping[str, str]) -> tuple[int, str]:
    """The exit code, and what to say. A yes about something else is no yes."""
    status, proceed = answer.get("status"), answer.get("proceed")
    id = quoted(expected.get("id"))
    for name, wanted in expected.items():
        if answer.get(name) != wanted:
            got = quoted(answer.get(name), 100) or "nothing"
            return TROUBLE, f"{id} is about another {name}: {got}, not {quoted(wanted, 100)}"
    if not isinstance(status, str):
        return TROUBLE, f"{id} has no status: nothing goes on"
    said = f"{id} is {quoted(status, 40).replace('_', ' ')}{_told(answer)}"
    if proceed is True and status in _GOES_ON:
        return PROCEED, said
    if proceed is False and status in _STOPS:
        return _STOPS[status], said
    until = answer.get("override_until")
    if proceed is False and status == "overridden" and isinstance(until, str):
        return EXPIRED, f"{said}, and that ended at {quoted(until, 40)}"
    return TROUBLE, f"{said}, which does not say whether to proceed: nothing goes on"


def _told(answer: Answer) -> str:
    found = answer.get("reviews")
    reviews = [it for it in found if isinstance(it, dict)] if isinstance(found, list) else []
    said = [
        f"{quoted(it.get('person'), 60)}: {quoted(it.get('verdict'), 20)}"
        + (f", “{quoted(it.get('reason'), 300)}”" if it.get("reason") else "")
        for it in reviews[:10]
    ]
    return f" ({'; '.join(said)})" if said else ""


def troubled(arguments: argparse.Namespace, *lines: str) -> int:
    """Says what is wrong, to programs where they look for the answer."""
    if arguments.json:
        terminal.tell([encoded({"ok": False, "problems": list(lines)})])
    else:
        for line in lines:
            note(terminal.escaped(line))
    return TROUBLE


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM, by which CIs end a job, is the same as Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt

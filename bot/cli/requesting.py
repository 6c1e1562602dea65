"""`countersign request`: may this be shipped? Asked by a build job, with all it knows of the change."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.agent import fitting, stating
from bot.agent.comparing import Unknown
from bot.agent.surroundings import Base, Surroundings, surroundings
from bot.cli import flags, last, terminal, waiting
from bot.cli.asking import NotAnswered
from bot.cli.calling import OutOfTime, Refused, Server, encoded
from bot.cli.places import Unclear, environment_of, repository_of, revision_of
from bot.cli.speaking import Progress, note, quoted

SOFTWARE = "software"
"""What ships, if no flag says so."""

_DECIDED = {"rejected", "expired", "superseded", "withdrawn"}

# What a job is told about Countersign is no setting of the server.
_ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The body to send, and what the answer must be about. `gated`: it goes to a gate it names."""

    body: bytes
    revision: str
    environment: str
    repository: str
    gated: bool

    def expected(self) -> dict[str, str]:
        return {
            "revision": self.revision,
            "environment": self.environment,
            "repository": self.repository,
        }


def run(arguments: argparse.Namespace, environ: Mapping[str, str] = _ENVIRON) -> int:
    """0: asked for (with `--wait`: go on); else as `countersign wait`."""
    try:
        if arguments.attestation and not arguments.wait:
            raise Unclear("--attestation needs --wait: there is none until it is decided")
        asked = None if arguments.dry_run else waiting.reached(arguments, environ)
        data, notes = _stated(arguments, environ, asked)
        prepared, dropped = _prepared(data)
    except (Unclear, Unknown, NotAnswered) as why:
        return waiting.troubled(arguments, str(why))
    for line in (*notes, *dropped):
        note(quoted(line, 600))
    if asked is None:
        terminal.tell([encoded(fitting.decoded(prepared.body))])
        return 0
    return _asked(arguments, asked, prepared)


def _stated(
    arguments: argparse.Namespace, environ: Mapping[str, str], asked: Server | None
) -> tuple[dict[str, Any], list[str]]:
    """What is known, and over it what the flags say. Raises Unclear."""
    if arguments.data:
        said = flags.data(arguments.data)
        return flags.over(arguments, said), []
    around = surroundings(environ)
    revision, path = revision_of(arguments, around), Path(arguments.git)
    place = _place(arguments, around, revision)
    base, notes = around.base, list[str]()
    if arguments.base:
        base = Base(sha=arguments.base, said="--base")
    elif not around.merges:
        base, notes = last.base(asked, place, around, path, revision)
    statement = stating.stated(path, around, revision, base)
    data = flags.over(arguments, {**statement.data, **place.facts()})
    if "author" not in data:
        raise Unclear("who made this change is not known: name its author with --data")
    return data, [*notes, *statement.notes]


def _place(arguments: argparse.Namespace, around: Surroundings, revision: str) -> last.Place:
    """Where it goes, and its key: as the flags have them, or the CI."""
    repository = repository_of(arguments, around)
    environment = environment_of(arguments, around)
    facts = {"repository": repository, "environment": environment, "revision": revision}
    key = arguments.key or stating.key(around, facts)
    kind = arguments.kind or SOFTWARE
    return last.Place(repository=repository, environment=environment, key=key, kind=kind)


def _prepared(data: Mapping[str, Any]) -> tuple[Prepared, list[str]]:
    try:
        body, dropped = fitting.body(data)
    except fitting.TooLong:
        raise Unclear("this change is longer than the 5 MiB that may be sent") from None
    facts = {name: data.get(name) for name in ("revision", "environment", "repository")}
    missing = [name for name, fact in facts.items() if not isinstance(fact, str)]
    if missing:
        raise Unclear(f"data.{missing[0]} is required, and a text")
    said = {name: str(fact) for name, fact in facts.items()}
    return Prepared(body=body, gated="gate" in data, **said), dropped


def _asked(arguments: argparse.Namespace, asked: Server, prepared: Prepared) -> int:
    progress = Progress()
    try:
        with waiting.interruptible():
            opened = asked.ask("/api/v1/signoffs", progress, prepared.body)
    except Refused as refused:
        progress.end()
        return waiting.troubled(arguments, *refused.lines)
    except OutOfTime:
        progress.end()
        return waiting.troubled(arguments, "Countersign could not be asked in time")
    except KeyboardInterrupt:
        progress.end()
        note("stopped; the same command asks for the same signoff")
        return waiting.INTERRUPTED
    progress.end()
    id = opened.get("id")
    if not isinstance(id, str) or not waiting.is_id(id):
        return waiting.troubled(arguments, "the server gives no id: it is no Countersign")
    return _opened(arguments, asked, id, opened, prepared)


def _opened(
    arguments: argparse.Namespace,
    asked: Server,
    id: str,
    opened: Mapping[str, Any],
    prepared: Prepared,
) -> int:
    """Without `--wait` it is enough that it is asked for; what was decided before is told."""
    note(f"asked for as {id}, which is {quoted(opened.get('status'), 40).replace('_', ' ')}")
    if arguments.wait or opened.get("status") in _DECIDED:
        return waiting.waited(arguments, asked, id, prepared.expected())
    terminal.tell([encoded(opened) if arguments.json else id])
    if prepared.gated:
        note("this lets nothing go on yet: the answer goes to the gate that was named")
    else:
        again = waiting.command(arguments, id, prepared.expected())
        note(f"this lets nothing go on yet: {again} does, or --wait")
    return 0

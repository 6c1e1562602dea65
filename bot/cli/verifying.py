"""`countersign verify`: may this be deployed here and now? Asked where the deploy begins.

No network, no server, and nothing but Python: an attestation, a public key, and what is deployed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import resolve_name

from bot import checkpoint
from bot.agent import ed25519, envelope, pem, trail, vouching
from bot.agent.envelope import BadEnvelope, Opened
from bot.agent.trail import NotInTrail, Place
from bot.agent.vouching import Wanted
from bot.checkpoint import BadNote, Checkpoint
from bot.cli import terminal, vouched
from bot.cli.calling import encoded
from bot.cli.places import Unclear, around_of, revision_of
from bot.cli.speaking import note, quoted
from bot.clock import Clock, system_clock

VERIFIED, NOT_VERIFIED, USAGE = 0, 1, 2

APPROVER_KEYS = "bot.cli.approver_keys:read"
"""Named, not imported: it needs a package that a build job does not have."""

_HELD_AT_MOST = 100_000
"""Checkpoints in one folder."""

# What a job is told by its CI is no setting of the server.
_ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251

Objections = Callable[[vouching.Told], list[str]]
"""What else speaks against a statement."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A checkpoint that was kept elsewhere, and what it says: whoever signed it."""

    path: Path
    note: str
    said: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """All that is given, read and understood."""

    document: bytes
    keys: tuple[bytes, ...]
    wanted: Wanted
    held: tuple[_Held, ...]
    more: Objections


def run(
    arguments: argparse.Namespace,
    environ: Mapping[str, str] = _ENVIRON,
    clock: Clock = system_clock,
) -> int:
    """0: verified. 1: not. 2: it was not said what is to be verified, or with what."""
    try:
        asked = _asked(arguments, environ, clock)
        opened = envelope.opened(asked.document, asked.keys)
        return _weighed(arguments, asked, opened)
    except BadEnvelope as why:
        return _refused(arguments, {}, [str(why)])
    except Unclear as why:
        return _told(arguments, USAGE, {"ok": False, "problems": [str(why)]}, [str(why)])


def _weighed(arguments: argparse.Namespace, asked: _Asked, opened: Opened) -> int:
    """What it says is known to be Countersign's own words; do they fit, here and now?"""
    if arguments.at:
        note(f"as of {vouching.stamped(asked.wanted.at)}, and not of now")
    problems = vouching.against(opened.statement, asked.wanted)
    predicate = opened.statement.get("predicate")
    if not isinstance(predicate, dict):
        return _refused(arguments, {}, problems)
    place, objections = _placed(predicate, asked)
    problems += [*objections, *asked.more(opened.statement)]
    facts = vouched.facts(opened, predicate, place, asked.wanted)
    if problems or place is None:
        return _refused(arguments, facts, problems)
    compared = any(it.said.size == place.checkpoint.size for it in asked.held)
    if asked.held and not compared:
        note(
            f"none of the checkpoints you hold is of {place.checkpoint.size} entries: not compared"
        )
    facts |= {"ok": True, "problems": [], "compared": compared}
    return _told(arguments, VERIFIED, facts, vouched.lines(opened, predicate, place, asked.wanted))


def _placed(predicate: vouching.Told, asked: _Asked) -> tuple[Place | None, list[str]]:
    try:
        place = trail.place_of(predicate, asked.keys)
    except NotInTrail as why:
        return None, [str(why)]
    for it in asked.held:
        if it.said.size == place.checkpoint.size:
            _check_genuine(it, asked.keys)
    return place, trail.contradictions(place.checkpoint, [it.said for it in asked.held])


def _check_genuine(held: _Held, keys: Sequence[bytes]) -> None:
    """Only of those that are compared: a folder may hold those of years. Raises Unclear."""
    try:
        checkpoint.verify(held.note, keys, ed25519.verify)
    except BadNote as why:
        raise Unclear(f"--checkpoint {held.path}: {why}") from None


def _refused(
    arguments: argparse.Namespace, facts: Mapping[str, object], problems: Sequence[str]
) -> int:
    said = [f"not verified: {quoted(line, 600)}" for line in problems]
    return _told(arguments, NOT_VERIFIED, {**facts, "ok": False, "problems": list(problems)}, said)


def _told(
    arguments: argparse.Namespace, code: int, facts: Mapping[str, object], lines: Sequence[str]
) -> int:
    if arguments.json:
        terminal.tell([encoded(facts)])
    elif code == VERIFIED:
        terminal.tell(lines)
    else:
        for line in lines:
            note(terminal.escaped(line))
    return code


# What was asked for. Nothing is verified that is not bound to a place, a commit and an environment.


def _asked(arguments: argparse.Namespace, environ: Mapping[str, str], clock: Clock) -> _Asked:
    """Raises Unclear."""
    keys = tuple(_key(Path(name)) for name in arguments.key)
    return _Asked(
        wanted=_wanted(arguments, environ, clock),
        keys=keys,
        held=tuple(it for name in arguments.checkpoint for it in _held(Path(name))),
        more=_objections(arguments),
        document=_document(arguments.file),
    )


def _wanted(arguments: argparse.Namespace, environ: Mapping[str, str], clock: Clock) -> Wanted:
    around = around_of(arguments, environ)
    repository = arguments.repository or around.repository
    environment = arguments.environment or around.environment
    if not repository:
        raise Unclear("whose commit is it? Say --repository")
    if not environment:
        raise Unclear("where does it go? Say --environment")
    return Wanted(
        repository=repository,
        revision=revision_of(arguments, around),
        environment=environment,
        artifact=arguments.artifact or "",
        connections=tuple(arguments.connection),
        at=_moment(arguments.at) if arguments.at else clock(),
        overrides=not arguments.no_override,
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Unclear("--at must be a moment with its offset, such as 2026-11-21T10:00:00Z")
    return found.astimezone(UTC)


def _key(path: Path) -> bytes:
    try:
        return pem.public_key(_text(path, "--key", pem.LARGEST))
    except pem.NoKey as why:
        raise Unclear(f"--key {path}: {why}") from None


def _held(path: Path) -> list[_Held]:
    """Those of a folder are the files that anchors are kept in."""
    if not path.is_dir():
        return [_read(path)]
    files = sorted(path.glob("*.note"))
    if not files or len(files) > _HELD_AT_MOST:
        raise Unclear(f"--checkpoint {path}: {len(files)} files are called *.note there")
    return [_read(file) for file in files]


def _read(path: Path) -> _Held:
    kept = _text(path, "--checkpoint", checkpoint.LARGEST)
    try:
        return _Held(path, kept, checkpoint.read(kept))
    except BadNote as why:
        raise Unclear(f"--checkpoint {path}: {why}") from None


def _objections(arguments: argparse.Namespace) -> Objections:
    if arguments.approver_keys is None:
        return lambda statement: []
    try:
        read: Callable[[str], Objections] = resolve_name(APPROVER_KEYS)
    except ImportError:
        raise Unclear("--approver-keys needs a package: pip install cryptography") from None
    try:
        return read(_text(Path(arguments.approver_keys), "--approver-keys", envelope.LARGEST))
    except ValueError as why:
        raise Unclear(f"--approver-keys {arguments.approver_keys}: {why}") from None


def _document(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(envelope.LARGEST + 1)
    return _bytes(Path(name), "FILE", envelope.LARGEST)


def _text(path: Path, flag: str, most: int) -> str:
    return _bytes(path, flag, most).decode("utf-8", "replace")


def _bytes(path: Path, flag: str, most: int) -> bytes:
    """One byte more than may be looked at, so that it is seen to be too long."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as trouble:
        why = trouble.strerror if isinstance(trouble, OSError) else "no name of a file"
        raise Unclear(f"{flag}: {path} cannot be read ({why})") from None

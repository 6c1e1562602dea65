"""`countersign migrate` and `countersign backup`: the database is looked after by hand."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from bot import settings
from bot.cli import terminal, upkeeping
from bot.config import Misconfigured
from storage import backing_up, migrating, moving
from storage.ground import Unusable
from storage.migrations import NEWEST
from storage.migrations.refusing import NoWayBack
from storage.migrations.running import known
from storage.opening import looked_at, opened

# pg_dump reads variables of its own, such as where its certificates are.
_ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251

NOT_MIGRATED, NOT_MOVED, NOT_BACKED_UP = (
    "the database was not migrated",
    "nothing was moved",
    "there is no backup",
)

ReadUrl = Callable[[], str]

_KINDS = ("sqlite:///", "postgresql://", "postgres://")


def migrate(arguments: argparse.Namespace, read: ReadUrl = settings.read_database_url) -> int:
    """Of the database that DATABASE_URL names; with `--from`, to it or to what `--to` names."""
    if arguments.source:
        return _move(arguments, arguments.destination or read())
    url, to = read(), arguments.to_version or NEWEST
    if to not in (versions := [step.schema for step in known()]):
        said = f"--to-version: must be one of {', '.join(versions)}"
        raise Misconfigured([said], NOT_MIGRATED)
    change = _look if arguments.check else _change
    try:
        found = change(url, to)
    except (Unusable, migrating.OtherVersion, NoWayBack) as problem:
        raise Misconfigured([f"DATABASE_URL: {problem}"], NOT_MIGRATED) from None
    shown = partial(upkeeping.migrated, found, terminal.width())
    _tell(arguments, shown, lambda: upkeeping.migrated_as_json(found))
    return 1 if found.steps and not found.done else 0


def backup(
    arguments: argparse.Namespace,
    read: ReadUrl = settings.read_database_url,
    environ: Mapping[str, str] = _ENVIRON,
) -> int:
    """Of the database that DATABASE_URL names, while a server uses it."""
    url, to = read(), Path(arguments.file)
    try:
        found = _dumped(url, to, environ) if url.startswith("postgres") else _copied(url, to)
    except (backing_up.NotBackedUp, migrating.OtherVersion) as problem:
        raise Misconfigured([str(problem)], NOT_BACKED_UP) from None
    _tell(
        arguments,
        lambda: upkeeping.backed_up(found),
        lambda: upkeeping.backed_up_as_json(found),
    )
    return 0


def _look(url: str, to: str) -> upkeeping.Migrated:
    with looked_at(url) as connection, connection.begin():
        found = migrating.look(connection)
        found.check()
        return _way(found, to, done=False)


def _change(url: str, to: str) -> upkeeping.Migrated:
    with opened(url, new=True) as connection:
        return _way(migrating.migrate(connection, to, considerate=True), to, done=True)


def _way(found: migrating.Found, to: str, *, done: bool) -> upkeeping.Migrated:
    """Which steps lead there from what was found."""
    steps = [(step.schema, step.what) for step in known()]
    forward = [step for step in steps if found.schema < step[0] <= to]
    back = [(f"{it} taken back", what) for it, what in reversed(steps) if to < it <= found.schema]
    ahead = found.schema > NEWEST == to
    return upkeeping.Migrated(
        before=found.schema,
        schema=found.schema if ahead else to,
        steps=[] if ahead else forward or back,
        done=done,
    )


def _move(arguments: argparse.Namespace, target: str) -> int:
    source = arguments.source
    for name, url in (("--from", source), ("--to", target)):
        if not url.startswith(_KINDS):
            said = f"{name}: must begin with sqlite:/// and a path, or with postgresql://"
            raise Misconfigured([said], NOT_MOVED)
    if source == target:
        raise Misconfigured(["--from and --to are the same"], NOT_MOVED)
    try:
        with ExitStack() as stack:
            before = stack.enter_context(opened(source))
            after = stack.enter_context(opened(target, new=True))
            rows = moving.move(before, after).rows
    except (Unusable, migrating.OtherVersion, moving.NotMoved) as problem:
        raise Misconfigured([str(problem)], NOT_MOVED) from None
    found = upkeeping.Moved(rows=rows, key=_key_beside(source))
    shown = partial(upkeeping.moved, found, terminal.width())
    _tell(arguments, shown, lambda: upkeeping.moved_as_json(found))
    return 0


def _copied(url: str, to: Path) -> upkeeping.BackedUp:
    found = backing_up.copy_file(url, to)
    return upkeeping.BackedUp(
        file=str(to),
        size=found.size,
        signoffs=found.signoffs,
        entries=found.entries,
        key=_key_beside(url),
    )


def _dumped(url: str, to: Path, environ: Mapping[str, str]) -> upkeeping.BackedUp:
    """By PostgreSQL's own tool, which knows best."""
    tool = shutil.which("pg_dump", path=environ.get("PATH"))
    if tool is None:
        command = shlex.join(["pg_dump", *backing_up.dump_arguments(url, to)])
        said = f"pg_dump is not installed here; where it is, run: {command}"
        raise Misconfigured([said], NOT_BACKED_UP)
    size = backing_up.dump_server(url, to, Path(tool), environ)
    return upkeeping.BackedUp(file=str(to), size=size)


def _key_beside(url: str) -> str:
    """Where a key was made for a file, it lies beside it."""
    if url.startswith("postgres"):
        return ""
    key = Path(url.removeprefix("sqlite:///")).with_suffix(".key.pem")
    return str(key) if key.is_file() else ""


def _tell(
    arguments: argparse.Namespace,
    lines: Callable[[], Iterable[str]],
    value: Callable[[], Mapping[str, Any]],
) -> None:
    terminal.tell([json.dumps(value(), indent=2)] if arguments.json else lines())

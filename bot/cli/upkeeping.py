"""How does it read what was done to the database?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cli import terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """`steps` are the schemas and what came with each, in the order they are gone through.

    `before` is empty where there was no table yet; `done`: they were gone through, not only looked
    at.
    """

    before: str
    schema: str
    steps: Sequence[tuple[str, str]]
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """`key`: the file with the key that signs decisions, where one was kept beside the database."""

    rows: Mapping[str, int]
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """`entries` is None where the copy was not looked through, but written down by PostgreSQL."""

    file: str
    size: int
    signoffs: int | None = None
    entries: int | None = None
    key: str = ""


def migrated(found: Migrated, width: int) -> Iterator[str]:
    if not found.steps:
        yield f"the database has schema {found.schema}: nothing to do"
        return
    before = f"schema {found.before}" if found.before else "no tables yet"
    verb = "had" if found.done else "has"
    yield f"the database {verb} {before}"
    yield from (f"  {line}" for line in terminal.table(found.steps, width - 2))
    if found.done:
        yield f"it has schema {found.schema} now"
    else:
        yield "nothing was changed: run countersign migrate, or start the server"


def migrated_as_json(found: Migrated) -> dict[str, Any]:
    steps = [schema for schema, _ in found.steps]
    return {
        "ok": found.done or not steps,
        "before": found.before or None,
        "schema": found.schema if found.done or not steps else found.before or None,
        "done" if found.done else "pending": steps,
    }


def moved(found: Moved, width: int) -> Iterator[str]:
    rows = [(f"  {name}", str(count)) for name, count in found.rows.items() if count]
    yield from terminal.table([*rows, ("rows in all", str(sum(found.rows.values())))], width)
    yield f"every row was read back and compared; the {found.rows['audit']} audit entries hold"
    yield "start the server with the new DATABASE_URL; no version starts on the old one any more"
    if found.key:
        yield f"let COUNTERSIGN_SIGNING_KEY name {terminal.escaped(found.key)}: it signed until now"


def moved_as_json(found: Moved) -> dict[str, Any]:
    return {"ok": True, "rows": dict(found.rows), "signing_key": found.key or None}


def backed_up(found: BackedUp) -> Iterator[str]:
    file, size = terminal.escaped(found.file), f"{found.size / 1e6:.1f} MB"
    if found.entries is None:
        yield f"{file}: {size}, complete"
    else:
        held = f"{found.signoffs} signoffs, {found.entries} audit entries"
        yield f"{file}: {size}, {held}; it was looked through and is whole"
    if found.key:
        yield f"not in it: {terminal.escaped(found.key)}, which signs decisions; keep a copy apart"


def backed_up_as_json(found: BackedUp) -> dict[str, Any]:
    return {
        "ok": True,
        "file": found.file,
        "bytes": found.size,
        "signoffs": found.signoffs,
        "audit_entries": found.entries,
        "signing_key": found.key or None,
    }

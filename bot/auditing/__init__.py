"""`countersign audit verify`: does the trail in the database hold, from its first entry on?

What is signed is compared with what is there: changed, removed, put elsewhere, forked, rolled back.
Beside a server that runs, on one snapshot, and nothing is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlmodel import Session

from bot import parts, settings, signing, trail
from bot.agent import pem
from bot.auditing import entries, held, signoffs
from bot.auditing.attestations import Vouched, remembering
from bot.auditing.findings import Flaws
from bot.auditing.held import Claims, NoCheckpoint
from bot.cli import audited
from bot.cli.audited import Audited, Bar
from bot.cli.speaking import note
from bot.misconfigured import Misconfigured
from bot.settings import Settings
from storage import audit, checkpoints, guarding, histories, migrating
from storage.ground import Unusable
from storage.opening import looked_at

NOT_LOOKED_AT = "the audit trail was not looked at"

COUNTED_AT_MOST = 1000
"""Signoffs that nothing tells of."""

ReadUrl = Callable[[], str]
ReadSettings = Callable[[], Settings]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """All that is given, read and understood: `held` are notes, and where each is."""

    url: str
    keys: tuple[bytes, ...]
    held: Sequence[tuple[str, str]]
    quick: bool


def verify(
    arguments: argparse.Namespace,
    read_url: ReadUrl = settings.read_database_url,
    read: ReadSettings = settings.read,
) -> int:
    """Exit 0 if it holds, 1 if not, or if it could not be looked at."""
    asked = _asked(arguments, read_url, read)
    try:
        with _snapshot(asked.url) as session:
            found = look_through(session, asked)
    except (Unusable, migrating.OtherVersion) as problem:
        raise _trouble(f"DATABASE_URL: {problem}") from None
    _tell(found, as_json=arguments.json)
    return 0 if found.holds else 1


def look_through(session: Session, asked: _Asked) -> Audited:
    """Everything, once; what is wrong is named, and it goes on behind it."""
    flaws, check = Flaws(), remembering(signing.genuine)
    claims = Claims(asked.keys, check, flaws)
    for kept in checkpoints.all_of(session):
        claims.stored(kept)
    for text, where in asked.held:
        claims.held(text, where)
    whole = checkpoints.count_entries(session)
    bar = Bar(whole if asked.quick else 2 * whole)
    walked = entries.walk(audit.entries(session), claims.sizes, flaws, bar)
    holding = held.compare(claims, walked.roots, walked.last, walked.whole_to)
    replayed = None
    if not asked.quick:
        vouched = Vouched(asked.keys, check, claims.root_at)
        replayed = signoffs.replay_all(histories.histories(session), vouched, flaws, bar)
        for signoff_id in histories.untold(session, COUNTED_AT_MOST):
            flaws.add("signoff", signoff_id, signoffs.NOT_TOLD)
    bar.end()
    return Audited(
        entries=walked.count,
        checkpoints=holding,
        signoffs=replayed.signoffs if replayed else None,
        attestations=replayed.attestations if replayed else None,
        flaws=flaws.named,
        unnamed=flaws.more,
        newest=claims.newest,
        newest_size=claims.newest_size,
        keyids=[pem.keyid(key) for key in asked.keys],
        guarded=guarding.is_guarded(session.connection()),
    )


def _asked(arguments: argparse.Namespace, read_url: ReadUrl, read: ReadSettings) -> _Asked:
    """With `--key` nothing but the database is needed; else the settings of the server."""
    notes = [it for name in arguments.checkpoint for it in _notes(Path(name))]
    if arguments.key:
        keys = tuple(_public(Path(name)) for name in arguments.key)
        return _Asked(url=read_url(), keys=keys, held=notes, quick=arguments.quick)
    chosen = read()
    keys = (_own(chosen), *trail.retired_keys(chosen))
    kept = chosen.config.evidence.anchors
    notes += [it for at in kept for it in _anchored(Path(at.path))]
    return _Asked(url=chosen.database_url, keys=keys, held=notes, quick=arguments.quick)


def _own(chosen: Settings) -> bytes:
    """The key that signs here. None is made: what it never signed it cannot prove."""
    if not chosen.signing_key:
        file = Path(make_url(chosen.database_url).database or "").with_suffix(".key.pem")
        if not file.exists():
            raise _trouble(f"there is no key {file}; name the public one: --key FILE")
    return signing.raw(parts.signer_of(chosen).public)


def _public(path: Path) -> bytes:
    try:
        return pem.public_key(path.read_text(encoding="ascii")[: pem.LARGEST])
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "it is no text"
        raise _trouble(f"--key: {path} cannot be read: {why}") from None
    except pem.NoKey as problem:
        raise _trouble(f"--key: {path}: {problem}") from None


def _notes(path: Path) -> list[tuple[str, str]]:
    try:
        return list(held.notes_at(path))
    except NoCheckpoint as problem:
        raise _trouble(f"--checkpoint: {problem}") from None


def _anchored(path: Path) -> list[tuple[str, str]]:
    """An anchor that is still empty holds nothing against anybody."""
    return _notes(path) if not path.is_dir() or any(path.glob("*.note")) else []


@contextmanager
def _snapshot(url: str) -> Iterator[Session]:
    """Whatever is written meanwhile is not seen. Raises Unusable and OtherVersion."""
    with looked_at(url) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            how = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            connection.exec_driver_sql(how)
        else:
            connection.exec_driver_sql("BEGIN")
        if not migrating.look(connection).usable:
            raise _trouble("DATABASE_URL: it has an older schema: run countersign migrate first")
        session = Session(connection)
        try:
            yield session
        finally:
            session.close()


def _tell(found: Audited, *, as_json: bool) -> None:
    for line in audited.unguarded(found):
        note(line)
    if not found.holds:
        first, *others = audited.objections(found)
        note(first)
        sys.stderr.writelines(f"  {line}\n" for line in others)
    if as_json:
        sys.stdout.write(f"{json.dumps(audited.as_json(found), indent=2)}\n")
    elif found.holds:
        sys.stdout.writelines(f"{line}\n" for line in audited.said(found))


def _trouble(said: str) -> Misconfigured:
    return Misconfigured([said], NOT_LOOKED_AT)

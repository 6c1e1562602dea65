"""`countersign audit verify`: does the trail in the database hold, from its first entry on?

What is signed is compared with what is there: changed, removed, put elsewhere, forked, rolled back.
Beside a server that runs, on one snapshot, and nothing is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from bot import parts, settings, signing
from bot import trail as trails
from bot.agent import pem
from bot.auditing import entries, held, house, signed_erasures, signoffs
from bot.auditing.approvals import Tenures
from bot.auditing.attestations import Vouched, remembering
from bot.auditing.entries import Walk
from bot.auditing.findings import Flaws
from bot.auditing.held import Claims, NoCheckpoint
from bot.auditing.places import Lines
from bot.cli import audited
from bot.cli.audited import Audited, Bar
from bot.cli.speaking import note
from bot.misconfigured import Misconfigured
from bot.settings import Settings
from storage import audit, checkpoints, guarding, histories, housekeeping, migrating
from storage.audit import Entry
from storage.erased import Erasures
from storage.ground import Unusable
from storage.opening import NoText, looked_at

NOT_LOOKED_AT = "the audit trail was not looked at"

COUNTED_AT_MOST = 1000
"""Signoffs that nothing tells of."""

ReadUrl = Callable[[], str]
ReadSettings = Callable[[], Settings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What was found in it. So many checkpoints are `holding`; by `vouched` attestations are judged."""

    flaws: Flaws
    claims: Claims
    walked: Walk
    holding: int
    vouched: Vouched
    erasures: Erasures


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
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
    found = _found(asked_for(arguments, read_url, read))
    _tell(found, as_json=arguments.json)
    return 0 if found.holds else 1


def _found(asked: Asked) -> Audited:
    """Where a text cannot be read, once more, so that it is named."""
    try:
        try:
            return _looked_through(asked)
        except NoText:
            return _looked_through(asked, whatever=True)
    except (Unusable, migrating.OtherVersion) as problem:
        raise _trouble(f"DATABASE_URL: {problem}") from None


def _looked_through(asked: Asked, *, whatever: bool = False) -> Audited:
    with snapshot(asked.url, whatever=whatever) as session:
        return look_through(session, asked)


def look_through(session: Session, asked: Asked) -> Audited:
    """Everything, once; what is wrong is named, and it goes on behind it."""
    whole = checkpoints.count_entries(session)
    bar = Bar(whole if asked.quick else 2 * whole)
    trail = look_at_trail(session, asked, audit.entries(session), bar)
    replayed = None
    if not asked.quick:
        told, lines = histories.histories(session), Lines()
        unattested = trail.erasures.attestations
        replayed = signoffs.replay_all(told, trail.vouched, trail.flaws, bar, unattested, lines)
        lines.compare(housekeeping.places(session), trail.flaws)
        known, stored = housekeeping.told(session), housekeeping.credentials(session)
        house.compare(known, trail.vouched.tenures, stored, asked.keys, trail.flaws)
        for signoff_id in histories.untold(session, COUNTED_AT_MOST):
            trail.flaws.add("signoff", signoff_id, signoffs.NOT_TOLD)
    bar.end()
    return Audited(
        entries=trail.walked.count,
        checkpoints=trail.holding,
        signoffs=replayed.signoffs if replayed else None,
        attestations=replayed.attestations if replayed else None,
        flaws=trail.flaws.named,
        unnamed=trail.flaws.more,
        newest=trail.claims.newest,
        newest_size=trail.claims.newest_size,
        keyids=[pem.keyid(key) for key in asked.keys],
        guarded=guarding.is_guarded(session.connection()),
        erasures=[signed_erasures.told(it) for it in trail.erasures.said],
    )


def look_at_trail(
    session: Session, asked: Asked, told: Iterable[Entry], heard: Callable[[int], None]
) -> Trail:
    """The entries and the checkpoints alone; `told` are all entries, from the first on."""
    flaws, check = Flaws(), remembering(signing.genuine)
    claims = Claims(asked.keys, check, flaws)
    for kept in checkpoints.all_of(session):
        claims.stored(kept)
    for text, where in asked.held:
        claims.held(text, where)
    erasures = signed_erasures.read(session, asked.keys, flaws)
    walked = entries.walk(told, claims.sizes, flaws, heard, erasures)
    return Trail(
        flaws=flaws,
        claims=claims,
        walked=walked,
        holding=held.compare(claims, walked.roots, walked.last, walked.whole_to),
        vouched=Vouched(
            keys=asked.keys,
            check=check,
            root_at=claims.root_at,
            tenures=Tenures(housekeeping.told(session), asked.keys),
            erased=erasures.entries,
        ),
        erasures=erasures,
    )


def asked_for(arguments: argparse.Namespace, read_url: ReadUrl, read: ReadSettings) -> Asked:
    """With `--key` nothing but the database is needed; else the settings of the server."""
    notes = [it for name in arguments.checkpoint for it in _notes(Path(name))]
    if arguments.key:
        keys = tuple(_public(Path(name)) for name in arguments.key)
        return Asked(url=read_url(), keys=keys, held=notes, quick=arguments.quick)
    chosen = read()
    keys = (_own(chosen), *trails.retired_keys(chosen))
    kept = chosen.config.evidence.anchors
    notes += [it for at in kept for it in _anchored(Path(at.path))]
    return Asked(url=chosen.database_url, keys=keys, held=notes, quick=arguments.quick)


def _own(chosen: Settings) -> bytes:
    """The key that signs here. None is made: what it never signed it cannot prove."""
    if missing := parts.missing_key(chosen):
        raise _trouble(f"there is no key {missing}; name the public one: --key FILE")
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
def snapshot(url: str, *, whatever: bool = False) -> Iterator[Session]:
    """Whatever is written meanwhile is not seen. Raises Unusable and OtherVersion."""
    with looked_at(url, whatever=whatever) as connection, connection.begin():
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

"""What keeps the audit trail honest here? Made of the settings, and asked before anything is served."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from bot import anchors, checkpoint, parts, signing
from bot.agent import pem
from bot.checkpoint import BadNote, Checkpoint
from bot.config.trust import AnchorAt
from bot.engine.checkpointing import Checkpointing
from bot.engine.vouching import Vouching
from bot.ports import Anchor
from bot.settings import Settings
from bot.signing import Signer
from storage.store import Store

APART = 1.0
"""Seconds between two checkpoints, at the least: the decisions of a busy moment share one."""


def checkpointing(chosen: Settings, store: Store, signer: Signer) -> Checkpointing:
    return Checkpointing(
        store=store,
        origin=origin(chosen.public_url),
        public=signing.raw(signer.public),
        sign=signer.sign,
        remote=signer.remote,
        clock=store.clock,
        anchors=anchors_of(chosen),
        apart=APART,
    )


def vouching(chosen: Settings, signer: Signer) -> Vouching:
    """What a key of before vouched for still decides. Raises SettingsError."""
    return Vouching(keys=all_keys(chosen, signer), sign=signer.sign, remote=signer.remote)


def all_keys(chosen: Settings, signer: Signer) -> tuple[bytes, ...]:
    """What signs here, and what did before. Raises SettingsError."""
    return (signing.raw(signer.public), *retired_keys(chosen))


def origin(public_url: str) -> str:
    """What the trail is called until its first checkpoint, whose name it keeps."""
    parts = urlsplit(public_url)
    port = f":{parts.port}" if parts.port not in (None, 443) else ""
    host = parts.hostname or "localhost"
    named = f"[{host}]" if ":" in host else host
    return f"{named}{port}/audit"


def origin_of(kept: Checkpointing) -> str:
    """What the trail is called by now."""
    note = kept.newest()
    return checkpoint.read(note).origin if note else kept.origin


def anchors_of(chosen: Settings) -> tuple[Anchor, ...]:
    return tuple(map(_anchor, chosen.config.evidence.anchors))


def _anchor(at: AnchorAt) -> Anchor:
    path = Path(at.path)
    return anchors.Repository(path) if at.kind == "git" else anchors.Folder(path)


def retired_keys(chosen: Settings) -> dict[bytes, date | None]:
    """The keys (32 bytes) that signed before, and until when they are named. Raises SettingsError."""
    found: dict[bytes, date | None] = {}
    for key in chosen.config.evidence.keys:
        try:
            text = Path(key.file).read_text(encoding="ascii")
            found[pem.public_key(text[: pem.LARGEST])] = key.until
        except (OSError, ValueError) as problem:
            why = getattr(problem, "strerror", None) or "it is no text"
            raise parts.cannot_start(f"evidence.keys: {key.file} cannot be read: {why}") from None
        except pem.NoKey as problem:
            raise parts.cannot_start(f"evidence.keys: {key.file}: {problem}") from None
    return found


def check(chosen: Settings) -> None:
    """Whatever of it the start would stumble over, without starting. Raises SettingsError."""
    retired_keys(chosen)
    for at in chosen.config.evidence.anchors:
        if not Path(at.path).is_dir():
            raise parts.cannot_start(f"evidence.anchors: there is no folder {at.path}")


async def compare(chosen: Settings, kept: Checkpointing) -> None:
    """Whether the database still is what its anchors hold of it. Raises SettingsError."""
    keys = (kept.public, *retired_keys(chosen))
    for anchor in kept.anchors:
        try:
            note = await anchor.newest()
        except anchors.Misnamed as problem:
            raise parts.cannot_start(f"evidence.anchors: {problem}") from None
        except OSError as problem:
            raise parts.cannot_start(_unread(anchor, problem)) from None
        if note:
            held = _genuine(anchor, note, keys)
            if why := await kept.against(held):
                raise parts.cannot_start(_refused(anchor, why))
            kept.is_kept(anchor, held.size)
    await kept.look()


def _genuine(anchor: Anchor, note: str, keys: tuple[bytes, ...]) -> Checkpoint:
    try:
        return checkpoint.verify(note, keys, signing.genuine)
    except BadNote as problem:
        why = (
            f"the newest one is not one that we signed: {problem} "
            f"(a key of before belongs into evidence.keys)"
        )
        raise parts.cannot_start(_refused(anchor, why)) from None


def _unread(anchor: Anchor, problem: OSError) -> str:
    return f"evidence.anchors: {anchor.name} cannot be read: {problem.strerror or problem}"


def _refused(anchor: Anchor, why: str) -> str:
    return (
        f"DATABASE_URL: the audit trail is not the one of which checkpoints are kept in "
        f"{anchor.name}: {why}. If you restored a backup on purpose, move that folder away, keep it, "
        f"and start again with an empty one"
    )

"""Which key signs here, and which did before? `countersign keys`, and what `/api/v1/keys` says."""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlmodel import Session

from bot import checkpoint, parts, settings, signing, trail
from bot.cli import terminal
from bot.clock import Clock, system_clock
from bot.domain.house_events import KeyUsed
from bot.settings import Settings
from storage import audit, checkpoints, migrating, moment
from storage.ground import Unusable
from storage.opening import looked_at

Published = Mapping[str, str | None]


def run(
    arguments: argparse.Namespace,
    read: Callable[[], Settings] = settings.read,
    clock: Clock = system_clock,
) -> int:
    """Without a server. Raises SettingsError."""
    chosen = read()
    key = parts.signer_of(chosen).public
    if arguments.pem:
        terminal.tell(signing.pem(key).splitlines())
        return 0
    found = published(key, trail.retired_keys(chosen), _origin(chosen), clock())
    if arguments.json:
        terminal.tell([json.dumps({"keys": found})])
    else:
        terminal.tell([line for it in found for line in _lines(it)] + _HOW_TO_COMPARE)
    return 0


def published(
    current: Ed25519PublicKey, retired: Mapping[bytes, date | None], origin: str, at: datetime
) -> list[Published]:
    """The one that signs first, and then those that still verify, until their last day is over."""
    said = [_said(current, origin, "current", None)]
    for raw, until in retired.items():
        if raw != signing.raw(current) and (until is None or at.astimezone(UTC).date() <= until):
            key = Ed25519PublicKey.from_public_bytes(raw)
            said.append(_said(key, origin, "retired", until))
    return said


def keep_in_trail(session: Session, key: Ed25519PublicKey) -> None:
    """That it signs from now on, unless the trail says so already."""
    used = [it for it in audit.of_house(session) if isinstance(it, KeyUsed)]
    keyid = signing.fingerprint(key)
    if not used or used[-1].keyid != keyid:
        public = base64.b64encode(signing.raw(key)).decode()
        audit.append_house(session, KeyUsed(keyid=keyid, public_key=public, at=moment.now(session)))


def _said(key: Ed25519PublicKey, origin: str, use: str, until: date | None) -> Published:
    return {
        "keyid": signing.fingerprint(key),
        "pem": signing.pem(key),
        "use": use,
        "until": until.isoformat() if until else None,
        "note": checkpoint.verifier_key(origin, signing.raw(key)),
    }


def _origin(chosen: Settings) -> str:
    """What the trail is called, which its first checkpoint settled."""
    with suppress(Unusable, migrating.OtherVersion), looked_at(chosen.database_url) as connection:
        if migrating.look(connection).usable and (
            newest := checkpoints.newest(Session(connection))
        ):
            return checkpoint.read(newest.note).origin
    return trail.origin(chosen.public_url)


def _lines(key: Published) -> list[str]:
    until = f", until {key['until']}" if key["until"] else ""
    text = (key["pem"] or "").splitlines()
    return [f"{key['keyid']} ({key['use']}{until})", *text, f"{key['note']}", ""]


_HOW_TO_COMPARE = [
    "The number of a key in a file, worked out without us:",
    r"  (printf '\0\0\0\13ssh-ed25519\0\0\0\40'; openssl pkey -pubin -in countersign.pub -outform DER |",
    "    tail -c 32) | base64 | sed 's/^/ssh-ed25519 /' | ssh-keygen -l -f -",
]
"""As OpenSSH knows it: a fingerprint that people can read out to each other."""

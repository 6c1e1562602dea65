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
from bot.pipelines.public_signatures import public_key
from bot.settings import Settings, SettingsError
from storage import audit, checkpoints, migrating, moment
from storage.ground import Unusable
from storage.opening import looked_at

Published = Mapping[str, str | None]


def run(
    arguments: argparse.Namespace,
    read: Callable[[], Settings] = settings.read_keys,
    clock: Clock = system_clock,
) -> int:
    """Without a server, and no key is made. Raises SettingsError."""
    chosen = read()
    if missing := parts.missing_key(chosen):
        raise SettingsError([f"{missing} is not there: {_HOW_TO_FIND}"], "there is no key to show")
    key = parts.signer_of(chosen).public
    if arguments.pem:
        terminal.tell(signing.pem(key).splitlines())
        return 0
    origin, used = _told(chosen)
    found = published(key, trail.retired_keys(chosen), origin, clock())
    own = parts.webhook_key(chosen, None)
    called = webhook(own.public_key() if own else None)
    if arguments.json:
        terminal.tell([json.dumps({"keys": found, "webhook": called, "used": used})])
    else:
        of_callbacks = [f"{it['key']} (of callbacks alone)" for it in called]
        lines = [line for it in found for line in _lines(it)]
        known = {it["keyid"] for it in found}
        lines += [line for it in used if it["keyid"] not in known for line in _used_lines(it)]
        terminal.tell([*lines, *_HOW_TO_COMPARE, *of_callbacks])
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


def webhook(key: Ed25519PublicKey | None) -> list[Mapping[str, str]]:
    """What verifies the `v1a` of callbacks, and nothing else; none: they have no such signature."""
    return [{"key": public_key(signing.raw(key)), "use": "current"}] if key else []


def keep_in_trail(session: Session, key: Ed25519PublicKey) -> None:
    """That it signs from now on, unless the trail says so already."""
    used = [it for it in audit.of_house(session, "key_used") if isinstance(it, KeyUsed)]
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


def _told(chosen: Settings) -> tuple[str, list[Mapping[str, str]]]:
    """What the trail is called, which its first checkpoint settled, and the keys that it names."""
    origin, used = trail.origin(chosen.public_url), list[Mapping[str, str]]()
    with suppress(Unusable, migrating.OtherVersion), looked_at(chosen.database_url) as connection:
        if migrating.look(connection).usable:
            session = Session(connection)
            if newest := checkpoints.newest(session):
                origin = checkpoint.read(newest.note).origin
            told = audit.of_house(session, "key_used")
            used = [_used(it) for it in told if isinstance(it, KeyUsed)]
    return origin, used


def _used(told: KeyUsed) -> Mapping[str, str]:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told.public_key))
    return {"keyid": told.keyid, "pem": signing.pem(key), "since": told.at.isoformat()}


def _lines(key: Published) -> list[str]:
    until = f", until {key['until']}" if key["until"] else ""
    text = (key["pem"] or "").splitlines()
    return [f"{key['keyid']} ({key['use']}{until})", *text, f"{key['note']}", ""]


def _used_lines(key: Mapping[str, str]) -> list[str]:
    said = (
        f"{key['keyid']} (not in the config; the trail says that it signed from {key['since']} on)"
    )
    return [said, *key["pem"].splitlines(), ""]


_HOW_TO_FIND = "name the database in DATABASE_URL, or the key in COUNTERSIGN_SIGNING_KEY"

_HOW_TO_COMPARE = [
    "The number of a key in a file, worked out without us:",
    r"  (printf '\0\0\0\13ssh-ed25519\0\0\0\40'; openssl pkey -pubin -in countersign.pub -outform DER |",
    "    tail -c 32) | base64 | sed 's/^/ssh-ed25519 /' | ssh-keygen -l -f -",
]
"""As OpenSSH knows it: a fingerprint that people can read out to each other."""

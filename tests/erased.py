"""Somebody worked here, and left: what a house remembers of them, for tests that erase it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.cli.commands import parser
from bot.domain.change import Commit
from bot.domain.house_events import PasskeyAdded, PasskeyRemoved
from bot.domain.people import Roster
from bot.domain.signoff import Signoff, Verdict
from storage import audit, leaves, passkeys
from storage.leaves import Away
from storage.passkeys import Passkey, State
from storage.store import Store
from tests.builders import (
    NOW,
    PAYMENTS,
    ROSTER,
    FakeClock,
    a_click,
    a_person,
    sha,
    who,
    with_person,
)
from tests.engine.house import House, furnish
from tests.test_auditing import KEY
from tests.vouching import signed_for

HERE = with_person(ROSTER, a_person("zelda", emails=frozenset({"zelda@acme.example"})), PAYMENTS)
"""The roster while they were here; afterwards it is ROSTER."""

THEIRS = (
    *("--person", "zelda", "--email", "zelda@acme.example", "--email", "zelda@home.example"),
    *("--text", "U0ZELDA", "--text", "Zelda Fitz"),
)
NAMES = (b"zelda", b"fitz", b"credential-of-z")
"""In small letters, what no byte of is to be left."""

MESSAGE = (
    "Retry\n\nzelda said so.\n\nCo-Authored-By: Claude for zelda <noreply@anthropic.com>\n"
    "Co-authored-by: Zelda Fitz <zelda@home.example>"
)


async def lived_in(store: Store, clock: FakeClock) -> list[Signoff]:
    """The first is of theirs, the next two were decided by them, for the fourth they were only asked,
    and of the last they never heard.
    """
    house = furnish(store, clock, roster=HERE)
    theirs = who("zelda", email="zelda@acme.example", name="Zelda Fitz")
    commit = Commit(sha=sha("1"), message=MESSAGE, author=theirs, committer=theirs)
    made = await house.open(
        key="deploy/zelda/1", environment="e1", author=theirs, commits=(commit,), lineage="pull/1"
    )
    for number, found in enumerate(made.provenance.findings):
        for by in ("ada", "grace"):  # as many as have to approve
            aside = a_click(made, by, f"aside {number} by {by}")
            made = await house.signoffs.set_aside(aside, found.id, "a template of Zelda's")
    for person in ("ada", "grace"):  # one more, as nobody knows the other address
        made = await house.review(made, person, id=f"click 1 of {person}")
    decided = await house.open(key="deploy/2", environment="e2")
    decided = await house.review(decided, "zelda", id="click 2")
    refused = await house.open(key="deploy/3", environment="e3", title="zelda asked for it")
    refused = await house.review(refused, "zelda", Verdict.REJECT, id="click 3", reason="Zelda: no")
    only_asked = await house.open(key="deploy/4", environment="e4")
    only_asked = await house.review(only_asked, "grace", id="click 4")
    await house.settle()
    house = furnish(store, clock, new_id=lambda: "sgn_5")
    others = await house.open(key="deploy/5", environment="e5")
    others = await house.review(others, "grace", id="click 5")
    await house.settle()
    await store.write(_surroundings)
    return [made, decided, refused, only_asked, others]


def _surroundings(session: Any) -> None:
    key = Passkey(
        id="credential-of-z",
        person="zelda",
        public_key="key-of-zelda",
        sign_count=3,
        label="Zelda's yellow one",
        at=NOW,
        state=State.REVOKED,
        by="zelda",
    )
    passkeys.add(session, key)
    added = PasskeyAdded(
        person="zelda",
        credential=key.id,
        key_digest="sha256:00",
        by="operator",
        how="operator",
        at=NOW,
    )
    audit.append_house(session, signed_for(added, KEY))
    gone = PasskeyRemoved(person="zelda", credential=key.id, by="zelda", at=NOW)
    audit.append_house(session, gone)
    leaves.put(session, "grace", Away(until=None, deputy="zelda"))


def settings(database: str, roster: Roster, key: Ed25519PrivateKey) -> Any:
    """As much of them as erasing needs."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    config = SimpleNamespace(roster=roster, evidence=SimpleNamespace(keys=()))
    return SimpleNamespace(database_url=database, config=config, signing_key=pem)


def words(*more: str) -> Any:
    because = ("--reason", "asked to be forgotten, ticket 17", "--by", "max")
    return parser().parse_args(["erase", "--json", *because, *more])


def left_in(folder: Path) -> list[str]:
    """The files in which a byte of theirs is left."""
    files = (it for it in folder.iterdir() if it.is_file())
    return [it.name for it in files if any(name in it.read_bytes().lower() for name in NAMES)]


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


__all__ = ["HERE", "House", "execute", "left_in", "lived_in", "settings", "words"]

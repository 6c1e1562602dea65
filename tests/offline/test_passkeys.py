"""`countersign passkeys`: the first keys, which nobody else could let in."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import keys, signing
from bot import passkeys as server_side
from bot.cli import commands
from bot.engine.postroom import LetIn
from bot.engine.vouching import NOBODY
from bot.misconfigured import Misconfigured
from bot.offline import passkeys as command
from bot.offline.outbox import obey
from storage import audit, passkeys
from storage.passkeys import Passkey, State
from storage.store import Session, Store
from tests.builders import NOW
from tests.vouching import OURS, VOUCHING

Captured = pytest.CaptureFixture[str]
NASTY = "blue \x1b[2J\nkey"


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'countersign.db'}"


def run(folder: Path, *argv: str) -> int:
    arguments: argparse.Namespace = commands.parser().parse_args(["passkeys", *argv])
    return command.run(arguments, url(folder), lambda: VOUCHING)


def a_key(id: str, person: str, label: str = "blue") -> Passkey:
    return Passkey(
        id=id,
        person=person,
        public_key="a2V5",
        sign_count=0,
        label=label,
        at=NOW,
        state=State.WAITING,
    )


PATS = a_key("abcdef", "pat")
ADAS = a_key("abcdefg", "ada", NASTY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two keys wait; their ids begin in the same way, as their makers chose."""

    def unit(session: Session) -> None:
        passkeys.add(session, PATS)
        passkeys.add(session, ADAS)

    asyncio.run(_write(tmp_path, unit))
    return tmp_path


async def _write(folder: Path, unit: object) -> object:
    store = Store(url(folder))
    try:
        return await store.write(unit)  # type: ignore[arg-type]
    finally:
        await store.close()


def test_all_are_listed_and_nobody_can_paint_the_terminal(folder: Path, capsys: Captured) -> None:
    assert run(folder) == 0
    told = capsys.readouterr().out
    assert PATS.fingerprint in told
    assert "abcdef" not in told
    assert "warning" not in told
    assert "\x1b" not in told
    assert run(folder, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [(it["person"], it["state"]) for it in said] == [("pat", "waiting"), ("ada", "waiting")]


def test_one_is_let_in_and_the_trail_says_who_did(folder: Path, capsys: Captured) -> None:
    letters = PATS.fingerprint
    assert run(folder, "approve", letters.lower().replace("-", "")) == 0
    assert "pat can decide with it now" in capsys.readouterr().out
    assert run(folder, "approve", letters, "--json") == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert run(folder, "remove", letters[:9]) == 0
    assert run(folder, "remove", letters[:9]) == 1
    events = asyncio.run(_write(folder, audit.of_house))
    told = [(it.kind, it.person, it.by) for it in events]  # type: ignore[attr-defined]
    assert told == [("passkey_added", "pat", "operator"), ("passkey_removed", "pat", "operator")]


@pytest.mark.parametrize(
    "said",
    [
        "abcdef",
        PATS.id,
        PATS.fingerprint[:-1],
        PATS.fingerprint[:4],
        f"{PATS.fingerprint}A",
        "-",
        "",
    ],
)
def test_it_is_let_in_by_all_its_letters_alone(said: str, folder: Path, capsys: Captured) -> None:
    """Neither by its id nor by how the letters begin: that much can be made to fit."""
    assert run(folder, "approve", said) == 1
    assert "no security key has all of" in capsys.readouterr().err
    assert asyncio.run(_write(folder, audit.of_house)) == []
    assert run(folder, "approve", PATS.fingerprint) == 0


@pytest.mark.parametrize("said", ["", "-", PATS.fingerprint[:3], "nothing", "abcde"])
def test_what_may_mean_another_removes_none(said: str, folder: Path) -> None:
    assert run(folder, "remove", said) == 1
    assert asyncio.run(_write(folder, audit.of_house)) == []
    assert run(folder, "remove", PATS.fingerprint[:4]) == 0


def test_one_that_never_decided_leaves_a_word_as_well(folder: Path) -> None:
    assert run(folder, "remove", ADAS.id) == 0  # as `audit verify` names it
    (event,) = asyncio.run(_write(folder, audit.of_house))  # type: ignore[misc]
    assert (event.kind, event.person, event.credential) == ("passkey_removed", "ada", ADAS.id)


def test_two_that_wait_for_one_person_are_warned_of(folder: Path, capsys: Captured) -> None:
    asyncio.run(_write(folder, lambda session: passkeys.add(session, a_key("more", "ada"))))
    assert run(folder) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "warning: more than one key of ada waits: at most one is in their hand"


# Who vouches for it.


def test_the_operator_vouches_with_the_key_of_the_server(folder: Path, capsys: Captured) -> None:
    asyncio.run(_write(folder, lambda session: keys.keep_in_trail(session, OURS.public_key())))
    assert run(folder, "approve", PATS.fingerprint) == 0
    _, event = asyncio.run(_write(folder, audit.of_house))  # type: ignore[misc]
    assert VOUCHING.is_ours(event)


def test_with_another_key_than_the_servers_none_is_let_in(folder: Path, capsys: Captured) -> None:
    """The server would not believe it, and nobody would know why."""
    strange = Ed25519PrivateKey.generate().public_key()
    asyncio.run(_write(folder, lambda session: keys.keep_in_trail(session, strange)))
    assert run(folder, "approve", PATS.fingerprint) == 1
    assert "COUNTERSIGN_SIGNING_KEY" in capsys.readouterr().err
    assert asyncio.run(_write(folder, passkeys.waiting)) != []


def test_where_no_key_signs_none_is_let_in(folder: Path, capsys: Captured) -> None:
    arguments = commands.parser().parse_args(["passkeys", "approve", PATS.fingerprint])
    assert command.run(arguments, url(folder), lambda: NOBODY) == 1
    assert "no key was let in" in capsys.readouterr().err


def test_no_signing_key_is_made_for_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    config = folder / "countersign.yaml"
    known = "people: {ada: {name: Ada, level: senior}}\ngroups: {all: {members: [ada]}}\n"
    known += "slack: {fallback_channel: C0OPS}\n"
    config.write_text(known)
    monkeypatch.setenv("COUNTERSIGN_CONFIG", str(config))
    monkeypatch.setenv("DATABASE_URL", url(folder))
    monkeypatch.delenv("COUNTERSIGN_SIGNING_KEY", raising=False)
    arguments = commands.parser().parse_args(["passkeys", "approve", PATS.fingerprint])
    with pytest.raises(Misconfigured, match="no key was let in"):
        server_side.run(arguments)
    assert list(folder.glob("*.pem")) == []
    signing.load_or_make(folder / "countersign.key.pem")
    assert server_side.run(arguments) == 0


def test_what_was_exchanged_since_it_was_listed_is_not_let_in(folder: Path) -> None:
    order = LetIn(credential=PATS.id, fingerprint=ADAS.fingerprint)
    assert obey(url(folder), order, vouching=lambda: VOUCHING).done == 0
    same = LetIn(credential=PATS.id, fingerprint=PATS.fingerprint)
    assert obey(url(folder), same, vouching=lambda: VOUCHING).done == 1

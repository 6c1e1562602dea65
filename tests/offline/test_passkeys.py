"""`countersign passkeys`: the first keys, which nobody else could let in."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import pytest

from bot.cli import commands
from bot.offline import passkeys as command
from storage import audit, passkeys
from storage.passkeys import Passkey, State
from storage.store import Session, Store
from tests.builders import NOW

Captured = pytest.CaptureFixture[str]
NASTY = "blue \x1b[2J\nkey"


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'countersign.db'}"


def run(folder: Path, *argv: str) -> int:
    arguments: argparse.Namespace = commands.parser().parse_args(["passkeys", *argv])
    return command.run(arguments, url(folder))


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two keys wait; their names begin in the same way."""

    def unit(session: Session) -> None:
        passkeys.add(session, a_key("abcdef", "pat"))
        passkeys.add(session, a_key("abxyz", "ada", NASTY))

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
    assert "abcdef" in told
    assert "\x1b" not in told
    assert run(folder, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [(it["person"], it["state"]) for it in said] == [("pat", "waiting"), ("ada", "waiting")]


def test_one_is_let_in_and_the_trail_says_who_did(folder: Path, capsys: Captured) -> None:
    assert run(folder, "approve", "abc") == 0
    assert "pat can decide with it now" in capsys.readouterr().out
    assert run(folder, "approve", "abc", "--json") == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert run(folder, "remove", "abc") == 0
    assert run(folder, "remove", "abc") == 1
    events = asyncio.run(_write(folder, audit.of_house))
    told = [(it.kind, it.person, it.by) for it in events]  # type: ignore[attr-defined]
    assert told == [("passkey_added", "pat", "operator"), ("passkey_removed", "pat", "operator")]


def test_what_may_mean_two_means_none(folder: Path, capsys: Captured) -> None:
    assert run(folder, "approve", "ab") == 1
    assert "more than one" in capsys.readouterr().err
    assert run(folder, "approve", "nothing") == 1
    assert asyncio.run(_write(folder, audit.of_house)) == []


def test_one_that_never_decided_leaves_no_word(folder: Path) -> None:
    assert run(folder, "remove", "abx") == 0
    assert asyncio.run(_write(folder, audit.of_house)) == []

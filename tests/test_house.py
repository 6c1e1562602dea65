"""The composition root: what does not fit together is said in words, and what was opened is closed."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot import house, parts
from bot.chat.slack import errands
from bot.demo.changes import REFUNDS
from bot.demo.scene import Scene, staged
from bot.engine import dispatcher, heartbeat, intake, reconciler
from bot.engine.reassuring import Reassuring
from bot.house import open_house
from bot.settings import Settings, SettingsError
from bot.signing import fingerprint, load


def _pem(key: Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path) as scene:
        yield scene


@pytest.fixture
def chosen(scene: Scene) -> Settings:
    return scene.settings()


async def _opens(chosen: Settings) -> str:
    async with open_house(chosen) as house:
        return house.url


# Opening and closing.


async def test_it_opens_where_it_was_told_to(chosen: Settings):
    assert await _opens(chosen) == f"http://127.0.0.1:{chosen.port}"


async def test_what_was_open_can_be_opened_again_at_once(scene: Scene):
    for _ in range(3):
        await scene.start()
        assert (await scene.announce({}))[0] == 422
        await scene.stop()


async def test_one_database_is_open_once(chosen: Settings):
    async with open_house(chosen):
        with pytest.raises(SettingsError, match="another process is using this database"):
            await _opens(replace(chosen, port=1))
    assert await _opens(chosen)


async def test_a_server_that_is_not_there_is_told_in_words(chosen: Settings):
    url = "postgresql://somebody:canary@127.0.0.1:1/x"
    with pytest.raises(SettingsError, match="onnection refused") as refused:
        await _opens(
            replace(chosen, database_url=url, signing_key=_pem(Ed25519PrivateKey.generate()))
        )
    assert "canary" not in str(refused.value)


async def test_a_house_that_could_not_open_leaves_nothing_open(chosen: Settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", chosen.port))
        taken.listen()
        with pytest.raises((OSError, SettingsError)):
            await _opens(chosen)
    assert await _opens(chosen)


async def test_a_port_that_is_taken_is_said_in_words(chosen: Settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", chosen.port))
        taken.listen()
        with pytest.raises(SettingsError, match="PORT"):
            await _opens(chosen)


async def test_a_file_that_is_no_database_is_said_in_words(chosen: Settings, tmp_path: Path):
    (tmp_path / "other.db").write_bytes(b"a letter, and no database" * 99)
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        await _opens(replace(chosen, database_url=f"sqlite:///{tmp_path}/other.db"))


async def test_a_folder_that_cannot_be_made_is_said_in_words(chosen: Settings, tmp_path: Path):
    (tmp_path / "file").write_text("")
    key = _pem(Ed25519PrivateKey.generate())
    url = f"sqlite:///{tmp_path}/file/x.db"
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        await _opens(replace(chosen, database_url=url, signing_key=key))


async def test_those_who_want_to_see_a_commit_are_told_of_it_before_the_answer(scene: Scene):
    commits: list[None] = []
    scene.options = {"committed": lambda: commits.append(None)}
    await scene.start()
    before = len(commits)
    await scene.send(REFUNDS)
    assert len(commits) > before


async def test_who_gives_up_without_a_word_is_told_at_every_beat(chosen: Settings):
    async with open_house(chosen) as house:
        assert Reassuring.beat in [getattr(it, "__func__", it) for it in house.heartbeat.duties]


async def test_ids_can_be_read_aloud_and_do_not_repeat(scene: Scene):
    await scene.start()
    ids = {await scene.send(REFUNDS) for _ in range(5)}
    assert len(ids) == 5
    for signoff_id in ids:
        assert signoff_id.startswith("sgn_")
        assert len(signoff_id) == 20
        assert set(signoff_id[4:]) <= set("abcdefghijklmnopqrstuvwxyz234567")


# The signing key.


def test_without_a_key_one_is_made_beside_the_database_and_kept(chosen: Settings, tmp_path: Path):
    first = parts.signer_of(chosen)
    assert (tmp_path / "countersign.key.pem").exists()
    assert parts.signer_of(chosen).keyid == first.keyid


def test_the_key_that_is_set_is_used_and_none_is_made(chosen: Settings, tmp_path: Path):
    key = Ed25519PrivateKey.generate()
    signer = parts.signer_of(replace(chosen, signing_key=_pem(key)))
    assert signer.keyid == fingerprint(key.public_key())
    assert not list(tmp_path.glob("*.pem"))


@pytest.mark.parametrize(
    "key", [_pem(rsa.generate_private_key(65537, 2048)), "-----BEGIN PRIVATE KEY-----\ncanary"]
)
def test_a_key_that_cannot_sign_is_said_without_showing_it(chosen: Settings, key: str):
    with pytest.raises(SettingsError, match="COUNTERSIGN_SIGNING_KEY") as refused:
        parts.signer_of(replace(chosen, signing_key=key))
    assert not [line for line in key.splitlines()[1:] if line in str(refused.value)]


def test_a_kept_key_that_is_broken_is_said_and_not_replaced(chosen: Settings, tmp_path: Path):
    kept = tmp_path / "countersign.key.pem"
    kept.write_text("half a k")
    with pytest.raises(SettingsError, match="COUNTERSIGN_SIGNING_KEY"):
        parts.signer_of(chosen)
    assert kept.read_text() == "half a k"


def test_a_made_key_is_one_that_can_be_set_later(chosen: Settings, tmp_path: Path):
    made = parts.signer_of(chosen)
    kept = (tmp_path / "countersign.key.pem").read_text()
    assert fingerprint(load(kept).public_key()) == made.keyid
    assert parts.signer_of(replace(chosen, signing_key=kept)).keyid == made.keyid


def test_all_that_may_be_waited_for_at_the_end_fits_into_ten_seconds():
    """They are waited for one after the other; an operator kills what takes longer."""
    one_by_one = (
        heartbeat.AT_THE_END,
        house.SHUTDOWN_SECONDS,
        reconciler.AT_THE_END,
        dispatcher.GRACE.total_seconds(),
        intake.AT_THE_END,
        errands.AT_THE_END,
    )
    assert sum(one_by_one) < 10

"""Is a database that was rolled back, or forked, noticed before anything is served?"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot import auditing, checkpoint, signing, trail
from bot.cli.commands import parser
from bot.demo.changes import REFUNDS
from bot.demo.scene import AT_ONCE, SENIOR, Scene, staged
from bot.engine.checkpointing import NOT_ANCHORED
from bot.engine.telling import HEADER
from bot.misconfigured import Misconfigured
from bot.ports import Request, Response
from bot.sender import Sender
from bot.settings import SettingsError
from storage import audit
from tests.clocks import MovableClock
from tests.storage.disarming import take_guards_away


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    made = tmp_path / "anchor"
    made.mkdir()
    return made


@pytest.fixture
async def scene(tmp_path: Path, anchor: Path) -> AsyncIterator[Scene]:
    config = f"{AT_ONCE}\nevidence:\n  anchors: [{{directory: {anchor}}}]\n"
    async with staged(tmp_path, config=config, clock=MovableClock()) as scene:
        yield scene


async def lives(scene: Scene, anchor: Path, changes: int = 1) -> int:
    """The house is open until a checkpoint over all of it is kept; how many entries there are."""
    await scene.start()
    for _ in range(changes):
        await scene.send(REFUNDS)
    async with asyncio.timeout(10):
        while not is_kept(anchor, last := len(rows(scene))):
            await later(scene)
    await scene.stop()
    return last


async def later(scene: Scene) -> None:
    assert isinstance(scene.clock, MovableClock)
    scene.clock.advance(minutes=1)
    await scene.house.heartbeat.beat()
    await asyncio.sleep(0.02)


def is_kept(anchor: Path, size: int) -> bool:
    return (anchor / f"{size:012d}.note").exists()


def emptied(anchor: Path) -> None:
    """What was there lies elsewhere now."""
    anchor.rename(anchor.with_name("of before"))
    anchor.mkdir()


def database(scene: Scene) -> Path:
    return scene.folder / "countersign.db"


def rows(scene: Scene) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(database(scene))) as connection:
        return connection.execute("SELECT seq, body FROM audit ORDER BY seq").fetchall()


async def starts(scene: Scene) -> None:
    await scene.start()
    await scene.stop()


async def test_what_nobody_touched_is_served_again(scene: Scene, anchor: Path) -> None:
    await lives(scene, anchor)
    await starts(scene)


async def test_an_old_copy_is_refused(scene: Scene, anchor: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    before = await lives(scene, anchor)
    shutil.copyfile(database(scene), copy)
    after = await lives(scene, anchor, changes=3)
    shutil.copyfile(copy, database(scene))
    with pytest.raises(SettingsError) as refused:
        await scene.start()
    [problem] = refused.value.problems
    assert f"the database has {before} audit entries" in problem
    assert f"that checkpoint is over {after}: it was rolled back" in problem
    assert "If you restored a backup on purpose, move that folder away" in problem
    emptied(anchor)
    await starts(scene)


async def test_so_is_one_that_was_hashed_anew(scene: Scene, anchor: Path) -> None:
    last = await lives(scene, anchor)
    take_guards_away(database(scene))
    with closing(sqlite3.connect(database(scene))) as connection:
        body = rows(scene)[-1][1].replace("REFUNDS", "refunds").replace('"v":', '"v" :')
        change = "UPDATE audit SET body = ?, leaf = ? WHERE seq = ?"
        connection.execute(change, (body, audit.leaf_of(body.encode()), last))
        connection.commit()
    with pytest.raises(SettingsError, match="it was forked"):
        await scene.start()


async def test_an_anchor_that_is_not_mounted_is_refused(scene: Scene, anchor: Path) -> None:
    await lives(scene, anchor)
    shutil.rmtree(anchor)
    with pytest.raises(SettingsError, match=r"evidence.anchors: .* cannot be read"):
        await scene.start()
    with pytest.raises(SettingsError, match=r"evidence.anchors: there is no folder"):
        trail.check(scene.settings())


async def test_an_empty_one_says_nothing(scene: Scene, anchor: Path) -> None:
    await lives(scene, anchor)
    emptied(anchor)
    await starts(scene)


async def test_a_key_of_before_is_known_by_the_config(scene: Scene, anchor: Path) -> None:
    await lives(scene, anchor)
    [kept] = scene.folder.glob("*.key.pem")
    old = signing.load(str(kept)).public_key()
    kept.unlink()  # the next start makes another
    with pytest.raises(SettingsError, match=r"a key of before belongs into evidence.keys"):
        await scene.start()
    file = scene.folder / "old.pub.pem"
    file.write_bytes(old.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    scene.config += f"  keys: [{{file: {file}, until: 2027-03-01}}]\n"
    await starts(scene)


async def test_audit_verify_goes_by_the_same_settings(
    scene: Scene, anchor: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server's own key, and what its anchors hold."""

    def looked() -> tuple[int, dict[str, Any]]:
        arguments = parser().parse_args(["audit", "verify", "--json"])
        code = auditing.verify(arguments, read=scene.settings)
        return code, json.loads(capsys.readouterr().out)

    copy = tmp_path / "copy.db"
    before = await lives(scene, anchor)
    shutil.copyfile(database(scene), copy)
    after = await lives(scene, anchor, changes=2)
    code, said = looked()
    assert (code, said["entries"], said["signoffs"]) == (0, after, 3)
    assert said["checkpoints"] >= 4  # two here, and two there
    shutil.copyfile(copy, database(scene))
    code, said = looked()
    why = f"it is missing, and all to {after}, which the checkpoint in {anchor}/{after:012d}.note"
    assert (code, said["flaws"]) == (1, [{"entry": before + 1, "why": f"{why} covers"}])
    next(scene.folder.glob("*.key.pem")).unlink()
    with pytest.raises(Misconfigured, match=r"there is no key .*name the public one: --key FILE"):
        looked()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "cannot be read: No such file"),
        ("-----BEGIN PRIVATE KEY-----\n", "holds a private key"),
        ("hello", "must hold one public key in PEM"),
        ("größer", "is no text"),
    ],
)
async def test_a_key_that_is_none_is_told(text: str | None, why: str, scene: Scene) -> None:
    file = scene.folder / "old.pub.pem"
    if text is not None:
        file.write_text(text)
    scene.config += f"  keys: [{{file: {file}}}]\n"
    with pytest.raises(SettingsError, match=why):
        trail.retired_keys(scene.settings())


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://countersign.example.com", "countersign.example.com/audit"),
        ("https://countersign.example.com:443", "countersign.example.com/audit"),
        ("https://Countersign.example.com:8443/path", "countersign.example.com:8443/audit"),
        ("http://localhost:3000", "localhost:3000/audit"),
        ("http://[::1]:3000", "[::1]:3000/audit"),
    ],
)
def test_a_trail_is_called_by_the_address_of_its_server(url: str, name: str) -> None:
    assert trail.origin(url) == name
    assert checkpoint.text(name, 0, bytes(32))


# Whoever asks, and whoever is called back, is told of it.


async def test_anyone_may_ask_for_the_newest_checkpoint(scene: Scene) -> None:
    await scene.start()
    where = f"{scene.address}/api/v1/checkpoint"
    async with scene.http.get(where) as none_yet:
        assert none_yet.status == 404
    await scene.send(REFUNDS)
    await scene.house.heartbeat.beat()
    async with scene.http.get(where) as answer:
        assert (answer.status, answer.content_type) == (200, "text/plain")
        note = await answer.text()
    public = scene.public_key().public_bytes_raw()
    assert checkpoint.verify(note, [public], signing.genuine).size >= 1
    await scene.stop()


async def test_a_callback_carries_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Request] = []
    send = Sender.__call__

    async def seen(self: Sender, request: Request) -> Response:
        sent.append(request)
        return await send(self, request)

    monkeypatch.setattr(Sender, "__call__", seen)
    await scene.start()
    signoff = await scene.send(REFUNDS)
    await scene.house.heartbeat.beat()
    await scene.approve(SENIOR, await scene.shown(signoff))

    def called() -> list[Request]:
        return [it for it in sent if it.url.startswith(scene.pipeline.callback_prefix)]

    async with asyncio.timeout(10):
        while not called():  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0.02)
    note = base64.b64decode(called()[0].headers[HEADER]).decode()
    public = scene.public_key().public_bytes_raw()
    assert checkpoint.verify(note, [public], signing.genuine).size >= 1
    assert b"checkpoint" not in called()[0].body
    await scene.stop()


def test_a_key_is_compared_in_its_raw_form() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public = signing.raw(key.public_key())
    assert signing.genuine(public, b"said", key.sign(b"said"))
    assert not signing.genuine(public, b"Said", key.sign(b"said"))
    assert not signing.genuine(bytes(31), b"said", key.sign(b"said"))


async def test_an_anchor_that_takes_nothing_is_told_of_after_an_hour(
    scene: Scene, anchor: Path
) -> None:
    """A share that went away while the server runs."""
    await scene.start()
    shutil.move(anchor, anchor.with_name("unmounted"))
    await scene.send(REFUNDS)
    await later(scene)
    assert isinstance(scene.clock, MovableClock)
    scene.clock.advance(minutes=61)
    async with scene.http.get(f"{scene.address}/readyz") as answer:
        assert answer.status == 503
        assert NOT_ANCHORED in (await answer.json())["problems"]
    shutil.move(anchor.with_name("unmounted"), anchor)
    await later(scene)
    async with scene.http.get(f"{scene.address}/readyz") as answer:
        assert answer.status == 200
    await scene.stop()

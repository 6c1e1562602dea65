"""Keys: published with their history, named by a number anyone can work out, and never the secret one."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot import checkpoint, keys, parts, settings, signing
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene, staged
from bot.domain.house_events import KeyUsed
from bot.pipelines.public_signatures import message
from bot.ports import Request, Response
from bot.sender import Sender
from bot.settings import SettingsError
from storage import audit
from storage.store import Store
from tests.builders import FakeClock

OLD = Ed25519PrivateKey.from_private_bytes(bytes(32))
NEW = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TODAY = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
ORIGIN = "sign.acme.example/audit"

Captured = pytest.CaptureFixture[str]


def public(key: Ed25519PrivateKey) -> bytes:
    return signing.raw(key.public_key())


def published(until: date | None) -> list[Any]:
    return keys.published(NEW.public_key(), {public(OLD): until}, ORIGIN, TODAY)


@pytest.mark.parametrize(
    ("until", "uses"),
    [
        (None, ["current", "retired"]),
        (TODAY.date(), ["current", "retired"]),
        (TODAY.date() - timedelta(days=1), ["current"]),
    ],
)
def test_a_key_of_before_is_named_until_its_last_day_is_over(
    until: date | None, uses: list[str]
) -> None:
    assert [it["use"] for it in published(until)] == uses


def test_the_key_that_signs_is_named_once() -> None:
    found = keys.published(OLD.public_key(), {public(OLD): None}, ORIGIN, TODAY)
    assert [it["use"] for it in found] == ["current"]


def test_each_is_told_in_every_spelling() -> None:
    current, old = published(date(2027, 3, 1))
    assert current["keyid"] == signing.fingerprint(NEW.public_key())
    assert current["pem"].startswith("-----BEGIN PUBLIC KEY-----\n")
    assert current["note"] == checkpoint.verifier_key(ORIGIN, public(NEW))
    assert (current["until"], old["until"]) == (None, "2027-03-01")


# In the trail.


@pytest.fixture
async def store(database_url: str) -> Any:
    made = Store(database_url, clock=FakeClock())
    yield made
    await made.close()


async def test_the_trail_says_which_key_signs_from_when_on(store: Store) -> None:
    for key in (OLD, OLD, NEW, NEW, OLD):
        await store.write(lambda session, key=key: keys.keep_in_trail(session, key.public_key()))
    used = await store.read(audit.of_house)
    assert [it.public_key for it in used if isinstance(it, KeyUsed)] == [
        base64.b64encode(public(it)).decode() for it in (OLD, NEW, OLD)
    ]
    assert await store.read(audit.verify) is None


# Asked for.


@pytest.fixture
async def scene(tmp_path: Path) -> Any:
    async with staged(tmp_path) as scene:
        yield scene


def retire(scene: Scene, key: Ed25519PrivateKey) -> None:
    file = scene.folder / "old.pub.pem"
    file.write_text(signing.pem(key.public_key()))
    scene.config += f"\nevidence: {{keys: [{{file: {file}}}]}}\n"


async def test_whoever_asks_is_told_without_a_token(scene: Scene) -> None:
    retire(scene, OLD)
    await scene.start()
    async with scene.http.get(f"{scene.address}/api/v1/keys") as answer:
        told = (await answer.json())["keys"]
    assert answer.status == 200
    assert [(it["use"], it["keyid"]) for it in told] == [
        ("current", signing.fingerprint(scene.public_key())),
        ("retired", signing.fingerprint(OLD.public_key())),
    ]


async def test_the_command_says_the_same_without_a_server(scene: Scene, capsys: Captured) -> None:
    retire(scene, OLD)
    await scene.start()
    async with scene.http.get(f"{scene.address}/api/v1/keys") as answer:
        served = await answer.json()
    await scene.stop()
    assert run(scene, json=True) == 0
    told = json.loads(capsys.readouterr().out)
    [used] = told.pop("used")
    assert told == served
    assert (used["keyid"], used["pem"]) == (told["keys"][0]["keyid"], told["keys"][0]["pem"])
    assert run(scene) == 0
    said = capsys.readouterr().out
    assert "the trail says" not in said
    for it in served["keys"]:
        assert it["keyid"] in said
        assert it["note"] in said
        assert it["pem"] in said


async def test_of_a_key_that_is_lost_the_trail_has_the_public_half(
    scene: Scene, capsys: Captured
) -> None:
    scene.environ = {"COUNTERSIGN_SIGNING_KEY": pem_of(OLD)}
    await scene.start()
    await scene.stop()
    scene.environ = {"COUNTERSIGN_SIGNING_KEY": pem_of(NEW)}
    assert run(scene) == 0
    said = capsys.readouterr().out
    assert f"{signing.fingerprint(OLD.public_key())} (not in the config; the trail says" in said
    assert signing.pem(OLD.public_key()) in said
    retire(scene, OLD)
    assert run(scene) == 0
    said = capsys.readouterr().out
    assert f"{signing.fingerprint(OLD.public_key())} (retired)" in said
    assert "not in the config" not in said


@pytest.mark.parametrize("how", [{}, {"json": True}, {"pem": True}])
async def test_whoever_only_looks_makes_no_key(
    how: dict[str, bool], scene: Scene, capsys: Captured
) -> None:
    """Its twin is after a start, which makes one."""
    with pytest.raises(SettingsError, match="there is no key to show") as refused:
        run(scene, **how)
    assert "name the database in DATABASE_URL, or the key in" in str(refused.value)
    assert not list(scene.folder.glob("*.key.pem"))
    await scene.start()
    await scene.stop()
    assert run(scene, **how) == 0


def test_no_other_secret_is_needed_to_look(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "people: {ada: {name: Ada, level: senior}}\ngroups: {all: {members: [ada]}}\n"
    config += "slack: {fallback_channel: C0OPS}\n"
    config += "connections: {ci: {kind: webhook, secret_env: CI_SECRET, token_env: CI_TOKEN}}\n"
    (tmp_path / "countersign.yaml").write_text(config)
    known = {"COUNTERSIGN_CONFIG": str(tmp_path / "countersign.yaml")}
    known |= {"DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    key = {"COUNTERSIGN_SIGNING_KEY": pem_of(NEW)}
    asked = argparse.Namespace(json=False, pem=True)
    assert keys.run(asked, lambda: settings.read_keys(known | key)) == 0
    assert capsys.readouterr().out == signing.pem(NEW.public_key())
    with pytest.raises(SettingsError, match="there is no key to show"):
        keys.run(asked, lambda: settings.read_keys(known))
    for wrong in ({"COUNTERSIGN_SIGNING_KEY": ""}, {"COUNTERSIGN_CONFIG": f"{tmp_path}/none.yaml"}):
        with pytest.raises(SettingsError, match="the keys cannot be found"):
            settings.read_keys(known | key | wrong)


async def test_a_file_of_the_key_alone(scene: Scene, capsys: Captured) -> None:
    await scene.start()
    assert run(scene, pem=True) == 0
    assert capsys.readouterr().out == signing.pem(scene.public_key())


async def test_the_secret_key_is_never_told(scene: Scene, capsys: Captured) -> None:
    secret = NEW.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    scene.environ = {"COUNTERSIGN_SIGNING_KEY": secret}
    for how in ({}, {"json": True}, {"pem": True}):
        assert run(scene, **how) == 0
    said = capsys.readouterr().out
    assert signing.pem(NEW.public_key()) in said
    assert "PRIVATE" not in said
    assert secret.splitlines()[1][20:] not in said


@pytest.mark.skipif(
    not all(map(shutil.which, ("openssl", "ssh-keygen"))), reason="openssl and ssh-keygen"
)
async def test_its_number_is_the_one_that_openssh_works_out(
    scene: Scene, capsys: Captured, tmp_path: Path
) -> None:
    await scene.start()
    (tmp_path / "countersign.pub").write_text(signing.pem(scene.public_key()))
    assert run(scene) == 0
    said = capsys.readouterr().out
    command = said[said.index("  (printf") :]
    done = subprocess.run(  # noqa: ASYNC221 -- nothing else is under way
        ["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path
    )
    assert signing.fingerprint(scene.public_key()) in done.stdout, done.stderr


def run(scene: Scene, *, json: bool = False, pem: bool = False) -> int:
    return keys.run(argparse.Namespace(json=json, pem=pem), scene.settings, scene.clock)


# Of callbacks.


def pem_of(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


async def test_with_a_key_of_their_own_anybody_can_check_callbacks(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    scene.environ = {"COUNTERSIGN_WEBHOOK_KEY": pem_of(NEW)}
    sent: list[Request] = []
    send = Sender.__call__

    async def seen(sender: Sender, request: Request) -> Response:
        sent.append(request)
        return await send(sender, request)

    monkeypatch.setattr(Sender, "__call__", seen)
    await scene.start()
    served = (await scene.get("/api/v1/keys"))[1]
    signoff = await scene.send(REFUNDS)
    await scene.approve(SENIOR, await scene.shown(signoff))
    async with asyncio.timeout(10):
        while not scene.pipeline.heard:  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0.02)
    await scene.stop()
    assert [it.accepted for it in scene.pipeline.heard] == [True]  # by `v1`, as ever
    [called] = [it for it in sent if it.url.startswith(scene.pipeline.callback_prefix)]
    [told] = served["webhook"]
    raw = base64.b64decode(told["key"].removeprefix("whpk_"), validate=True)
    made = called.headers["webhook-signature"].rpartition("v1a,")[2]
    assert signing.genuine(raw, message(called), base64.b64decode(made))
    assert told["key"] not in json.dumps(served["keys"])  # it vouches for no decision
    assert run(scene, json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {name: it for name, it in shown.items() if name != "used"} == served
    assert run(scene) == 0
    assert f"{told['key']} (of callbacks alone)" in capsys.readouterr().out


async def test_without_one_callbacks_are_as_they_were(scene: Scene) -> None:
    await scene.start()
    assert (await scene.get("/api/v1/keys"))[1]["webhook"] == []
    await scene.stop()


async def test_it_is_not_the_one_that_attests(scene: Scene) -> None:
    both = {"COUNTERSIGN_WEBHOOK_KEY": pem_of(NEW), "COUNTERSIGN_SIGNING_KEY": pem_of(OLD)}
    scene.environ = both
    parts.check(scene.settings())
    scene.environ = both | {"COUNTERSIGN_SIGNING_KEY": pem_of(NEW)}
    with pytest.raises(SettingsError, match="COUNTERSIGN_WEBHOOK_KEY: must be another key"):
        parts.check(scene.settings())
    with pytest.raises(SettingsError, match="must be another key"):
        await scene.start()


@pytest.mark.parametrize(
    ("value", "why"), [("hv:countersign/1", "no key service"), ("", "is set but empty")]
)
async def test_callbacks_wait_for_no_key_service(scene: Scene, value: str, why: str) -> None:
    scene.environ = {"COUNTERSIGN_WEBHOOK_KEY": value}
    with pytest.raises(SettingsError, match=why):
        scene.settings()

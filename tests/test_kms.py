"""A key that never leaves Vault: it signs for us, and when it does not, nothing is lost and we say so."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import securesystemslib.signer as theirs

from bot import kms, parts, signing
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene, staged
from bot.engine import aside
from bot.kms import NoKey
from bot.ports import Unreachable
from bot.settings import SettingsError
from tests.vault import DENIED, TOKEN, FakeVault, vault_running

ONE, TWO = bytes(32), bytes(range(32))
SEALED = (503, {"errors": ["Vault is sealed"]})


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeVault]:
    with vault_running() as running:
        monkeypatch.setenv("VAULT_ADDR", running.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        monkeypatch.setenv("HOME", str(tmp_path))
        running.make("countersign", ONE)
        yield running
        assert running.oddities == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kms, "SECONDS", 0.2)
    monkeypatch.setattr(kms, "REST", 0.0)


def public(seed: bytes) -> bytes:
    return signing.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


# It signs.


def test_what_it_signs_verifies_under_our_number_of_the_key(vault: FakeVault) -> None:
    signer = kms.signer("hv:countersign/1")
    envelope = signer.envelope({"_type": "x"})
    assert signing.verify(envelope, signer.public) == {"_type": "x"}
    [signature] = json.loads(envelope)["signatures"]
    assert signature["keyid"] == signer.keyid == signing.fingerprint(signer.public)
    assert (signing.raw(signer.public), signer.remote) == (public(ONE), True)
    assert vault.asked == ["GET /v1/transit/keys/countersign", "POST /v1/transit/sign/countersign"]


@pytest.mark.parametrize(("name", "seed"), [("hv:k/1", ONE), ("hv:k/2", TWO), ("hv:k", TWO)])
def test_a_version_is_signed_with_or_else_the_newest(
    vault: FakeVault, name: str, seed: bytes
) -> None:
    vault.make("k", ONE, TWO)
    signer = kms.signer(name)
    assert signing.raw(signer.public) == public(seed)
    assert signing.genuine(public(seed), b"x", signer.sign(b"x"))


def test_the_tenth_version_is_newer_than_the_ninth(vault: FakeVault) -> None:
    vault.make("k", *(bytes([number]) * 32 for number in range(10)))
    assert signing.raw(kms.signer("hv:k").public) == public(b"\x09" * 32)


@pytest.mark.parametrize("name", ["hv:countersign", "hv:countersign/1"])
def test_a_key_that_was_rotated_meanwhile_goes_on_as_it_was(vault: FakeVault, name: str) -> None:
    signer = kms.signer(name)
    vault.keys["countersign"].rotate()
    assert signing.genuine(public(ONE), b"x", signer.sign(b"x"))


# It does not.


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (DENIED, "403: look at its token and policy (1 error occurred: * permission denied)"),
        (SEALED, "503: it is sealed, or down (Vault is sealed)"),
        ((500, {"errors": ["x" * 900]}), "500 (" + "x" * 200 + ")"),
        ((502, b"<html>"), "502"),
        ((418, b""), "an error"),
        ((200, b"{}"), "its answer makes no sense"),
        ((200, b"[]"), "its answer makes no sense"),
        ((200, b"no json"), "its answer makes no sense"),
        ((204, b""), "its answer makes no sense"),
        ((200, {"data": {"signature": "vault:v1:AAAA"}}), "does not fit the key"),
        ((200, {"data": {"signature": "vault:v1:%%"}}), "does not fit the key"),
        ((200, {"data": {"signature": "vault:v1:A"}}), "its answer makes no sense"),
        ((200, {"data": {"signature": 4}}), "its answer makes no sense"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_whatever_it_answers_it_is_tried_again_later(
    vault: FakeVault, answer: Any, why: str
) -> None:
    signer = kms.signer("hv:countersign/1")
    vault.instead = answer
    with pytest.raises(Unreachable) as caught:
        signer.sign(b"x")
    assert why in str(caught.value)
    assert signer.trouble() == [str(caught.value)]
    vault.instead = None
    assert signing.genuine(public(ONE), b"x", signer.sign(b"x"))
    assert signer.trouble() == []


@pytest.mark.usefixtures("impatient")
def test_a_signature_of_another_key_is_never_used(vault: FakeVault) -> None:
    """Deleted and made anew under its name, it is another key of the same version."""
    signer = kms.signer("hv:countersign/1")
    vault.make("countersign", TWO)
    with pytest.raises(Unreachable, match="does not fit the key it showed us"):
        signer.sign(b"x")


@pytest.mark.usefixtures("impatient")
def test_a_version_that_signs_no_more_says_so(vault: FakeVault) -> None:
    signer = kms.signer("hv:countersign/1")
    vault.keys["countersign"].rotate()
    vault.keys["countersign"].oldest = 2
    with pytest.raises(Unreachable, match="less than the minimum encryption key version"):
        signer.sign(b"x")


@pytest.mark.usefixtures("impatient")
def test_one_that_does_not_answer_is_not_waited_for(vault: FakeVault) -> None:
    signer = kms.signer("hv:countersign/1")
    vault.silent = threading.Event()
    with pytest.raises(Unreachable, match="did not answer within"):
        signer.sign(b"x")


@pytest.mark.usefixtures("impatient")
def test_one_that_is_not_there_is_said_without_its_address(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://canary:canary@127.0.0.1:1")
    with pytest.raises(NoKey, match="cannot be reached") as caught:
        kms.signer("hv:countersign/1")
    assert "canary" not in str(caught.value)


def test_after_a_failure_it_is_left_alone_for_a_while(vault: FakeVault) -> None:
    signer = kms.signer("hv:countersign/1")
    vault.instead = SEALED
    for _ in range(3):
        with pytest.raises(Unreachable, match="sealed"):
            signer.sign(b"x")
    assert vault.asked.count("POST /v1/transit/sign/countersign") == 1


@pytest.mark.usefixtures("impatient")
def test_it_is_said_once_in_the_log(vault: FakeVault, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    signer = kms.signer("hv:countersign/1")
    vault.instead = SEALED
    for _ in range(3):
        with pytest.raises(Unreachable):
            signer.sign(b"x")
    vault.instead = None
    signer.sign(b"x")
    ours = [it.getMessage() for it in caplog.records if it.name == kms.log.name]
    assert len(ours) == 2
    assert "nothing is signed" in ours[0]
    assert "signs again" in ours[1]


@pytest.mark.usefixtures("impatient")
def test_its_token_is_in_no_line_of_the_log_and_no_error(
    vault: FakeVault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    signer, said = kms.signer("hv:countersign/1"), []
    for vault.instead in (None, DENIED, SEALED, (200, b"{}"), (307, b"")):
        try:
            signer.sign(b"x")
        except Unreachable as problem:
            said.append(f"{problem!r} {problem.__context__} {problem.__cause__}")
    assert len(said) == 4
    assert TOKEN not in f"{caplog.text} {said} {signer!r}"


@pytest.mark.usefixtures("impatient")
def test_a_token_that_was_renewed_is_found(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As a Vault agent does it: the file is written anew before the token ends."""
    monkeypatch.delenv("VAULT_TOKEN")
    file = tmp_path / ".vault-token"
    file.write_text(f"{TOKEN}\n")
    signer = kms.signer("hv:countersign/1")
    assert signer.sign(b"x")
    vault.token = "hvs.the-next-one"
    file.write_text(vault.token)
    with pytest.raises(Unreachable, match="403"):
        signer.sign(b"x")
    assert signer.sign(b"x")


def test_the_token_goes_nowhere_else(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by a proxy of the environment nor by a redirect."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    signer = kms.signer("hv:countersign/1")
    with vault_running() as elsewhere:
        elsewhere.make("countersign", ONE)
        vault.instead, vault.headers = (307, b""), {"Location": f"{elsewhere.url}/v1/x"}
        with pytest.raises(Unreachable, match="makes no sense"):
            signer.sign(b"x")
        assert elsewhere.asked == []


# Which keys can be used.


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("hv:countersign/2", "has no version 2"),
        ("hv:other", "404"),
        ("hv:rsa", "of the type rsa-2048; it must be ed25519"),
        ("hv:derived", "not derived"),
        ("hv:", "must be hv:NAME/VERSION"),
        ("hv:countersign/0", "must be hv:NAME/VERSION"),
        ("hv:countersign/one", "must be hv:NAME/VERSION"),
        ("hv:../../sys/seal", "must be hv:NAME/VERSION"),
        ("hv:a/1/2", "must be hv:NAME/VERSION"),
    ],
)
def test_what_cannot_sign_for_us_is_said_before_anything_starts(
    vault: FakeVault, name: str, why: str
) -> None:
    vault.make("rsa").sort = "rsa-2048"
    vault.make("derived").derived = True
    with pytest.raises(NoKey, match=why):
        kms.signer(name)


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("awskms:alias/countersign", "AWS KMS"),
        ("arn:aws:kms:eu-central-1:111122223333:key/x", "AWS KMS"),
        ("gcpkms:projects/x", "Google Cloud KMS"),
        ("azurekms://vault/keys/x", "Azure Key Vault"),
        ("hsm:2?label=x", "PKCS#11"),
        ("tkey:?digest=7c75714", "the TKey"),
        ("gnupg:ABCD", "GnuPG"),
    ],
)
def test_services_without_ed25519_are_refused_and_the_sentence_says_why(
    name: str, service: str
) -> None:
    with pytest.raises(
        NoKey, match=rf"^{service} cannot be used: .* promised an Ed25519 signature"
    ):
        kms.signer(name)


def test_of_the_installed_library_no_other_service_signs_so() -> None:
    """Once one of them does, this fails: then it can be supported."""
    told = {scheme: _source(it) for scheme, it in theirs.SIGNER_FOR_URI_SCHEME.items()}
    with_it = {scheme for scheme, source in told.items() if "ed25519" in source.lower()}
    assert with_it <= {"hv", "file2", "gnupg"}
    assert with_it >= {"hv"}


def _source(signer: type) -> str:
    return inspect.getsource(sys.modules[signer.__module__])


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kms, "find_spec", lambda name: None)
    with pytest.raises(NoKey, match=r"pip install --require-hashes -r requirements/kms\.txt"):
        kms.signer("hv:countersign/1")


# In the house.


@pytest.fixture
async def scene(vault: FakeVault, tmp_path: Path) -> Any:
    environ = {"COUNTERSIGN_SIGNING_KEY": "hv:countersign/1", "VAULT_TOKEN": TOKEN}
    async with staged(tmp_path, environ=environ) as scene:
        yield scene


async def test_a_decision_waits_for_the_key_and_is_signed_once_it_is_back(
    scene: Scene, vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kms, "REST", 0.0)
    await scene.start()
    vault.instead = SEALED
    signoff = await scene.send(REFUNDS)
    await scene.approve(SENIOR, await scene.shown(signoff))
    await until(scene, 503)
    assert "Vault is sealed" in json.dumps((await scene.get("/readyz"))[1])
    status, answer = await scene.get(f"/api/v1/signoffs/{signoff}/attestation")
    assert (status, answer["title"]) == (503, "It cannot be signed just now; please try again.")
    vault.instead = None
    status, envelope = await scene.get(f"/api/v1/signoffs/{signoff}/attestation")
    assert status == 200
    statement = signing.verify(json.dumps(envelope), kms.signer("hv:countersign/1").public)
    assert statement["predicate"]["signoff"] == signoff  # type: ignore[index]
    assert (await scene.get("/readyz"))[0] == 200
    await scene.stop()


async def until(scene: Scene, status: int) -> None:
    async with asyncio.timeout(10):
        while (await scene.get("/readyz"))[0] != status:
            await scene.house.heartbeat.beat()


async def test_while_it_hangs_everything_else_goes_on(
    scene: Scene, vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kms, "SECONDS", 1.0)
    await scene.start()
    vault.silent = threading.Event()
    signoff = await scene.send(REFUNDS)
    card = await scene.shown(signoff)
    async with asyncio.timeout(5):
        await scene.house.heartbeat.beat()
        await scene.approve(SENIOR, card)
        await scene.shown(signoff, "Approved")
    await scene.stop()


@pytest.mark.parametrize(("may", "why"), [({"read"}, "did not sign"), ({"sign"}, "does not show")])
async def test_a_policy_that_does_not_let_us_stops_the_start(
    scene: Scene, vault: FakeVault, may: set[str], why: str
) -> None:
    parts.check(scene.settings())
    vault.may = may
    with pytest.raises(SettingsError, match=rf"COUNTERSIGN_SIGNING_KEY: .*{why}.*403"):
        parts.check(scene.settings())
    with pytest.raises(SettingsError, match=why):
        await scene.start()


def test_its_token_is_hidden_and_the_name_of_the_key_is_not(scene: Scene) -> None:
    chosen = scene.settings()
    assert TOKEN in chosen.hidden
    assert TOKEN not in repr(chosen)
    assert not any(it.startswith("hv:") for it in chosen.hidden)


@pytest.mark.parametrize("wait", [0.05])
async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch, wait: float) -> None:
    monkeypatch.setattr(aside, "AT_MOST", wait)
    held = threading.Event()
    with pytest.raises(Unreachable, match="took more than"):
        await aside.aside(lambda: held.wait(5))
    held.set()

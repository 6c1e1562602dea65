"""The gate: what was approved is deployed, and the same attestation opens nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot import __main__ as program
from bot import checkpoint, signing
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene
from tests.clocks import MovableClock
from tests.test_verify_script import NEEDED, SCRIPT

Captured = pytest.CaptureFixture[str]
DIGEST = "sha256:" + "c" * 64


class Gate:
    """What stands before a deploy: a public key, an attestation, and what is to be deployed."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene, self.folder = scene, folder
        self.key, self.file = folder / "countersign.pub", folder / "attestation.json"
        self.key.write_text(signing.pem(scene.public_key()))
        self.about: dict[str, str] = {}

    async def fetch(self, signoff_id: str, form: str = "envelope") -> Any:
        status, told = await self.scene.get(f"/api/v1/signoffs/{signoff_id}")
        assert status == 200
        path = f"/api/v1/signoffs/{signoff_id}/attestation?form={form}"
        status, envelope = await self.scene.get(path)
        assert status == 200
        self.file.write_text(json.dumps(envelope))
        self.about = {
            "repository": told["repository"],
            "revision": told["revision"],
            "environment": told["environment"],
            "artifact": DIGEST,
        }
        return told

    def opens(self, *more: str, **other: str) -> bool:
        """Asked of the command; of docs/verify.sh as well, and they agree."""
        about = {**self.about, **other}
        flags = [word for name, value in about.items() if value for word in (f"--{name}", value)]
        words = ["verify", str(self.file), "--key", str(self.key), *flags, *more]
        code = program.main(words)
        assert code in (0, 1, 2)
        if not more:
            assert self._script(about) == (code == 0)
        return code == 0

    def _script(self, about: dict[str, str]) -> bool:
        if not all(map(shutil.which, NEEDED)):
            pytest.skip(f"it needs {', '.join(NEEDED)}")
        command = [
            "bash",
            str(SCRIPT),
            str(self.file),
            str(self.key),
            *(it or "-" for it in about.values()),
        ]
        return subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture
def gate(scene: Scene, tmp_path: Path) -> Gate:
    return Gate(scene, tmp_path)


async def approved(scene: Scene) -> str:
    signoff_id = await scene.send(REFUNDS, artifact_digest=DIGEST)
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    await scene.shown(signoff_id, "was told to go on")
    return signoff_id


def forked(scene: Scene, note: str) -> str:
    """Of the same trail and size, by the same key, and of other entries."""
    found = checkpoint.read(note)
    (file,) = scene.folder.glob("*.key.pem")
    signer = signing.Signer.of(signing.load(str(file)))
    said = checkpoint.text(found.origin, found.size, bytes(32))
    return checkpoint.signed(said, found.origin, signing.raw(signer.public), signer.sign)


async def test_what_was_approved_goes_through_and_nothing_else_does(
    scene: Scene, gate: Gate, capsys: Captured
) -> None:
    signoff_id = await approved(scene)
    told = await gate.fetch(signoff_id)
    assert gate.opens()
    said = capsys.readouterr().out
    assert f"verified: acme/payments-api at {told['revision']}" in said
    assert "approved by ada (senior, slack-click)" in said
    assert signoff_id in said
    for other in (
        {"repository": "acme/ledger"},
        {"revision": "0" * 40},
        {"environment": "staging"},
        {"artifact": "sha256:" + "0" * 64},
        {"artifact": ""},
    ):
        assert not gate.opens(**other)


async def test_a_bundle_goes_through_as_well(scene: Scene, gate: Gate) -> None:
    await gate.fetch(await approved(scene), "bundle")
    assert gate.opens()


async def test_a_summary_is_no_decision(scene: Scene, gate: Gate) -> None:
    await gate.fetch(await approved(scene), "vsa")
    assert not gate.opens()


async def test_what_was_tampered_with_does_not(scene: Scene, gate: Gate) -> None:
    await gate.fetch(await approved(scene))
    text = gate.file.read_text()
    at = text.index('"payload": "') + 200
    gate.file.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
    assert not gate.opens()


async def test_what_was_rejected_does_not(scene: Scene, gate: Gate, capsys: Captured) -> None:
    signoff_id = await scene.send(REFUNDS, artifact_digest=DIGEST)
    await scene.press(SENIOR, await scene.shown(signoff_id), "Reject")
    await scene.slack.submit(SENIOR, {"choice": "other", "reason": "Not today."})
    await scene.shown(signoff_id, "was told to stop")
    await gate.fetch(signoff_id)
    assert not gate.opens()
    assert "it lets nothing go on: it is rejected" in capsys.readouterr().err


async def test_a_day_later_it_is_over(scene: Scene, gate: Gate) -> None:
    await gate.fetch(await approved(scene))
    soon, late = (f"{scene.clock().year + years}-01-01T00:00:00Z" for years in (0, 2))
    assert not gate.opens("--at", late)
    assert not gate.opens("--at", soon)


async def test_the_checkpoint_that_is_served_agrees_and_that_of_a_fork_does_not(
    scene: Scene, gate: Gate, tmp_path: Path
) -> None:
    await gate.fetch(await approved(scene))
    async with scene.http.get(f"{scene.address}/api/v1/checkpoint") as answer:
        note = await answer.text()
    held = tmp_path / "held.note"
    held.write_text(note)
    assert gate.opens("--checkpoint", str(held))
    held.write_text(forked(scene, note))
    assert not gate.opens("--checkpoint", str(held))


async def test_after_the_key_was_changed_both_kinds_verify(
    scene: Scene, gate: Gate, clock: MovableClock
) -> None:
    """New key published, then used, and the old one kept: whoever trusts both is never locked out."""
    before = await approved(scene)
    await gate.fetch(before)
    old_file, about = gate.file.read_text(), dict(gate.about)
    await scene.stop()
    (secret,) = scene.folder.glob("*.key.pem")
    secret.rename(scene.folder / "old.secret")
    (scene.folder / "old.pub").write_text(gate.key.read_text())
    scene.config += f"\nevidence: {{keys: [{{file: {scene.folder / 'old.pub'}}}]}}\n"
    await scene.start()

    new_key = scene.folder / "new.pub"
    new_key.write_text(signing.pem(scene.public_key()))
    await gate.fetch(await approved(scene))
    assert not gate.opens()
    assert gate.opens("--key", str(new_key))
    await gate.fetch(before)
    assert (gate.file.read_text(), gate.about) == (old_file, about)
    assert gate.opens()

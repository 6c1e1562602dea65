"""An auditor comes: what the real house decided is exported beside it, and each record can be verified."""

from __future__ import annotations

import json
import shlex
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot import __main__ as program
from bot import exporting, settings, signing
from bot.cli.commands import parser
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene, playing
from bot.merkle import check_inclusion
from tests.clocks import QUICKLY

Captured = pytest.CaptureFixture[str]
KEY = Ed25519PrivateKey.generate()
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
async def scene(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    environ = {"DATABASE_URL": database_url, "COUNTERSIGN_SIGNING_KEY": PEM}
    async with playing(tmp_path, patience=QUICKLY, environ=environ) as scene:
        yield scene


def exported(scene: Scene, capsys: Captured, *more: str) -> tuple[int, list[dict[str, Any]]]:
    """Beside the house that runs, with its own settings."""
    now = scene.clock()
    span = ["--since", "24h", "--until", f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"]
    arguments = parser().parse_args(["export", *span, "--format", "jsonl", *more])
    capsys.readouterr()
    read = settings.read
    code = exporting.run(arguments, read=lambda: read(scene.variables()), clock=scene.clock)
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_what_was_approved_and_deployed_is_told_and_holds(
    scene: Scene, capsys: Captured, tmp_path: Path
) -> None:
    signoff_id = await scene.send(REFUNDS, artifact_digest="sha256:" + "c" * 64)
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    await scene.shown(signoff_id, "was told to go on")
    _, told = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert await scene.landed(told["key"]) == 202
    await scene.shown(signoff_id, "deployed")

    _, envelope = await scene.get(f"/api/v1/signoffs/{signoff_id}/attestation")
    code, (record, last) = exported(scene, capsys)
    assert (code, record["record_id"]) == (0, signoff_id)
    assert record["integrity"]["verified"], record["integrity"]["flaws"]
    assert record["outcome"]["deployed"] is True
    assert (record["people"]["requester"], record["decision"]["by"]) == ("jun", ["ada"])
    assert last["completeness"]["with_decision"] == 1
    assert last["completeness"]["let_go_on_and_never_seen"] == 0

    (tmp_path / f"{signoff_id}.json").write_text(json.dumps(envelope))
    (tmp_path / "countersign.pub").write_text(signing.pem(KEY.public_key()))
    assert verified(record["integrity"]["verify_command"], tmp_path) == 0
    bent = record["integrity"]["verify_command"].replace("--environment=", "--environment=x")
    assert verified(bent, tmp_path) == 1
    assert leads(record["integrity"])


async def test_a_deployment_that_nobody_asked_for_is_a_gap(scene: Scene, capsys: Captured) -> None:
    assert await scene.landed("payments-api/by-hand") == 202
    code, (last,) = exported(scene, capsys)
    (gap,) = last["completeness"]["without_decision"]
    assert (code, gap["key"]) == (1, "payments-api/by-hand")
    assert exported(scene, capsys, "--allow-gaps")[0] == 0


def verified(command: str, folder: Path) -> int:
    """As somebody copies it into their shell, who stands in that folder."""
    _, *words = shlex.split(command)
    here = [str(folder / it) if it.endswith((".json", ".pub")) else it for it in words]
    return program.main(here)


def leads(integrity: dict[str, Any]) -> bool:
    return check_inclusion(
        bytes.fromhex(integrity["leaf"]),
        integrity["seq"] - 1,
        integrity["checkpoint_size"],
        [b64decode(it) for it in integrity["inclusion_proof"]],
        bytes.fromhex(integrity["checkpoint_root"]),
    )

"""Does Sigstore's own library verify what we sign, and nothing that was changed since?"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import signing
from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, playing
from bot.signing import Signer
from bot.web.evidence import bundle_of
from tests.builders import a_change, a_signoff, after, approves
from tests.cli.job import ROOT
from tests.peers.programs import MODULES, node_module, of_machine
from tests.statements import a_statement

SIGNER = Signer.of(Ed25519PrivateKey.from_private_bytes(bytes(32)))
OTHER = Signer.of(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
FINE = {"taken": True, "canonical": True}


def sigstore(*bundles: Any, key: Signer = SIGNER, hint: str = "") -> list[dict[str, Any]]:
    """What the library says of each."""
    for name in ("@sigstore/bundle", "@sigstore/core", "@sigstore/verify", "canonicalize"):
        node_module(name)
    known = [{"hint": hint or key.keyid, "pem": signing.pem(key.public)}]
    done = subprocess.run(
        [of_machine("node"), str(ROOT / "tests" / "peers" / "node" / "sigstore.mjs")],
        input=json.dumps({"modules": str(MODULES), "keys": known, "bundles": bundles}).encode(),
        capture_output=True,
        check=True,
        timeout=30,
    )
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


def a_bundle(**facts: Any) -> Any:
    signoff = after(a_signoff(change=a_change(**facts)), approves("ada"))
    return json.loads(bundle_of(SIGNER.envelope(a_statement(signoff))))


def with_payload(bend: Callable[[bytes], bytes]) -> Any:
    bundle = a_bundle()
    payload = bend(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    return bundle


def test_it_takes_what_we_sign() -> None:
    """In RFC 8785, too, whatever stands in it."""
    odd = {"key": 'ключ/\u2028/🚢/\\"', "environment": "prod-é"}
    assert sigstore(a_bundle(), a_bundle(**odd)) == [FINE, FINE]


@pytest.mark.parametrize(
    "bend",
    [
        lambda payload: payload.replace(b"production", b"productioX"),
        lambda payload: payload.replace(b'"proceed":true', b'"proceed":null'),
        lambda payload: payload + b" ",
    ],
)
def test_it_takes_nothing_that_was_changed(bend: Callable[[bytes], bytes]) -> None:
    (said,) = sigstore(with_payload(bend))
    assert said == {"taken": False, "why": "SIGNATURE_ERROR"}


def test_it_takes_nothing_of_another_key() -> None:
    (said,) = sigstore(a_bundle(), key=OTHER, hint=SIGNER.keyid)
    assert said == {"taken": False, "why": "SIGNATURE_ERROR"}
    (said,) = sigstore(a_bundle(), key=OTHER)
    assert not said["taken"]


async def test_it_takes_what_a_server_hands_out(tmp_path: Path) -> None:
    async with playing(tmp_path) as scene:
        id = await scene.send(REFUNDS)
        await scene.press(SENIOR, await scene.shown(id), "Approve")
        await scene.shown(id, "was told to go on")
        path = f"/api/v1/signoffs/{id}/attestation"
        bundles = [(await scene.get(f"{path}?form={it}"))[1] for it in ("bundle", "vsa-bundle")]
        (secret,) = scene.folder.glob("*.key.pem")
        key = Signer.of(signing.load(str(secret)))
        assert sigstore(*bundles, key=key) == [FINE, FINE]

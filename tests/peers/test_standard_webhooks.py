"""Do we and the published JavaScript library take each other's signatures?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from bot.clock import system_clock
from bot.pipelines.public_signatures import HEADER as SIGNATURE
from bot.pipelines.signatures import secret_key, sign, verify
from tests.cli.job import ROOT
from tests.peers.programs import node_module, of_machine

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVy"
BODIES = ['{"test": 2432232314}', '{"title":"Grüße 🚢"}', ""]


def library(**said: Any) -> dict[str, Any]:
    """What the library says: `sign` gives headers, `verify` whether they are taken."""
    done = subprocess.run(
        [of_machine("node"), str(ROOT / "tests" / "peers" / "node" / "webhooks.js")],
        input=json.dumps({"module": str(node_module("standardwebhooks")), **said}).encode(),
        capture_output=True,
        check=True,
        timeout=30,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def taken(secret: str, headers: Mapping[str, str], body: str) -> bool:
    answer = library(what="verify", secret=secret, headers=dict(headers), body=body)
    return bool(answer["taken"])


@pytest.mark.parametrize("body", BODIES)
def test_what_it_signs_we_verify(body: str) -> None:
    headers = library(what="sign", secret=SECRET, id="msg_1", body=body)
    assert verify((secret_key(SECRET),), headers, body.encode(), system_clock()) == "msg_1"


@pytest.mark.parametrize("body", BODIES[:2])
def test_what_we_sign_it_verifies(body: str) -> None:
    headers = sign(secret_key(SECRET), "msg_1", system_clock(), body.encode())
    assert taken(SECRET, headers, body)
    assert not taken(OTHER, headers, body)
    assert not taken(SECRET, headers, body + " ")


def test_what_has_a_public_signature_as_well_it_still_verifies() -> None:
    """It knows `v1` alone."""
    headers = sign(secret_key(SECRET), "msg_1", system_clock(), BODIES[0].encode())
    both = headers | {SIGNATURE: f"{headers[SIGNATURE]} v1a,{'A' * 86}=="}
    assert taken(SECRET, both, BODIES[0])
    assert not taken(OTHER, both, BODIES[0])

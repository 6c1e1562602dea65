"""Do the libraries with which Go reads its own transparency log read our checkpoints and proofs?

`golang.org/x/mod/sumdb/note` and `tlog`, in the version that Go itself is built with. Its standard
library looks at the signature of our envelopes.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import checkpoint, signing
from bot.merkle import NO_LEAVES
from tests.attested import KEY, LEAVES, ORIGIN, OTHER, note, pem, public
from tests.attested import audit as position
from tests.peers.programs import INSTALLED, of_machine, of_python

PROGRAM = Path(__file__).parent / "go" / "main.go"
LIBRARIES = ("note", "tlog")
STATEMENT: dict[str, object] = {"_type": "https://in-toto.io/Statement/v1", "said": "Grüße 🚢"}

Told = dict[str, Any]
Verifier = Callable[..., Told]


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    """Built once. Skipped, and said so, where there is no Go."""
    go = of_machine("go") if shutil.which("go") else of_python("go")
    folder = tmp_path_factory.mktemp("go")
    cache = INSTALLED / "go-cache" if INSTALLED.exists() else folder / "cache"
    told = {
        "HOME": str(folder),
        "PATH": os.defpath,
        "GOCACHE": str(cache),
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=mod",
        "GOTELEMETRY": "off",
        "CGO_ENABLED": "0",
    }
    root = Path(_done([go, "env", "GOROOT"], folder, told).strip())
    sumdb = root / "src" / "cmd" / "vendor" / "golang.org" / "x" / "mod" / "sumdb"
    if not sumdb.is_dir():
        pytest.skip("this Go comes without the source of golang.org/x/mod")
    for name in LIBRARIES:
        shutil.copytree(sumdb / name, folder / name)
    shutil.copy(PROGRAM, folder)
    _done([go, "mod", "init", "peer"], folder, told)
    _done([go, "build", "-o", "verifier", "."], folder, told)

    def ask(**question: Any) -> Told:
        answer: Told = json.loads(
            _done([str(folder / "verifier")], folder, told, json.dumps(question))
        )
        return answer

    return ask


def _done(command: list[str], folder: Path, told: dict[str, str], said: str = "") -> str:
    done = subprocess.run(
        command, cwd=folder, env=told, input=said, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def key_of(key: Ed25519PrivateKey, origin: str = ORIGIN) -> str:
    return checkpoint.verifier_key(origin, public(key))


pytestmark = pytest.mark.timeout(400)  # the first build of all


@pytest.mark.parametrize("size", [1, 5, len(LEAVES)])
def test_it_takes_our_note(verifier: Verifier, size: int) -> None:
    told = verifier(key=key_of(KEY), note=note(size))
    assert (told["Taken"], told["Origin"], told["Size"]) == (True, ORIGIN, size), told


def test_it_takes_the_published_vector(verifier: Verifier) -> None:
    """Key seed 00..1f, no entries; its key as docs and tests have it."""
    origin = "countersign.example.com/audit"
    key = "countersign.example.com/audit+f6572c2f+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    assert key == key_of(KEY, origin)
    empty = checkpoint.signed(checkpoint.text(origin, 0, NO_LEAVES), origin, public(KEY), KEY.sign)
    assert empty.endswith("nACKWZ30IgC6p0AJN+aoqirfeWOd29tvtg5qiObATUTQyq0+jIsfFH9HwA=\n")
    assert verifier(key=key, note=empty)["Taken"]


@pytest.mark.parametrize(
    "bent",
    [
        lambda it: it.replace("\n5\n", "\n6\n"),
        lambda it: it.replace(ORIGIN, "sign.evil.example/audit"),
        lambda it: it[:-10] + ("A" if it[-10] != "A" else "B") + it[-9:],
        lambda it: note(5, key=OTHER),
        lambda it: it.rstrip("\n"),
    ],
)
def test_what_was_changed_neither_of_us_takes(verifier: Verifier, bent: Any) -> None:
    good = note(5)
    assert verifier(key=key_of(KEY), note=good)["Taken"]
    assert not verifier(key=key_of(KEY), note=bent(good))["Taken"]
    with pytest.raises(checkpoint.BadNote):
        checkpoint.verify(bent(good), [public(KEY)], signing.genuine)


@pytest.mark.parametrize("size", [1, 2, 7, len(LEAVES)])
def test_it_follows_our_proof_for_every_entry(verifier: Verifier, size: int) -> None:
    for seq in range(1, size + 1):
        told = verifier(key=key_of(KEY), **proved(seq, size))
        assert told["Included"], (seq, told)


def test_it_follows_no_other_proof(verifier: Verifier) -> None:
    good = proved(5, len(LEAVES))
    assert verifier(key=key_of(KEY), **good)["Included"]
    for wrong in (
        {"seq": 6},
        {"leaf": LEAVES[5].hex()},
        {"proof": good["proof"][:-1]},
        {"proof": good["proof"][::-1]},
        {"proof": [*good["proof"], good["proof"][0]]},
        {"note": note(len(LEAVES) - 1)},
    ):
        assert not verifier(key=key_of(KEY), **{**good, **wrong})["Included"], wrong


def proved(seq: int, size: int) -> Told:
    told = position(seq, size)
    return {
        "note": told["checkpoint"],
        "seq": seq,
        "leaf": told["leaf"],
        "proof": told["inclusionProof"],
    }


def test_its_cryptography_takes_our_envelope_and_no_other(verifier: Verifier) -> None:
    signed = json.loads(signing.Signer.of(KEY).envelope(STATEMENT))
    asked = {"key": key_of(KEY), "note": note(5)}
    assert verifier(**asked, pem=pem(KEY), envelope=signed)["Signed"]
    assert not verifier(**asked, pem=pem(OTHER), envelope=signed)["Signed"]
    other = base64.b64encode(base64.b64decode(signed["payload"]) + b" ").decode()
    assert not verifier(**asked, pem=pem(KEY), envelope=signed | {"payload": other})["Signed"]
    assert not verifier(**asked, pem=pem(KEY), envelope=signed | {"payloadType": "x"})["Signed"]

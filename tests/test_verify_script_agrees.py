"""docs/verify.sh and `countersign verify` say the same of what was bent in ways that nobody thought of."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import attested
from tests.attested import ARTIFACT, DIGEST, REVISION, Deploy
from tests.cli.verify_job import verify
from tests.test_verify_script import NEEDED, verified

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason=f"it needs {', '.join(NEEDED)}"
)

Told = dict[str, Any]
Path_ = tuple[str | int, ...]

RUNS = 30

ODD: list[Any] = [
    None, True, False, 0, 1, "", "x", [], {}, [1], {"a": 1}, "approved", "true", "9", "zzzz", "2099", "2000-01-01",
    "2099-01-01T00:00:00Z", "2000-01-01T00:00:00Z", "2099-01-01T00:00:00+00:00", REVISION, 1e9, 4_102_444_800,
]  # fmt: skip
SUBJECTS: list[Any] = [
    {"name": "artifact", "digest": {"sha256": DIGEST}}, {"digest": {}}, {"digest": None}, {"name": "x"}, "x",
    {"digest": {"gitCommit": REVISION}}, {"digest": {"gitCommit": None}}, {"digest": {"gitCommit": "x"}},
    {"digest": []}, {"digest": {"gitTree": "x"}}, {"0": {"digest": {"gitCommit": REVISION}}},
]  # fmt: skip
PLACES: list[Path_] = [
    ("_type",), ("predicateType",), ("subject",), ("subject", 0), ("subject", 1), ("subject", 0, "digest"),
    *(("subject", 0, "digest", it) for it in ("gitCommit", "gitTree", "sha256")),
    *(("predicate", it) for it in ("expiresAt", "notBefore", "status", "proceed", "shadow", "repository", "revision",
                                   "environment", "connection")),
]  # fmt: skip


def bent(it: Deploy, dice: random.Random) -> Deploy:
    """Some of it is something else; how often, where and what is up to the dice."""
    for _ in range(dice.choice((1, 1, 2))):
        place = dice.choice(PLACES)
        value = dice.choice([*ODD, *SUBJECTS] if place[0] == "subject" else ODD)
        it = it.stated(lambda told, place=place, value=value: put(told, place, value))
    covers = (lambda told: told, again, covered(dice), in_lines)
    return replace(
        it,
        bend=dice.choice((*covers, covers[0], covers[0])),
        artifact=dice.choice(("", "", ARTIFACT)),
        connections=dice.choice(("", "", "payments-ci", "x,ledger-ci")),
    )


def put(told: Any, place: Path_, value: object) -> None:
    """Nothing, where what was put there before has no such place."""
    *way, last = place
    try:
        for step in way:
            told = told[step]
        if isinstance(told, list) and last == len(told):
            told.append(value)
        else:
            told[last] = value
    except (TypeError, KeyError, IndexError):
        return


def again(envelope: Told) -> Told:
    return envelope | {"signatures": envelope["signatures"] * 2}


def in_lines(envelope: Told) -> Told:
    return envelope | {"payload": f"{envelope['payload'][:20]}\n{envelope['payload'][20:]}"}


def covered(dice: random.Random) -> Any:
    kind = dice.choice(("application/vnd.dev.sigstore.bundle.v0.3+json", "x", None, ["x"]))
    return lambda envelope: {"mediaType": kind, "dsseEnvelope": envelope}


@pytest.mark.parametrize("seed", range(3))
def test_they_agree(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)  # noqa: S311
    verdicts = []
    for _ in range(RUNS):
        it = bent(attested.deploy(), dice)
        script, command = verified(it, tmp_path).returncode == 0, verify(it, tmp_path) == 0
        assert script == command, (it.statement, it.file())
        verdicts.append(command)
    assert 0 < sum(verdicts) < RUNS  # else nothing was tried

"""`--attestation FILE`: after a yes what was signed of it is there, and after anything else nothing is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import commands, requesting, waiting
from tests.cli.fake_countersign import ID, REVISION, TOKEN, Fake, Said, problem, serving, signoff

Captured = pytest.CaptureFixture[str]
HERE = f"/api/v1/signoffs/{ID}"
ENVELOPE = {"payload": "e30=", "payloadType": "x", "signatures": [{"keyid": "k", "sig": "AA=="}]}


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        found.answer(f"{HERE}/attestation", Said(body=json.dumps(ENVELOPE).encode()))
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """With what an earlier run left."""
    left = tmp_path / "attestation.json"
    left.write_text('{"of": "an earlier run"}')
    return left


def wait(fake: Fake, file: Path, *more: str) -> int:
    place = ("--revision", REVISION, "--repository", "acme/payments-api")
    words = ["wait", ID, *place, "--attestation", str(file), *more]
    environ = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN}
    return waiting.run(commands.parser().parse_args(words), environ)


def test_after_a_yes_it_is_there(fake: Fake, file: Path) -> None:
    fake.answer(HERE, signoff("approved"))
    assert wait(fake, file) == 0
    assert json.loads(file.read_text()) == ENVELOPE
    assert fake.asked[-1].token == TOKEN


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (signoff("rejected"), 10),
        (signoff("expired"), 11),
        (signoff("approved", revision="0" * 40), 1),
        (signoff("approved", proceed=None), 1),
    ],
)
def test_after_anything_else_nothing_is(fake: Fake, file: Path, answer: Said, code: int) -> None:
    """Not even what an earlier run left there."""
    fake.answer(HERE, answer)
    assert wait(fake, file) == code
    assert file.read_text() == ""
    assert not [path for path in fake.paths() if path.endswith("attestation")]


def test_a_yes_without_its_attestation_lets_nothing_go_on(
    fake: Fake, file: Path, capsys: Captured
) -> None:
    fake.answer(HERE, signoff("approved"))
    fake.answer(f"{HERE}/attestation", problem(409, "Nothing was signed: it was edited."))
    assert wait(fake, file) == 1
    assert "Nothing was signed" in capsys.readouterr().err
    assert file.read_text() == ""


def test_a_file_that_cannot_be_written_is_found_before_anybody_waits(
    fake: Fake, tmp_path: Path, capsys: Captured
) -> None:
    fake.answer(HERE, signoff("approved"))
    assert wait(fake, tmp_path / "missing" / "a.json") == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
    assert fake.asked == []


def test_whoever_does_not_wait_gets_none(fake: Fake, file: Path, capsys: Captured) -> None:
    arguments = commands.parser().parse_args(["request", "--attestation", str(file)])
    environ = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN}
    assert requesting.run(arguments, environ) == 1
    assert "--attestation needs --wait" in capsys.readouterr().err
    assert fake.asked == []

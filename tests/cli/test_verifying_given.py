"""`verify`: what it is given. Nothing is verified unbound, and a mistake of who asks is no refusal."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli import verifying
from tests import attested
from tests.attested import ENVIRONMENT, ORIGIN, OTHER, REPOSITORY, REVISION
from tests.cli import job
from tests.cli.verify_job import BARE, parsed, verify
from tests.repositories import a_repository
from tests.verifiers import FINE, made, said

Captured = pytest.CaptureFixture[str]
WHOLE = len(attested.LEAVES)

# Nothing is verified unbound.


GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_SHA": REVISION}


@pytest.mark.parametrize("flag", ["--repository", "--revision", "--environment"])
def test_what_is_not_said_is_not_guessed(flag: str, tmp_path: Path, capsys: Captured) -> None:
    it = made(FINE["as it is"])
    assert verify(it, tmp_path) == 0
    capsys.readouterr()
    assert verify(it, tmp_path, leave=flag) == 2
    assert flag in capsys.readouterr().err


def test_the_ci_says_what_is_not_said(tmp_path: Path) -> None:
    it = made(FINE["as it is"])
    for flag in ("--repository", "--revision"):
        assert verify(it, tmp_path, leave=flag, **GITHUB) == 0
        assert (
            verify(
                it,
                tmp_path,
                leave=flag,
                **GITHUB | {"GITHUB_REPOSITORY": "x/y", "GITHUB_SHA": "0" * 40},
            )
            == 1
        )
    gitlab = {"GITLAB_CI": "true", "CI_ENVIRONMENT_NAME": ENVIRONMENT}
    assert verify(it, tmp_path, leave="--environment", **gitlab) == 0
    assert verify(it, tmp_path, leave="--environment", **gitlab | {"CI_ENVIRONMENT_NAME": "x"}) == 1


def test_what_is_checked_out_is_what_ships(tmp_path: Path) -> None:
    it, repository = made(FINE["as it is"]), a_repository(tmp_path / "checkout")
    here = repository.commit("One", a="1")
    assert verify(it, tmp_path, "--git", str(repository.path), leave="--revision") == 1
    bent = said(revision=here)(it).stated(
        lambda told: told["subject"][0]["digest"].update(gitCommit=here)
    )
    assert verify(bent, tmp_path, "--git", str(repository.path), leave="--revision") == 0


EMPTY = ("--repository", "--revision", "--environment", "--artifact", "--connection", "--key", "--approver-keys",
         "--checkpoint", "--at", "--git")  # fmt: skip


@pytest.mark.parametrize("flag", EMPTY)
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_word_is_a_mistake_of_who_asks(
    flag: str, value: str, tmp_path: Path, capsys: Captured
) -> None:
    """An unset variable leaves no check out, and none to what a job's CI says."""
    it = made(FINE["as it is"])
    assert verify(it, tmp_path, **GITHUB) == 0
    with pytest.raises(SystemExit) as left:
        verify(it, tmp_path, flag, value, **GITHUB)
    assert left.value.code == 2
    assert f"argument {flag}: is empty" in capsys.readouterr().err


@pytest.mark.parametrize("names", ["payments-ci,", ",payments-ci", "payments-ci,,ledger-ci"])
def test_no_connection_is_called_nothing(names: str, tmp_path: Path) -> None:
    it = made(FINE["asked by whom it may be"])
    assert verify(it, tmp_path, "--connection", "ledger-ci") == 0
    with pytest.raises(SystemExit):
        verify(replace(it, connections=names), tmp_path)


@pytest.mark.parametrize("flag", ["--repository", "--revision", "--environment"])
def test_of_two_cis_none_is_believed(flag: str, tmp_path: Path, capsys: Captured) -> None:
    """A GitLab job whose variables say that it is GitHub's: whoever wrote them says what ships."""
    it = made(FINE["as it is"])
    gitlab = {"GITLAB_CI": "true", "CI_PROJECT_PATH": REPOSITORY, "CI_COMMIT_SHA": REVISION}
    gitlab |= {"CI_ENVIRONMENT_NAME": ENVIRONMENT}
    assert verify(it, tmp_path, leave=flag, **gitlab) == 0
    both = {**gitlab, **GITHUB}
    assert verify(it, tmp_path, **both) == 0
    capsys.readouterr()
    assert verify(it, tmp_path, leave=flag, **both) == 2
    assert f"GITHUB_ACTIONS and GITLAB_CI are set: say {flag}" in capsys.readouterr().err


# Keys, files and checkpoints.


def test_a_second_key_helps_while_keys_change(tmp_path: Path) -> None:
    other = tmp_path / "other.pub"
    other.write_text(attested.pem(OTHER))
    old = replace(made(FINE["as it is"]), trusted=OTHER)
    assert verify(old, tmp_path) == 1
    (tmp_path / "now.pub").write_text(attested.pem(attested.KEY))
    assert verify(old, tmp_path, "--key", str(tmp_path / "now.pub")) == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must hold one public key"),
        (attested.pem(OTHER) * 2, "must hold one public key"),
        (attested.pem(OTHER).replace("MCow", "MCov"), "not an Ed25519 key"),
        ("-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n", "private key"),
        (None, "cannot be read"),
    ],
)
def test_a_key_that_is_none_is_a_mistake_of_who_asks(
    text: str | None, why: str, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "odd.pub"
    if text is not None:
        path.write_text(text)
    assert verify(made(FINE["as it is"]), tmp_path, "--key", str(path)) == 2
    trouble = capsys.readouterr().err
    assert why in trouble
    assert "canary" not in trouble


def test_the_attestation_may_come_from_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    it = made(FINE["as it is"])
    _, key = it.written(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(it.file())))
    about = ("--repository", REPOSITORY, "--revision", REVISION, "--environment", ENVIRONMENT)
    assert verifying.run(parsed("-", "--key", str(key), *about), {}, lambda: it.now) == 0


def test_a_file_that_is_not_there_is_no_refusal(tmp_path: Path, capsys: Captured) -> None:
    """2 says: nothing was looked at. 1 would say that it is not genuine."""
    _, key = made(FINE["as it is"]).written(tmp_path)
    about = ("--repository", REPOSITORY, "--revision", REVISION, "--environment", ENVIRONMENT)
    for name in ("nowhere.json", ".", "x\0y"):
        assert verifying.run(parsed(name, "--key", str(key), *about), {}) == 2
        assert "cannot be read" in capsys.readouterr().err


def test_a_checkpoint_that_was_kept_shows_a_fork(tmp_path: Path, capsys: Captured) -> None:
    kept = tmp_path / "kept.note"
    it = made(FINE["as it is"])
    kept.write_text(attested.note())
    assert verify(it, tmp_path, "--checkpoint", str(kept), "--json") == 0
    assert json.loads(capsys.readouterr().out)["compared"] is True
    kept.write_text(attested.note(leaves=[attested.LEAVES[0]] * WHOLE))
    assert verify(it, tmp_path, "--checkpoint", str(kept)) == 1
    assert f"of {WHOLE} entries is another: it was forked" in capsys.readouterr().err
    kept.write_text(attested.note(origin="x.example/audit"))
    assert verify(it, tmp_path, "--checkpoint", str(kept)) == 1
    assert f"not of the audit trail {ORIGIN}" in capsys.readouterr().err


def test_a_checkpoint_of_another_size_says_that_nothing_was_compared(
    tmp_path: Path, capsys: Captured
) -> None:
    kept = tmp_path / "kept.note"
    kept.write_text(attested.note(WHOLE - 1))
    assert verify(made(FINE["as it is"]), tmp_path, "--checkpoint", str(kept)) == 0
    assert "not compared" in capsys.readouterr().err


def test_a_folder_of_checkpoints_is_looked_through(tmp_path: Path, capsys: Captured) -> None:
    folder, it = tmp_path / "anchor", made(FINE["as it is"])
    folder.mkdir()
    assert verify(it, tmp_path, "--checkpoint", str(folder)) == 2
    for size in (3, 7, WHOLE):
        (folder / f"{size:012d}.note").write_text(attested.note(size))
    assert verify(it, tmp_path, "--checkpoint", str(folder)) == 0
    forked = attested.note(leaves=[attested.LEAVES[0]] * WHOLE)
    (folder / f"{WHOLE:012d}.note").write_text(forked)
    assert verify(it, tmp_path, "--checkpoint", str(folder)) == 1


def test_a_kept_checkpoint_that_nobody_signed_is_a_mistake(
    tmp_path: Path, capsys: Captured
) -> None:
    kept = tmp_path / "kept.note"
    for text in (attested.note(key=OTHER), "x", ""):
        kept.write_text(text)
        assert verify(made(FINE["as it is"]), tmp_path, "--checkpoint", str(kept)) == 2
        assert str(kept) in capsys.readouterr().err


# It runs where nothing is installed.


def test_a_job_needs_python_and_nothing_else(tmp_path: Path) -> None:
    it = made(FINE["as a bundle"])
    file, key = it.written(tmp_path)
    about = ["--repository", REPOSITORY, "--revision", REVISION]
    for environment, code in ((ENVIRONMENT, 0), ("staging", 1)):
        command = [sys.executable, "-S", "-I", "-c", BARE, str(file), "--key", str(key), *about]
        done = subprocess.run(
            [*command, "--environment", environment],
            capture_output=True, text=True, cwd=tmp_path, env={"PATH": job.PATH},
        )  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr

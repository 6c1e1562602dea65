"""docs/verify.sh: a page of bash, openssl and jq, which say what `countersign verify` says."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests import attested, verifiers
from tests.attested import Deploy
from tests.verifiers import FINE, REFUSED, Case, made

SCRIPT = Path(__file__).parents[1] / "docs/verify.sh"
NEEDED = ("bash", "openssl", "jq")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason=f"it needs {', '.join(NEEDED)}"
)


def verified(it: Deploy, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    file, key = it.written(folder)
    about = [it.repository, it.revision, it.environment, it.artifact or "-"]
    about += [it.connections] if it.connections else []
    command = ["bash", str(SCRIPT), str(file), str(key), *about, *more]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def test_it_is_as_short_as_it_says() -> None:
    assert len(SCRIPT.read_text().splitlines()) <= 24


@pytest.mark.parametrize("name", FINE)
def test_what_may_go_on(name: str, tmp_path: Path) -> None:
    done = verified(made(FINE[name]), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert attested.SIGNOFF in done.stdout


@pytest.mark.parametrize("case", REFUSED, ids=lambda it: it.name)
def test_what_may_not(case: Case, tmp_path: Path) -> None:
    done = verified(case.bend(made(FINE[case.twin])), tmp_path)
    if case.proof:
        assert done.returncode == 0, "it looks at proofs: then say so in its head"
    else:
        assert done.returncode != 0
        assert done.stdout == ""
        assert "countersign: not verified" in done.stderr


def test_without_an_artifact_the_last_word_may_be_left_out(tmp_path: Path) -> None:
    it = made(FINE["as it is"])
    file, key = it.written(tmp_path)
    words = [str(file), str(key), it.repository, it.revision, it.environment]
    for count, code in ((5, 0), (4, 1), (1, 1), (0, 1)):
        done = subprocess.run(["bash", str(SCRIPT), *words[:count]], capture_output=True)
        assert (done.returncode == 0) == (code == 0)


@pytest.mark.parametrize("name", ["repository", "revision", "environment"])
def test_nothing_is_verified_unbound(name: str, tmp_path: Path) -> None:
    """An empty variable of a CI is not another word for anything."""
    it = made(FINE["as it is"])
    assert verified(it, tmp_path).returncode == 0
    assert verified(replace(it, **{name: ""}), tmp_path).returncode != 0


@pytest.mark.parametrize("last", [5, 6])
def test_no_word_that_is_given_is_empty(last: int, tmp_path: Path) -> None:
    """Neither the artifact nor the connection of a variable that nobody set."""
    it = made(FINE["as it is"])
    file, key = it.written(tmp_path)
    words = [str(file), str(key), it.repository, it.revision, it.environment]
    words += ["-", attested.CONNECTION][: last - 5]
    for more, fine in (([], True), ([""], False), ([" "], False)):
        command = ["bash", str(SCRIPT), *words, *more]
        assert (subprocess.run(command, capture_output=True).returncode == 0) == fine


def test_what_is_left_behind_is_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    for bend in (FINE["as it is"], REFUSED[0].bend):
        file, key = made(bend).written(tmp_path)
        command = ["bash", str(SCRIPT), str(file), str(key), "r", "c", "e"]
        subprocess.run(
            command, capture_output=True, env={"TMPDIR": str(folder), "PATH": "/usr/bin:/bin"}
        )
        assert list(folder.iterdir()) == []


def test_words_are_no_code(tmp_path: Path) -> None:
    """What a job is told goes to jq as text: no part of it is taken for a program."""
    it = made(verifiers.said(repository='a" or true or "', environment="$(touch x)`touch x`"))
    told = replace(it, repository='a" or true or "', environment="$(touch x)`touch x`")
    assert verified(told, tmp_path).returncode == 0
    assert verified(replace(told, repository='b" or true or "'), tmp_path).returncode != 0
    assert not (tmp_path / "x").exists()

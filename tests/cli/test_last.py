"""`request` without --base: it is compared with what went on last there, or says why it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.cli import commands, last, requesting
from bot.pipelines.stated import StatedChange
from tests.cli.fake_countersign import ID, TOKEN, Fake, Said, problem, serving
from tests.cli.job import job
from tests.repositories import Repository, a_repository

Captured = pytest.CaptureFixture[str]
SIGNOFFS, PLACES = "/api/v1/signoffs", "/api/v1/places"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        answer = {"id": ID, "status": "pending", "url": "https://x/sgn_1"}
        found.answer(SIGNOFFS, Said(status=202, body=json.dumps(answer).encode()))
        yield found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Four commits: `first`, `ran`, `before` (what was pushed before) and what is asked for."""
    made = a_repository(tmp_path)
    for number, name in enumerate(("first", "ran", "before")):
        made.commit(name.title(), a_py=f"{number}\n")
        made.git("tag", name)
    made.commit("Change", b_py="two\n")
    return made


def sha(repository: Repository, name: str) -> str:
    return repository.git("rev-parse", f"{name}^0")


def pushed(repository: Repository) -> dict[str, str]:
    """A push to GitLab, on the branch that ships."""
    return {
        "GITLAB_CI": "true",
        "CI_PROJECT_PATH": "acme/pay",
        "CI_JOB_ID": "9",
        "CI_COMMIT_BEFORE_SHA": sha(repository, "before"),
    }


def known(fake: Fake, revision: object) -> None:
    fake.answer(PLACES, Said(body=json.dumps({"revision": revision}).encode()))


def request(fake: Fake, repository: Repository, *more: str, **environ: str) -> dict[str, Any]:
    """What was sent; the server would take it."""
    words = ["request", "--git", str(repository.path), *more]
    reached = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN, **environ}
    assert requesting.run(commands.parser().parse_args(words), reached) == 0
    [body] = [asked.body for asked in fake.asked if asked.method == "POST"]
    data: dict[str, Any] = json.loads(body)
    StatedChange.model_validate(data)
    return data


def places(fake: Fake) -> list[dict[str, list[str]]]:
    paths = (asked.path for asked in fake.asked if asked.method == "GET")
    return [parse_qs(urlsplit(path).query) for path in paths if path.startswith(PLACES)]


def is_a_part(data: dict[str, Any], repository: Repository) -> bool:
    """As it was before anybody could be asked: compared with the push before."""
    compared = data["base_revision"] == sha(repository, "before")
    return compared and data["partial"] is True


def test_all_since_what_went_on_last_is_told_by_a_bare_python(
    fake: Fake, repository: Repository
) -> None:
    known(fake, sha(repository, "ran"))
    reached = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN}
    done = job("request", at=repository.path, environ={**reached, **pushed(repository)})
    assert done.code == 0, done.err
    assert "(what went on last at production)" in done.err
    assert "stricter" not in done.err
    data = json.loads(fake.asked[-1].body)
    assert data["base_revision"] == sha(repository, "ran")
    assert [it["sha"] for it in data["commits"]] == [
        sha(repository, it) for it in ("before", "HEAD")
    ]
    assert [it["path"] for it in data["files"]] == ["a.py", "b.py"]
    change = StatedChange.model_validate(data).change(connection="c")
    assert change.commits_complete
    assert change.files_complete


def test_it_is_asked_for_the_place_and_the_key_that_are_told(
    fake: Fake, repository: Repository
) -> None:
    known(fake, None)
    flags = ("--environment=eu west", "--key=a&b=ü")
    data = request(fake, repository, *flags, **pushed(repository))
    assert places(fake) == [
        {
            "repository": ["acme/pay"],
            "environment": ["eu west"],
            "key": ["a&b=ü"],
            "kind": ["software"],
        }
    ]
    assert (data["repository"], data["environment"], data["key"]) == (
        "acme/pay",
        "eu west",
        "a&b=ü",
    )


def test_a_branch_of_its_own_is_compared_as_well(fake: Fake, repository: Repository) -> None:
    """What went on last need not be within what comes now: its files go, too."""
    repository.git("checkout", "--quiet", "-b", "hotfix", "before")
    hotfix = repository.commit("Hotfix", c_py="x\n")
    repository.git("checkout", "--quiet", "main")
    known(fake, hotfix)
    data = request(fake, repository, **pushed(repository))
    assert [it["sha"] for it in data["commits"]] == [sha(repository, "HEAD")]
    assert {it["path"]: it["status"] for it in data["files"]} == {
        "b.py": "added",
        "c.py": "removed",
    }
    assert "partial" not in data


def test_going_back_has_files_and_no_commits(
    fake: Fake, repository: Repository, capsys: Captured
) -> None:
    known(fake, sha(repository, "HEAD"))
    ci = pushed(repository)
    repository.git("checkout", "--quiet", "ran")
    data = request(fake, repository, **ci)
    assert data["base_revision"] == sha(repository, "main")
    assert data["commits"] == []
    assert [it["path"] for it in data["files"]] == ["a.py", "b.py"]
    assert data["title"] == "Back to: Ran"
    assert "partial" not in data
    assert "goes back behind" in capsys.readouterr().err


def test_nothing_went_on_yet(fake: Fake, repository: Repository, capsys: Captured) -> None:
    known(fake, None)
    assert is_a_part(request(fake, repository, **pushed(repository)), repository)
    assert "nothing is known to have gone on at production" in capsys.readouterr().err


def test_the_same_again_is_told_as_before(
    fake: Fake, repository: Repository, capsys: Captured
) -> None:
    known(fake, sha(repository, "HEAD"))
    assert is_a_part(request(fake, repository, **pushed(repository)), repository)
    assert "this very revision" in capsys.readouterr().err


def test_a_clone_that_does_not_hold_it_says_what_to_do(
    fake: Fake, repository: Repository, tmp_path: Path, capsys: Captured
) -> None:
    ci, ran = pushed(repository), sha(repository, "ran")
    copy = Repository(tmp_path / "shallow")
    copy.path.mkdir()
    copy.git("clone", "--quiet", "--depth=2", "--no-tags", f"file://{repository.path}", ".")
    known(fake, ran)
    assert is_a_part(request(fake, copy, **ci), repository)
    told = [line for line in capsys.readouterr().err.splitlines() if ran[:12] in line]
    assert len(told) == 1
    assert "is shallow and does not hold what went on last" in told[0]
    assert "GIT_DEPTH" in told[0]


@pytest.mark.parametrize(
    "said",
    [
        problem(404, "There is nothing at this address."),
        problem(403, "Not through this proxy."),
        Said(body=b"<html>"),
        Said(body=b"{}"),
        *(Said(body=json.dumps({"revision": it}).encode()) for it in (5, "", "--all", "f" * 39)),
    ],
)
def test_a_server_that_does_not_say_is_asked_as_before(
    fake: Fake, repository: Repository, capsys: Captured, said: Said
) -> None:
    fake.answer(PLACES, said)
    assert is_a_part(request(fake, repository, **pushed(repository)), repository)
    assert "what went on last at production is not told" in capsys.readouterr().err


def test_a_busy_server_is_asked_this_again_but_not_for_ever(
    fake: Fake, repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    good = Said(body=json.dumps({"revision": sha(repository, "ran")}).encode())
    fake.answer(PLACES, problem(503, "Not now."), good)
    assert "partial" not in request(fake, repository, **pushed(repository))
    fake.asked.clear()
    fake.answer(PLACES, problem(503, "Not now."))
    monkeypatch.setattr(last, "PATIENCE", 0.2)
    assert is_a_part(request(fake, repository, **pushed(repository)), repository)
    assert "could not be asked in time" in capsys.readouterr().err


def test_who_names_a_base_or_merges_is_compared_with_that(
    fake: Fake, repository: Repository
) -> None:
    known(fake, sha(repository, "first"))
    ci, before = pushed(repository), sha(repository, "before")
    named = request(fake, repository, "--base=ran", **ci)
    assert named["base_revision"] == sha(repository, "ran")
    fake.asked.clear()
    merging = {"CI_MERGE_REQUEST_IID": "5", "CI_MERGE_REQUEST_DIFF_BASE_SHA": before}
    assert request(fake, repository, **ci, **merging)["base_revision"] == before
    assert places(fake) == []


@pytest.mark.parametrize("kind", ["software", "infrastructure", "scaling"])
def test_each_kind_is_compared_with_what_went_on_of_it(
    fake: Fake, repository: Repository, kind: str
) -> None:
    known(fake, sha(repository, "ran"))
    data = request(fake, repository, f"--kind={kind}", **pushed(repository))
    assert data["base_revision"] == sha(repository, "ran")
    assert [it["kind"] for it in places(fake)] == [[kind]]


def test_a_dry_run_asks_nobody(fake: Fake, repository: Repository, capsys: Captured) -> None:
    words = ["request", "--dry-run", "--git", str(repository.path)]
    reached = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN}
    parsed = commands.parser().parse_args(words)
    assert requesting.run(parsed, {**reached, **pushed(repository)}) == 0
    told = capsys.readouterr()
    assert is_a_part(json.loads(told.out), repository)
    assert "--dry-run asks nobody" in told.err
    assert fake.asked == []

"""`request`: what is sent is what flags, CI and git say, and its answer is taken with care."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli import commands, requesting
from tests.cli.fake_countersign import ID, TOKEN, Fake, Said, problem, serving, signoff
from tests.cli.job import job
from tests.repositories import Repository, a_repository

Captured = pytest.CaptureFixture[str]
SIGNOFFS = "/api/v1/signoffs"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        found.answer(SIGNOFFS, opened())
        yield found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("Begin", a_py="one\n")
    made.commit("Change", a_py="two\n")
    return made


def opened(status: str = "pending", **facts: Any) -> Said:
    answer = {"id": ID, "status": status, "url": "https://x/sgn_1", **facts}
    return Said(status=202, body=json.dumps(answer).encode())


def request(fake: Fake, repository: Repository, *more: str, **environ: str) -> int:
    words = ["request", "--git", str(repository.path), *more]
    known = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN, **environ}
    return requesting.run(commands.parser().parse_args(words), known)


def posted(fake: Fake) -> list[bytes]:
    posts = [asked for asked in fake.asked if asked.method == "POST"]
    assert {asked.path for asked in posts} <= {SIGNOFFS}
    return [asked.body for asked in posts]


def sent(fake: Fake) -> dict[str, Any]:
    [body] = posted(fake)
    found: dict[str, Any] = json.loads(body)
    return found


def dry(capsys: Captured, repository: Repository, *more: str, **environ: str) -> dict[str, Any]:
    words = ["request", "--dry-run", "--git", str(repository.path), *more]
    assert requesting.run(commands.parser().parse_args(words), environ) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_bare_python_is_enough(fake: Fake, repository: Repository) -> None:
    """Nothing is installed there: see tests/cli/job.py, which also looks what was loaded."""
    head = repository.git("rev-parse", "HEAD")
    fake.answer(f"{SIGNOFFS}/{ID}", signoff(revision=head), signoff("approved", revision=head))
    environ = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN}
    flags = ("--repository=acme/payments-api", "--base=HEAD~1")
    done = job("request", "--wait", *flags, at=repository.path, environ=environ)
    assert (done.code, done.out) == (0, f"countersign: {ID} is approved\n"), done.err
    assert [file["path"] for file in sent(fake)["files"]] == ["a.py"]
    waited = job("wait", ID, "--repository=acme/payments-api", at=repository.path, environ=environ)
    assert waited.code == 0, waited.err
    shown = job("request", "--dry-run", at=repository.path)
    assert json.loads(shown.out)["revision"] == head
    for words, code in ((["request", "--no"], 2), (["request"], 1), (["--help"], 0)):
        assert job(*words, at=repository.path).code == code


def test_flags_stand_over_what_is_known(capsys: Captured, repository: Repository) -> None:
    ci = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "a/b", "CI_MERGE_REQUEST_LABELS": "one,two"}
    flags = [
        "--environment=eu", "--key=k1", "--title=T", "--description=D", "--repository=acme/x",
        "--kind=infrastructure", f"--artifact-digest=sha256:{'a' * 64}", "--ai=yes",
        "--ai-tool=claude-code", "--ai-tool=cursor", "--rationale=R", "--label=two",
        "--label=three", "--gate=build=12", "--gate=note=a=b", "--callback-url=https://ci/x",
    ]  # fmt: skip
    known = dry(capsys, repository, **ci)
    assert (known["repository"], known["environment"]) == ("a/b", "production")
    data = dry(capsys, repository, *flags, **ci)
    assert data["labels"] == ["one", "two", "three"]
    assert data["gate"] == {"build": "12", "note": "a=b"}
    assert data["ai"] == {"assisted": True, "tools": ["claude-code", "cursor"], "rationale": "R"}
    wanted = {"environment": "eu", "key": "k1", "title": "T", "description": "D",
              "repository": "acme/x", "kind": "infrastructure", "callback_url": "https://ci/x",
              "artifact_digest": f"sha256:{'a' * 64}"}  # fmt: skip
    assert {name: data[name] for name in wanted} == wanted


def test_ai_no_is_said_and_nothing_is_not(capsys: Captured, repository: Repository) -> None:
    assert dry(capsys, repository, "--ai=no")["ai"] == {"assisted": False}
    assert "ai" not in dry(capsys, repository)
    assert dry(capsys, repository, "--ai-tool=x")["ai"] == {"tools": ["x"]}


def test_the_environment_may_be_the_cis(capsys: Captured, repository: Repository) -> None:
    ci = {"GITLAB_CI": "true", "CI_ENVIRONMENT_NAME": "live", "CI_JOB_ID": "5"}
    assert dry(capsys, repository, **ci)["environment"] == "live"
    assert dry(capsys, repository, **ci)["key"].endswith("/5/live")
    assert dry(capsys, repository, "--environment=eu", **ci)["environment"] == "eu"


def test_a_revision_is_resolved_by_git(capsys: Captured, repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD~1")
    assert dry(capsys, repository, "--revision=HEAD~1")["revision"] == first
    head = repository.git("rev-parse", "HEAD")
    buildkite = {"BUILDKITE": "true", "BUILDKITE_COMMIT": "HEAD"}
    assert dry(capsys, repository, **buildkite)["revision"] == head


def test_ci_and_checkout_that_disagree_ask_for_nothing(
    fake: Fake, repository: Repository, capsys: Captured
) -> None:
    ci = {"CIRCLECI": "true", "CIRCLE_SHA1": repository.git("rev-parse", "HEAD~1")}
    assert request(fake, repository, **ci) == 1
    assert "say which of them ships" in capsys.readouterr().err
    assert fake.asked == []
    assert request(fake, repository, "--revision=HEAD", **ci) == 0


def test_data_of_a_file_is_sent_and_nothing_is_found_out(
    fake: Fake, repository: Repository, tmp_path: Path
) -> None:
    file = tmp_path / "data.json"
    data = {"key": "k", "repository": "a/b", "revision": "f" * 40, "environment": "eu",
            "title": "T", "author": {"login": "jun"}, "gate": {"a": "1"}}  # fmt: skip
    file.write_text(json.dumps(data))
    assert request(fake, repository, f"--data={file}", "--title=U", "--gate=b=2") == 0
    assert sent(fake) == {**data, "title": "U", "gate": {"a": "1", "b": "2"}}


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000])
def test_data_and_plan_that_are_none_ask_for_nothing(
    fake: Fake, repository: Repository, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    for flag in ("--data", "--plan"):
        assert request(fake, repository, f"{flag}={file}") == 1
        assert request(fake, repository, f"{flag}={tmp_path / 'none'}") == 1
    assert posted(fake) == []


def test_a_plan_is_sent_small(fake: Fake, repository: Repository, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    change = {"actions": ["delete"], "before": {"password": "hunter2"}}
    plan = {"format_version": "1.2", "resource_changes": [{"address": "a", "change": change}]}
    file.write_text(json.dumps(plan))
    assert request(fake, repository, f"--plan={file}") == 0
    assert sent(fake)["plan"]["resource_changes"] == [
        {"address": "a", "change": {"actions": ["delete"]}}
    ]


def test_asked_for_is_not_yet_a_yes(fake: Fake, repository: Repository, capsys: Captured) -> None:
    assert request(fake, repository) == 0
    told = capsys.readouterr()
    assert told.out == f"{ID}\n"
    about = f"--environment=production --repository={repository.path.name}"
    head = repository.git("rev-parse", "HEAD")
    assert f"lets nothing go on yet: countersign wait {ID} --revision={head} {about}" in told.err
    assert "https://" not in told.err  # the address answers programs alone
    assert request(fake, repository, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["id"], answer["url"]) == (ID, "https://x/sgn_1")


def test_at_a_gate_the_answer_goes_there(
    fake: Fake, repository: Repository, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "data.json"
    data = {"repository": "a/b", "revision": "f" * 40, "environment": "eu", "gate": {"x": "1"}}
    file.write_text(json.dumps(data))
    for flags in (["--gate=workflow=w-1", "--gate=job=sign-off"], [f"--data={file}"]):
        assert request(fake, repository, *flags) == 0
        told = capsys.readouterr()
        assert told.out == f"{ID}\n"
        assert "the answer goes to the gate" in told.err
        assert "countersign wait" not in told.err
        assert "https://" not in told.err


def test_what_was_decided_before_is_told_without_waiting(
    fake: Fake, repository: Repository
) -> None:
    head = repository.git("rev-parse", "HEAD")
    facts = {"revision": head, "repository": repository.path.name}
    fake.answer(SIGNOFFS, opened("rejected"))
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("rejected", **facts))
    assert request(fake, repository) == 10


@pytest.mark.parametrize("wrong", ["revision", "repository", "environment", "id"])
def test_a_yes_must_be_about_what_was_asked_for(
    fake: Fake, repository: Repository, wrong: str
) -> None:
    head = repository.git("rev-parse", "HEAD")
    right = {"revision": head, "repository": repository.path.name}
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("approved", **right))
    assert request(fake, repository, "--wait") == 0
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("approved", **{**right, wrong: "another"}))
    assert request(fake, repository, "--wait") == 1


def test_the_servers_word_alone_at_the_start_is_no_yes(fake: Fake, repository: Repository) -> None:
    """A POST answers with a status, but only the decision itself says whether to proceed."""
    facts = {"revision": repository.git("rev-parse", "HEAD"), "repository": repository.path.name}
    fake.answer(SIGNOFFS, opened("approved", proceed=True))
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("rejected", **facts))
    assert request(fake, repository, "--wait") == 10


@pytest.mark.parametrize("id", [None, 5, "", "../x", "a b"])
def test_an_answer_without_an_id_is_none(fake: Fake, repository: Repository, id: object) -> None:
    fake.answer(SIGNOFFS, opened(id=id))
    assert request(fake, repository, "--wait") == 1
    assert len(posted(fake)) == len(fake.asked) - 1 == 1


def test_a_refused_change_says_which_fields(
    fake: Fake, repository: Repository, capsys: Captured
) -> None:
    errors = [{"field": "data.repository", "detail": "must look like owner/name"}]
    fake.answer(SIGNOFFS, problem(422, "Some fields are wrong.", errors=errors))
    assert request(fake, repository, "--wait", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert "data.repository must look like owner/name" in told["problems"][1]
    assert len(posted(fake)) == 1


def test_a_busy_server_is_asked_again_with_the_same(fake: Fake, repository: Repository) -> None:
    fake.answer(SIGNOFFS, problem(503, "Not now."), Said(status=202, cut=True), opened())
    assert request(fake, repository) == 0
    bodies = posted(fake)
    assert (len(bodies), len(set(bodies))) == (3, 1)


def test_names_from_outside_give_no_orders(
    fake: Fake, repository: Repository, capsys: Captured
) -> None:
    repository.write("a\x1b[2J##[error]\\x", "x")
    repository.commit("Odd")
    fake.answer(SIGNOFFS, opened("pen\x1bding", url="##vso[x]\x1b[2J"))
    assert request(fake, repository, "--base=HEAD~1") == 0
    for line in capsys.readouterr().err.splitlines():
        assert line.isprintable()
        assert "##" not in line


def test_no_git_here_needs_what_only_people_know(
    fake: Fake, tmp_path: Path, capsys: Captured
) -> None:
    empty = Repository(tmp_path / "empty")
    empty.path.mkdir()
    assert request(fake, empty) == 1
    assert "--revision" in capsys.readouterr().err
    assert request(fake, empty, "--revision", "a" * 40) == 1
    assert "author" in capsys.readouterr().err
    assert fake.asked == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_checkout_of_somebody_else_is_read_where_the_user_trusts_it(
    repository: Repository, tmp_path: Path
) -> None:
    """As in a container: git's own setting for it counts, and no other of its owner's."""
    for path in (repository.path, repository.path / ".git"):
        os.chown(path, 12345, 12345)
    refused = job("request", "--dry-run", at=repository.path, environ={"HOME": str(tmp_path)})
    assert refused.code == 1
    assert f"--add safe.directory {repository.path}" in refused.err
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {repository.path}\n")
    trusted = job("request", "--dry-run", at=repository.path, environ={"HOME": str(tmp_path)})
    assert trusted.code == 0, trusted.err


@pytest.mark.parametrize("flag", ["--gate=x", "--gate==x", "--gate=a b=x", "--ai=maybe"])
def test_wrong_usage_is_said_before_anything_is_done(flag: str) -> None:
    assert commands.parser().parse_args(["request", "--gate=x=", "--ai=yes"])
    with pytest.raises(SystemExit) as end:
        commands.parser().parse_args(["request", flag])
    assert end.value.code == 2


@pytest.mark.parametrize("command", [["check"], ["serve"], ["policy", "test", "x.yaml"]])
def test_what_needs_more_packages_than_a_build_job_has_says_so(
    command: list[str], tmp_path: Path
) -> None:
    done = job(*command, at=tmp_path)
    assert done.code == 1
    assert "install it with all of them" in done.err
    assert "Traceback" not in done.err

"""The files to copy: the action runs out of its own folder, and every command in the docs is one."""

from __future__ import annotations

import argparse
import itertools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import commands, requesting
from bot.cli.job_options import request
from tests import attested
from tests.cli.fake_countersign import ID, TOKEN, Fake, Said, serving, signoff
from tests.cli.job import PATH, ROOT
from tests.cli.test_requesting import SIGNOFFS, opened, sent
from tests.repositories import Repository, a_repository

DOCS = ROOT / "docs" / "pipelines"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        found.answer(SIGNOFFS, opened())
        yield found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("Begin", a_py="one\n")
    made.commit("Change", a_py="two\n", bot_py="raise SystemExit('not this one')")
    return made


def act(fake: Fake, repository: Repository, **inputs: str) -> subprocess.CompletedProcess[str]:
    """What GitHub does with the action: inputs into expressions, and then bash."""
    [step] = ACTION["runs"]["steps"]
    given = {name: str(fact.get("default", "")) for name, fact in ACTION["inputs"].items()}
    given |= {"url": fake.url, "token": TOKEN} | inputs
    assert set(given) == set(ACTION["inputs"])
    put = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")
    environ = {name: put.sub(lambda it: given[it[1]], text) for name, text in step["env"].items()}
    github = {"GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ACTIONS": "true",
              "GITHUB_REPOSITORY": "acme/payments-api", "GITHUB_RUN_ID": "1"}  # fmt: skip
    assert "${{" not in step["run"]
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=repository.path,
        env={"PATH": f"{Path(sys.executable).parent}:{PATH}", **environ, **github},
        capture_output=True,
        text=True,
        timeout=50,
    )


def test_the_action_asks_and_waits(fake: Fake, repository: Repository) -> None:
    right = {"revision": repository.git("rev-parse", "HEAD")}
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("approved", **right))
    inputs = {"base": "HEAD~1", "title": "--wait $(id) `id`", "labels": "one\ntwo words\n",
              "ai": "yes", "ai-tool": "claude-code", "timeout": "1m"}  # fmt: skip
    done = act(fake, repository, **inputs)
    assert done.returncode == 0, done.stderr
    data = sent(fake)
    assert (data["title"], data["labels"]) == ("--wait $(id) `id`", ["one", "two words"])
    assert data["ai"] == {"assisted": True, "tools": ["claude-code"]}
    assert data["key"] == "github/acme/payments-api/1/1/production"


@pytest.mark.parametrize(
    ("inputs", "code"),
    [({}, 10), ({"wait": "false"}, 0), ({"wait": "yes"}, 2), ({"kind": "x"}, 2), ({"url": ""}, 1)],
)
def test_the_action_fails_where_the_command_does(
    fake: Fake, repository: Repository, inputs: dict[str, str], code: int
) -> None:
    right = {"revision": repository.git("rev-parse", "HEAD")}
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("rejected", **right))
    assert act(fake, repository, **inputs).returncode == code


# With a key the action verifies what it was told.


def approved(fake: Fake, repository: Repository, **bent: str) -> dict[str, str]:
    """The inputs of a job that is told yes; what is attested is `bent`."""
    head = repository.git("rev-parse", "HEAD")
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("approved", revision=head))
    it = attested.deploy().told(lambda told: told.update({"revision": head} | bent))
    digest = {"gitCommit": bent.get("revision", head)}
    it = it.stated(lambda said: said["subject"][0].update(digest=digest))
    fake.answer(f"{SIGNOFFS}/{ID}/attestation", Said(body=it.file()))
    return {"public-key": attested.pem(attested.KEY)}


def test_the_action_verifies_the_answer(fake: Fake, repository: Repository) -> None:
    inputs = approved(fake, repository)
    done = act(fake, repository, **inputs)
    assert done.returncode == 0, done.stderr
    assert "verified: acme/payments-api at" in done.stdout


@pytest.mark.parametrize(
    ("bent", "inputs", "code"),
    [
        ({"revision": "0" * 40}, {}, 1),
        ({"environment": "staging"}, {}, 1),
        ({}, {"public-key": attested.pem(attested.OTHER)}, 1),
        ({}, {"artifact-digest": "sha256:" + "c" * 64}, 1),
        ({}, {"wait": "false"}, 2),
    ],
)
def test_the_action_believes_no_answer_that_is_not_attested_so(
    fake: Fake, repository: Repository, bent: dict[str, str], inputs: dict[str, str], code: int
) -> None:
    done = act(fake, repository, **{**approved(fake, repository, **bent), **inputs})
    assert done.returncode == code
    assert "verified: acme" not in done.stdout


def test_a_no_stays_a_no(fake: Fake, repository: Repository) -> None:
    inputs = approved(fake, repository)
    head = repository.git("rev-parse", "HEAD")
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("rejected", revision=head))
    assert act(fake, repository, **inputs).returncode == 10


def test_no_key_is_taken_from_what_it_is_to_verify(
    fake: Fake, repository: Repository, tmp_path: Path
) -> None:
    """Its twin is the same file, where the change cannot write."""
    approved(fake, repository)
    elsewhere = tmp_path / "elsewhere.pub"
    elsewhere.write_text(attested.pem(attested.KEY))
    assert act(fake, repository, **{"public-key": str(elsewhere)}).returncode == 0
    repository.commit("Exchange the key", key_pub=attested.pem(attested.KEY))
    inside = next(it for it in repository.path.iterdir() if it.name.startswith("key"))
    approved(fake, repository)
    done = act(fake, repository, **{"public-key": inside.name})
    assert (done.returncode, "which whoever wrote that can exchange" in done.stdout) == (2, True)


def test_the_action_gives_no_flag_that_is_not_there() -> None:
    flags = set(commands.parser().parse_args(["request"]).__dict__)
    [step] = ACTION["runs"]["steps"]
    named = re.search(r"for name in ([A-Z_ ]+);", step["run"])
    assert named
    assert {name.lower() for name in named[1].split()} <= flags
    assert {f"IN_{name}" for name in named[1].split()} == {
        name for name in step["env"] if name.startswith("IN_")
    }


def test_the_component_of_gitlab_is_one(fake: Fake, repository: Repository) -> None:
    spec, jobs = yaml.safe_load_all((DOCS / "gitlab-component.yml").read_text())
    inputs = {name: fact.get("default", fake.url) for name, fact in spec["spec"]["inputs"].items()}
    text = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda it: inputs[it[1]], yaml.safe_dump(jobs))
    made: dict[str, Any] = yaml.safe_load(text)
    [(name, job)] = made.items()
    assert name == "countersign"
    assert job["id_tokens"]["COUNTERSIGN_ID_TOKEN"]["aud"] == fake.url
    right = {"revision": repository.git("rev-parse", "HEAD"), "repository": "acme/pay"}
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("approved", **right))
    environ = {**job["variables"], "COUNTERSIGN_ID_TOKEN": "a.b.c", "GITLAB_CI": "true",
               "CI_PROJECT_PATH": "acme/pay", "CI_ENVIRONMENT_NAME": job["environment"]["name"]}  # fmt: skip
    words = shlex.split(job["script"][-1])[1:]
    arguments = commands.parser().parse_args([*words, "--git", str(repository.path)])
    assert requesting.run(arguments, environ) == 0
    assert fake.asked[0].token == "a.b.c"


PAGES = sorted(
    page
    for page in (*(ROOT / "docs").rglob("*.md"), *DOCS.glob("*.yml"), ROOT / "README.md")
    if re.search("countersign (request|wait)", page.read_text()) and page.name != "gate.md"
)
PLAIN = (
    (r"\\\n *|\n *(?=--\w)", " "),  # one line of the shell, or of a folded text in YAML
    (r"\$\{\w+:\+([^}]*)\}", r"\1"),  # what is there only if the variable is
    (r"\$\[\[[^\]]*\]\]|…", ""),
    (r"\$\((?!countersign)[^()]*\)", "x"),
    (r"\$\{#[^}]*\}|\$\$?\{?\w[\w.]*\}?|\{\{[\w.]+\}\}", "x"),
)


def commands_in(page: Path) -> Iterator[list[str]]:
    """Those of `request` and `wait`, as a shell takes them apart."""
    text = page.read_text()
    for pattern, plain in PLAIN:
        text = re.sub(pattern, plain, text)
    for line in re.findall(r"countersign\"? ((?:request|wait)\b[^`\n]*)", text):
        lexer = shlex.shlex(line.rstrip("'}) "), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        yield list(itertools.takewhile(lambda word: word[0] not in "&|;)", lexer))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_docs_is_one(page: Path) -> None:
    found = list(commands_in(page))
    assert found
    for words in found:
        given = [*words, "sgn_1"] if words == ["wait"] else words
        assert commands.parser().parse_args(given)


def test_most_pages_have_one() -> None:
    assert len(PAGES) >= 15
    assert {"any-ci.md", "buildkite.md", "circleci.md", "jenkins.md"} <= {it.name for it in PAGES}
    assert sum(len(list(commands_in(page))) for page in PAGES) >= 35
    [asked] = [it for it in commands_in(DOCS / "buildkite.md") if "--gate" in it]
    assert asked.count("--gate") == 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_works_around_what_is_asked_for_anyway(page: Path) -> None:
    """What ran last is known to the server; only Gerrit asks for what is to be merged."""
    based = [words for words in commands_in(page) if any(it.startswith("--base") for it in words)]
    tried = {"any-ci.md": 1, "gerrit.md": 1}
    assert len(based) == tried.get(page.name, 0)


def test_who_asks_in_circleci_has_the_past() -> None:
    page = (DOCS / "circleci.md").read_text()
    config = yaml.safe_load(page.partition("version: 2.1")[2].partition("```")[0])
    assert config["jobs"]["ask-for-sign-off"]["steps"][0] == {"checkout": {"method": "full"}}


def test_the_docs_name_no_flag_that_is_not_there() -> None:
    help = argparse.ArgumentParser()
    request(help)
    known = {flag for it in help._actions for flag in it.option_strings}
    foreign = {"--no-deps", "--quiet", "--depth", "--global", "--add"}
    text = (DOCS / "any-ci.md").read_text()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known | foreign

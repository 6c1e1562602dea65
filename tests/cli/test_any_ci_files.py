"""The files to copy: the action runs out of its own folder, and every command in the docs is one."""

from __future__ import annotations

import argparse
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
from tests.cli.fake_countersign import ID, TOKEN, Fake, serving, signoff
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


def test_every_command_in_the_docs_is_one() -> None:
    text = (DOCS / "any-ci.md").read_text()
    found = re.findall(r"^.*?countersign request ([^`\n]*)", text, re.M)
    assert len(found) >= 7
    for line in found:
        plain = re.sub(r'"\$\([^)]*\)"', "x", line).split("&&")[0].rstrip("' }")
        assert commands.parser().parse_args(["request", *shlex.split(plain)])


def test_the_docs_name_no_flag_that_is_not_there() -> None:
    help = argparse.ArgumentParser()
    request(help)
    known = {flag for it in help._actions for flag in it.option_strings}
    foreign = {"--no-deps", "--quiet", "--depth", "--global", "--add"}
    text = (DOCS / "any-ci.md").read_text()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known | foreign

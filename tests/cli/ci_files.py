"""What do GitHub and GitLab make of the files to copy? Inputs into a step, and then a shell."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.cli.fake_countersign import TOKEN, Fake
from tests.cli.job import PATH, ROOT, command
from tests.repositories import Repository

DOCS = ROOT / "docs" / "pipelines"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


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


def component(
    fake: Fake, repository: Repository, **given: str
) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    """What GitLab does with the component: inputs into the job, and then a shell."""
    spec, jobs = yaml.safe_load_all((DOCS / "gitlab-component.yml").read_text())
    inputs = {name: fact.get("default", fake.url) for name, fact in spec["spec"]["inputs"].items()}
    inputs |= given
    put = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")
    [(name, raw)] = jobs.items()
    assert put.sub(lambda it: inputs[it[1]], name) == "countersign"
    job: dict[str, Any] = _put(raw, lambda text: put.sub(lambda it: inputs[it[1]], text))
    bin = repository.path.parent / "bin"
    bin.mkdir(exist_ok=True)
    words = shlex.join(command())
    (bin / "countersign").write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    (bin / "countersign").chmod(0o755)
    environ = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/payments-api",
               "CI_ENVIRONMENT_NAME": job["environment"]["name"]}  # fmt: skip
    done = subprocess.run(
        ["sh", "-c", "\n".join([*job["script"][1:], "echo and on it goes"])],
        cwd=repository.path,
        env={
            "PATH": f"{bin}:{PATH}",
            "COUNTERSIGN_ID_TOKEN": "a.b.c",
            **job["variables"],
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=50,
    )
    return job, done


def _put(value: Any, put: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {put(name): _put(it, put) for name, it in value.items()}
    if isinstance(value, list):
        return [_put(it, put) for it in value]
    return put(value) if isinstance(value, str) else value

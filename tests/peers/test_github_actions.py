"""GitHub Actions: a real workflow with our action, run by nektos/act on this machine."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.scene import TOKEN, Scene
from tests.cli.job import ROOT
from tests.peers.deciding import APPROVED, BOTH_WAYS, decided
from tests.peers.programs import (
    Ran,
    node_module,
    of_machine,
    of_python,
    run,
    running,
    surroundings,
)
from tests.repositories import Repository

WORKFLOW = """
on: push
jobs:
  signoff:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0, persist-credentials: false}
      - uses: ./
        with:
          url: ${{ vars.COUNTERSIGN_URL }}
          token: ${{ secrets.COUNTERSIGN_TOKEN }}
          environment: production
          base: ${{ vars.RUNS_NOW }}
          timeout: 40s
  deploy:
    needs: signoff
    runs-on: ubuntu-latest
    steps:
      - run: echo "deployed $GITHUB_SHA" > "$SHIPPED"
"""

CLAIMS = {
    "sub": "repo:acme/payments-api:environment:production",
    "repository": "acme/payments-api",
    "repository_id": "1001",
    "repository_owner_id": "42",
    "environment": "production",
    "ref": "refs/heads/main",
    "event_name": "push",
    "actor": "jun",
    "actor_id": "501",
    "run_id": "77",
    "run_attempt": "1",
}
"""What GitHub says in a token of a job in this environment."""


@pytest.fixture
def act() -> str:
    return of_python("act")


@pytest.fixture
def repository(repository: Repository) -> Repository:
    """With our action at its top, as in this repository."""
    shutil.copy(ROOT / "action.yml", repository.path)
    shutil.copytree(
        ROOT / "bot", repository.path / "bot", ignore=shutil.ignore_patterns("__pycache__")
    )
    repository.write(".github/workflows/ship.yml", WORKFLOW)
    repository.commit("Ask before it ships")
    return repository


async def push(
    act: str, scene: Scene, repository: Repository, shipped: Path, **secrets: str
) -> Ran:
    """What act does when somebody pushed; what the job may know of itself is in `secrets`."""
    home = scene.folder
    event = home / "event.json"
    event.write_text(json.dumps({"sender": {"login": "jun", "id": 501}}))
    return await run(
        act, "push", "-P", "ubuntu-latest=-self-hosted", "--actor", "jun", "-e", str(event),
        "--var", f"COUNTERSIGN_URL={scene.address}", "--var", "RUNS_NOW=HEAD~1",
        "-s", f"COUNTERSIGN_TOKEN={secrets.pop('COUNTERSIGN_TOKEN', '')}",
        "--env", f"SHIPPED={shipped}",
        *(word for name, value in secrets.items() for word in ("--env", f"{name}={value}")),
        at=repository.path, environ=surroundings(home),
    )  # fmt: skip


@pytest.mark.parametrize("decision", BOTH_WAYS)
async def test_a_workflow_goes_on_only_after_a_yes(
    act: str, scene: Scene, repository: Repository, tmp_path: Path, decision: str
) -> None:
    shipped = tmp_path / "shipped"
    run = push(act, scene, repository, shipped, COUNTERSIGN_TOKEN=TOKEN)
    ran = await decided(scene, decision, "Ask before it ships", run)
    if decision == APPROVED:
        assert ran.code == 0, ran.out
        assert shipped.read_text() == f"deployed {repository.git('rev-parse', 'HEAD')}\n"
    else:
        assert ran.code != 0
        assert "exit status 10" in ran.out
        assert not shipped.exists()


async def test_a_workflow_needs_no_secret_where_the_job_itself_is_known(
    act: str, scene: Scene, repository: Repository, tmp_path: Path
) -> None:
    shipped = tmp_path / "shipped"
    async with issuer(scene, sha=repository.git("rev-parse", "HEAD")) as desk:
        await trust(scene, desk["issuer"])
        run = push(
            act, scene, repository, shipped,
            ACTIONS_ID_TOKEN_REQUEST_URL=desk["fetched"],
            ACTIONS_ID_TOKEN_REQUEST_TOKEN="the-job-itself",
        )  # fmt: skip
        ran = await decided(scene, APPROVED, "Ask before it ships", run)
    assert ran.code == 0, ran.out
    assert shipped.exists()


async def test_another_project_may_not_ask(
    act: str, scene: Scene, repository: Repository, tmp_path: Path
) -> None:
    shipped, sha = tmp_path / "shipped", repository.git("rev-parse", "HEAD")
    async with issuer(scene, sha=sha, repository_id="1002") as desk:
        await trust(scene, desk["issuer"])
        ran = await push(
            act, scene, repository, shipped,
            ACTIONS_ID_TOKEN_REQUEST_URL=desk["fetched"],
            ACTIONS_ID_TOKEN_REQUEST_TOKEN="the-job-itself",
        )  # fmt: skip
    assert ran.code != 0
    assert "answers 403" in ran.out, ran.out
    assert "repository_id" in ran.out
    assert not shipped.exists()


@asynccontextmanager
async def issuer(scene: Scene, **claims: str) -> AsyncIterator[dict[str, str]]:
    """Where the issuer is, and where a job that has these claims fetches a token."""
    module = node_module("oauth2-mock-server") / "dist" / "index.mjs"
    script = ROOT / "tests" / "peers" / "node" / "issuer.mjs"
    said = json.dumps(CLAIMS | claims)
    words = (of_machine("node"), str(script), str(module), said)
    home = scene.folder
    with (home / "issuer").open("w+b") as into:
        async with running(*words, at=home, environ=surroundings(home), into=into):
            async with asyncio.timeout(20):
                while not (told := (home / "issuer").read_text()).endswith("\n"):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            desk: dict[str, str] = json.loads(told)
            yield desk


async def trust(scene: Scene, issuer: str) -> None:
    """The house takes the issuer's tokens of one project. They are made for an address without TLS,
    at which there can be no dashboard.
    """
    await scene.stop()
    links = 'link_prefix: "https://git.acme.example/"'
    oidc = f"{links}, accounts: github, oidc: {{issuer: {json.dumps(issuer)}, platform: github, projects: 1001}}"
    scene.config = re.sub("dashboard: .*\n", "", scene.config.replace(links, oidc))
    scene.environ = {**scene.environ, "PUBLIC_URL": scene.address}
    await scene.start()

"""Buildbot: a real master with a worker; its gate is the step of docs/pipelines/any-ci.md."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from bot.demo.scene import OTHER_SENIOR, SENIOR, TOKEN, Scene
from tests.cli.job import ROOT
from tests.peers.deciding import APPROVED, BOTH_WAYS, decided
from tests.peers.programs import PATIENCE, Ran, of_python, run, running, surroundings
from tests.repositories import Repository

PAGE = ROOT / "docs" / "pipelines" / "any-ci.md"
EXAMPLE = "https://countersign.example.com"
UPSTREAM = "https://github.com/acme/payments-api"

MASTER = """
from buildbot.plugins import changes, schedulers, secrets, steps, util, worker

factory = util.BuildFactory()
factory.addStep(steps.Git(repourl={repository!r}, mode="full"))
{gate}
factory.addStep(steps.ShellCommand(command=["sh", "-c", "git rev-parse HEAD > {shipped}"]))

BuildmasterConfig = {{
    "workers": [worker.LocalWorker("one")],
    "protocols": {{"null": {{}}}},
    "builders": [util.BuilderConfig("ship", workernames=["one"], factory=factory)],
    "change_source": [changes.PBChangeSource(user="jun", passwd="pass", port={listen!r})],
    "schedulers": [schedulers.AnyBranchScheduler("all", treeStableTimer=None, builderNames=["ship"])],
    "secretsProviders": [secrets.SecretInAFile({secrets!r})],
    "db": {{"db_url": "sqlite:///state.sqlite"}},
    "buildbotNetUsageData": None,
}}
"""


def gate(address: str) -> str:
    """What the page says to put into the master's configuration, as it stands there."""
    _, _, rest = PAGE.read_text().partition("**Buildbot**")
    step = rest.partition("```python\n")[2].partition("```")[0]
    assert '"countersign", "request", "--wait"' in step
    assert EXAMPLE in step
    return step.replace(EXAMPLE, address)


@dataclass(frozen=True, slots=True)
class Master:
    """A folder with a master in it, and the repository that it builds."""

    buildbot: str
    repository: Repository
    folder: Path
    port: int
    environ: dict[str, str]

    @asynccontextmanager
    async def started(self) -> AsyncIterator[None]:
        with TemporaryFile() as into:
            words = (self.buildbot, "start", "--nodaemon")
            at, environ = self.folder, self.environ
            async with running(*words, at=at, environ=environ, into=into):
                yield

    async def builds(self) -> Ran:
        """The newest commit; ends with the build, with its result (0 is success, 2 failure)."""
        revision = self.repository.git("rev-parse", "HEAD")
        sent = (
            "sendchange", "--master", f"127.0.0.1:{self.port}", "--auth", "jun:pass",
            "--who", "jun@acme.example", "--branch", "main", "--repository", UPSTREAM,
            "--revision", revision, "--vc", "git",
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            while (told := await self.run(*sent)).code:  # noqa: ASYNC110 -- another program
                await asyncio.sleep(0.2)
            while (result := self.result()) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return Ran(result, told.out)

    async def run(self, *words: str) -> Ran:
        return await run(self.buildbot, *words, at=self.folder, environ=self.environ)

    def result(self) -> int | None:
        """Of the one build, once it has ended."""
        with closing(sqlite3.connect(self.folder / "state.sqlite")) as state:
            found = state.execute("SELECT results FROM builds WHERE complete_at").fetchone()
        return None if found is None else int(found[0])

    @property
    def log(self) -> str:
        return (self.folder / "twistd.log").read_text()


@pytest.fixture
async def master(scene: Scene, repository: Repository, countersign: Path, tmp_path: Path) -> Master:
    made = Master(
        buildbot=of_python("buildbot"),
        repository=repository,
        folder=tmp_path / "master",
        port=_free_port(),
        environ=surroundings(tmp_path, countersign),
    )
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "countersign").write_text(TOKEN)
    (secrets / "countersign").chmod(0o600)
    made.folder.mkdir()
    (made.folder / "master.cfg").write_text(
        MASTER.format(
            repository=str(repository.path), gate=gate(scene.address),
            shipped=tmp_path / "shipped", secrets=str(secrets),
            listen=f"tcp:{made.port}:interface=127.0.0.1",
        )
    )  # fmt: skip
    created = await made.run("create-master", "--quiet", ".")
    assert created.code == 0, created.out
    return made


@pytest.mark.parametrize("decision", BOTH_WAYS)
async def test_a_build_goes_on_only_after_a_yes(
    scene: Scene, master: Master, tmp_path: Path, decision: str
) -> None:
    shipped = tmp_path / "shipped"
    # Without a base nobody knows its files: two have to sign, as where money moves.
    both = (SENIOR, OTHER_SENIOR)
    async with master.started():
        ran = await decided(scene, decision, "Retry refunds", master.builds(), by=both)
    if decision == APPROVED:
        assert ran.code == 0, master.log
        assert shipped.read_text().strip() == master.repository.git("rev-parse", "HEAD")
    else:
        assert ran.code == 2, master.log
        assert not shipped.exists()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""Any CI: one command asks, waits while people think, and lets the job go on or ends it."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import signal
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.demo.scene import SENIOR, TOKEN, Scene
from tests.cli.job import started
from tests.clocks import MovableClock
from tests.repositories import Repository, a_repository

CLAUDE = "Co-Authored-By: Claude <noreply@anthropic.com>"
JUN = ("Jun Ito", "jun@acme.example")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("Begin", a_py="one\n")
    made.commit(f"Retry refunds\n\n{CLAUDE}", JUN, a_py="two\n")
    return made


@dataclass(slots=True)
class Job:
    """A command of a pipeline that runs beside the test; `err` is what it said so far."""

    process: asyncio.subprocess.Process
    err: list[str] = field(default_factory=list)

    async def hears(self, words: str) -> str:
        """The line with these words, once it was said."""
        assert self.process.stderr
        async with asyncio.timeout(30):
            while line := (await self.process.stderr.readline()).decode():
                self.err.append(line)
                if words in line:
                    return line
        raise AssertionError(f"{words!r} was not said: {self.err}")

    async def id(self) -> str:
        found = re.search(r"sgn_\w+", await self.hears("asked for as"))
        assert found
        return found[0]

    async def ends(self) -> tuple[int, str]:
        """Its exit code, and what it answered."""
        async with asyncio.timeout(30):
            out, err = await self.process.communicate()
        self.err.append(err.decode())
        return self.process.returncode or 0, out.decode()


async def run(scene: Scene, repository: Repository, *arguments: str, **environ: str) -> Job:
    known = {"COUNTERSIGN_URL": scene.address, "COUNTERSIGN_TOKEN": TOKEN, **environ}
    return Job(await started(*arguments, at=repository.path, environ=known))


async def request(scene: Scene, repository: Repository, *more: str, **environ: str) -> Job:
    where = ("--repository", "acme/payments-api", "--base", "HEAD~1")
    return await run(scene, repository, "request", *where, *more, **environ)


async def test_a_job_goes_on_once_a_senior_approved(scene: Scene, repository: Repository):
    job = await request(scene, repository, "--wait")
    id = await job.id()
    assert "asked: " in await job.hears("waiting for")
    card = await scene.shown(id, "Retry refunds")
    await scene.approve(SENIOR, card)
    code, out = await job.ends()
    assert (code, out) == (0, f"countersign: {id} is approved (ada: approve)\n")
    _, told = await scene.get(f"/api/v1/signoffs/{id}")
    assert told["revision"] == repository.git("rev-parse", "HEAD")
    assert any("Claude" in sentence for sentence in told["because"])


async def test_a_rejected_job_ends_with_10_and_the_reason(scene: Scene, repository: Repository):
    job = await request(scene, repository, "--wait")
    id = await job.id()
    await scene.press(SENIOR, await scene.shown(id), "Reject")
    await scene.slack.submit(SENIOR, {"choice": "other", "reason": "No test. ##[error]x"})
    code, out = await job.ends()
    assert code == 10
    assert "No test. # #[error]x" in out


async def test_an_expired_job_ends_with_11(
    scene: Scene, repository: Repository, clock: MovableClock
):
    job = await request(scene, repository, "--wait", "--json")
    id = await job.id()
    await scene.shown(id)
    clock.advance(days=3)
    await scene.house.heartbeat.beat()
    code, out = await job.ends()
    assert code == 11
    assert json.loads(out)["status"] == "expired"


async def test_a_newer_change_ends_the_job_with_12(scene: Scene, repository: Repository):
    older = await request(scene, repository, "--wait")
    await older.id()
    repository.commit("Better", a_py="three\n")
    newer = await request(scene, repository)
    await newer.id()
    assert (await newer.ends())[0] == 0
    assert (await older.ends())[0] == 12


async def test_the_same_attempt_asks_for_the_same_and_another_for_its_own(
    scene: Scene, repository: Repository
):
    ids = []
    for attempt in ("1", "1", "2"):
        ci = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/payments-api",
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_ATTEMPT": attempt,
            "GITHUB_SERVER_URL": "https://github.com",
        }
        job = await request(scene, repository, **ci)
        ids.append(await job.id())
        assert (await job.ends())[0] == 0
    assert ids[0] == ids[1] != ids[2]


async def test_a_killed_job_says_how_to_go_on_and_that_does(scene: Scene, repository: Repository):
    first = await request(scene, repository, "--wait")
    id = await first.id()
    await first.hears("waiting for")
    first.process.send_signal(signal.SIGTERM)
    code, _ = await first.ends()
    assert code == 130
    words = shlex.split(first.err[-1].partition("stays open: ")[2])
    assert words[:3] == ["countersign", "wait", id]

    second = await run(scene, repository, *words[1:])
    await second.hears("waiting for")
    await scene.approve(SENIOR, await scene.shown(id))
    assert (await second.ends())[0] == 0


async def test_a_yes_to_another_revision_lets_nothing_go_on(scene: Scene, repository: Repository):
    job = await request(scene, repository)
    id = await job.id()
    await scene.approve(SENIOR, await scene.shown(id))
    await scene.shown(id, "Approved")
    repository.commit("One more")
    mine = ("wait", id, "--repository", "acme/payments-api")
    other = await run(scene, repository, *mine)
    assert (await other.ends())[0] == 1
    assert "another revision" in other.err[-1]
    asked_for = await run(scene, repository, *mine, "--revision", "HEAD~1")
    assert (await asked_for.ends())[0] == 0
    for wrong in (["--environment", "staging"], ["--repository", "acme/shop"]):
        elsewhere = await run(scene, repository, *mine, "--revision", "HEAD~1", *wrong)
        assert (await elsewhere.ends())[0] == 1


async def test_the_house_may_be_gone_for_a_while(scene: Scene, repository: Repository):
    await scene.stop()
    job = await request(scene, repository, "--wait")
    await job.hears("trying again")
    await scene.start()
    id = await job.id()
    await job.hears("waiting for")
    await scene.stop()
    await job.hears("trying again")
    await scene.start()
    await scene.approve(SENIOR, await scene.shown(id))
    assert (await job.ends())[0] == 0


def on_push(run: int) -> dict[str, str]:
    """A run that knows nothing of what was there before."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/payments-api",
        "GITHUB_RUN_ID": str(run),
        "GITHUB_SERVER_URL": "https://github.com",
    }


async def asked_for(scene: Scene, repository: Repository, number: int, *more: str) -> str:
    """The id of what this run asks for."""
    job = await run(scene, repository, "request", *more, **on_push(number))
    id = await job.id()
    assert (await job.ends())[0] == 0
    return id


async def test_without_a_base_all_since_the_last_that_went_on_is_told(
    scene: Scene, repository: Repository
):
    first = await asked_for(scene, repository, 1, "--base=HEAD~1")
    ran = repository.git("rev-parse", "HEAD")
    await scene.approve(SENIOR, await scene.shown(first))
    await scene.shown(first, "Approved")
    commits = [repository.commit(name, b_py=name) for name in ("Never asked", "Asked")]
    second = await asked_for(scene, repository, 2)
    signoff = await scene.house.board.signoff(second)
    assert signoff
    change = signoff.change
    assert (change.base_revision, [it.sha for it in change.commits]) == (ran, commits)
    assert change.commits_complete
    assert change.files_complete
    await scene.approve(SENIOR, await scene.shown(second))
    await scene.shown(second, "Approved")
    assert await asked_for(scene, repository, 2) == second  # though it is what went on last now

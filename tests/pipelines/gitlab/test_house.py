"""GitLab in the house: what the config may say of it, and several changes out of one delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import config, settings
from bot.config import ConfigError
from bot.connections import doors, pipelines, trusted_prefixes
from bot.domain.signoff import Status
from bot.pipelines.gitlab.pipeline import GitLabPipeline
from bot.ports import Delivery
from tests.builders import FakeClock
from tests.engine.house import FakePipeline, a_house
from tests.pipelines.gitlab.fake_gitlab import SIGNING, TOKEN, a_build, a_diff
from tests.pipelines.gitlab.meeting import SHA, meeting
from tests.pipelines.signoffs import Outside

CONFIG = """\
people: {{ada: {{name: Ada, level: senior, slack: U0ADA}}}}
groups: {{all: {{members: ada}}}}
connections:
  lab: {{kind: gitlab, api_token_env: GITLAB_TOKEN, {more}}}
"""
SIGNED = "signing_token_env: GITLAB_SIGNING"
ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-some-token",
    "SLACK_SIGNING_SECRET": "some-signing-secret",
    "GITLAB_TOKEN": TOKEN,
    "GITLAB_SIGNING": SIGNING,
    "GITLAB_SECRET": "a-secret-token",
    "CHECK_SECRET": "a-shared-secret",
    "JOB_TOKEN": "token-of-jobs",
}


def adapter(folder: Path, more: str, **environ: str) -> tuple[GitLabPipeline, Any]:
    file = folder / "countersign.yaml"
    file.write_text(CONFIG.format(more=more))
    chosen = settings.read({**ENVIRON, **environ, "COUNTERSIGN_CONFIG": str(file)})
    made = pipelines(chosen, FakeClock(), Outside())["lab"]
    assert isinstance(made, GitLabPipeline)
    return made, chosen


def test_the_least_there_can_be_in_a_config(tmp_path: Path) -> None:
    made, chosen = adapter(tmp_path, SIGNED)
    assert made.changes.url == "https://gitlab.com"
    assert made.waits_at == {"deployment-approval", "status-check"}
    assert (made.environments, made.gates.plays, made.proofs.tokens) == ((), False, ())
    assert trusted_prefixes(chosen) == ("https://gitlab.com/",)


async def test_what_went_on_is_asked_for_by_the_name_of_the_connection(tmp_path: Path) -> None:
    async def went_on(*place: str) -> str:
        return " ".join(place)

    _, chosen = adapter(tmp_path, SIGNED)
    made: Any = pipelines(chosen, FakeClock(), Outside(), went_on)["lab"]
    assert await made.went_on("acme/api", "production") == "lab acme/api production"


def test_all_there_can_be_in_a_config(tmp_path: Path) -> None:
    made, chosen = adapter(
        tmp_path,
        "url: https://git.acme.example/lab/, webhook_secret_env: GITLAB_SECRET, "
        "status_check_secret_env: CHECK_SECRET, gate: [deployment-approval, manual-job], "
        "environments: [production, prod/*], check_environment: main, represented_as: board, "
        "token_env: JOB_TOKEN",
    )
    assert made.changes.url == "https://git.acme.example/lab"
    assert made.changes.merging == "main"
    assert made.gitlab.platform.url == "https://git.acme.example/lab/api/v4"
    assert made.environments == ("production", "prod/*")
    assert (made.gates.plays, made.gates.represented_as) == (True, "board")
    assert made.proofs.tokens == (b"a-secret-token",)
    assert made.proofs.check_secrets == (b"a-shared-secret",)
    [door] = doors(chosen, {"lab": made})
    assert (door.connection, door.read) == ("lab", None)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("status_check_secret_env: CHECK_SECRET", "needs signing_token_env"),
        (f"{SIGNED}, gate: manual-job", "needs environments"),
        (f"{SIGNED}, gate: [manual-job], environments: []", "needs environments"),
        (f"{SIGNED}, gate: []", "gate"),
        (f"{SIGNED}, gate: [review]", "deployment-approval"),
    ],
)
def test_a_config_that_cannot_be_meant_is_refused(more: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config.load(CONFIG.format(more=more))


def test_a_signing_token_that_is_none_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises((ValueError, settings.SettingsError)) as caught:
        adapter(tmp_path, SIGNED, GITLAB_SIGNING="hunter2hunter2")
    assert "hunter2" not in str(caught.value)


def only(environ: Mapping[str, str]) -> Delivery:
    return Delivery(headers={"id": "d1", "signature": "good", **environ}, body=b"one")


async def test_each_change_of_a_delivery_is_a_signoff_of_its_own(tmp_path: Path) -> None:
    builds = [a_build(1), a_build(2, environment={"name": "staging", "action": "start"})]
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(1, sha=SHA)
        here.gitlab.add_job(2, sha=SHA)
        both = await here.read_all(builds=builds)
    fake = FakePipeline(fetches=True)
    async with a_house(tmp_path / "house", pipelines={"gitlab": fake}) as house:
        fake.says[b"one"] = both  # type: ignore[assignment]
        await house.intake.receive("gitlab", only({}))
        await house.intake.read_waiting()
        waiting = await house.board.pending()
        assert {it.change.environment for it in waiting} == {"production", "staging"}

        again = (replace(both[0], title="Told otherwise"), replace(both[1], key="7/3/staging"))
        fake.says[b"one"] = again  # type: ignore[assignment]
        await house.intake.receive("gitlab", only({"id": "d2"}))
        await house.intake.read_waiting()
        keys = {it.change.key for it in await house.board.pending()}
        assert keys == {"7/1/production", "7/3/staging"}


async def test_sent_to_another_branch_after_a_yes_it_is_asked_about_there(tmp_path: Path) -> None:
    async with (
        meeting() as here,
        a_house(tmp_path / "house", pipelines={"gitlab": here.pipeline}) as house,
    ):
        now: dict[str, Any] = {"state": "opened", "merged_at": None}
        readme, core = [a_diff("README.md")], [a_diff("payments/core.py")]
        here.gitlab.add_request(12, head=SHA, target_branch="develop", diffs=readme, **now)
        first = await house.signoffs.open(await here.asked())
        await house.settle()
        await house.review(first.signoff, "ada")
        await house.review(await house.now(first.signoff), "grace")
        await house.settle()
        here.gitlab.add_request(12, head=SHA, target_branch="main", diffs=core, **now)
        second = await house.signoffs.open(await here.asked())
        await house.settle()
        told = [it["status"] for it in here.gitlab.checks]
        assert (await house.now(first.signoff)).status is Status.APPROVED
        assert (await house.now(second.signoff)).status is Status.PENDING
    assert second.new
    assert told == ["pending", "passed", "pending"]

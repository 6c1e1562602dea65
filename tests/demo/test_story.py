"""The demo tells the truth: every step is checked, and one that is not so ends it with an error."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.demo.changes import EVERY_DAY, LEDGER, POOL, REFUNDS, RENAME, SHRINK, WORDS, change
from bot.demo.run import banner, deploy
from bot.demo.scene import (
    AS_FAST_AS_YOU_PRESS,
    OTHER_SENIOR,
    SENIOR,
    Scene,
    action_of,
    playing,
    reading,
)
from bot.demo.story import Teller, tell
from tests.repositories import a_repository

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(180)
AT_MOST = 150
"""Seconds for processes that tell the whole story, on a machine that has much else to do."""


async def _demo(*options: str) -> tuple[int, str, str]:
    """As somebody runs it who has just installed it: no variables, no files, no accounts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", *options,
        cwd=ROOT, env={"PATH": os.environ["PATH"]},  # noqa: TID251
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(AT_MOST):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_story_is_told_and_all_of_it_is_so():
    (code, out, err), (json_code, json_out, _) = await asyncio.gather(
        _demo("--story"), _demo("--story", "--json")
    )
    assert (code, err) == (0, "")
    told = [line for line in out.splitlines() if line.startswith("  ✓ ")]
    assert len(told) > 40
    assert "✗" not in out
    assert out.splitlines()[-1] == f"{len(told)} steps, all as told."

    assert json_code == 0
    document = json.loads(json_out)
    assert document["ok"] is True
    assert len(document["steps"]) == len(told)
    assert all(step["ok"] for step in document["steps"])


async def test_it_ends_well_when_it_is_interrupted():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0",
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, stdout=asyncio.subprocess.PIPE,  # noqa: TID251
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(AT_MOST):
        for line in ("Open http://", "export COUNTERSIGN_URL=http://127.0.0.1:", "request --wait"):
            while line not in (await process.stdout.readline()).decode():
                assert process.returncode is None
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


@asynccontextmanager
async def _asking(scene: Scene, at: Path) -> AsyncIterator[tuple[Process, str]]:
    """The lines that are printed, taken as they are; and the id of what they ask for."""
    said = banner(scene, "x").splitlines()
    lines = "\n".join(line.strip() for line in said if line.startswith("    "))
    process = await asyncio.create_subprocess_exec(
        "bash", "-ec", lines, cwd=at, env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr
    async with asyncio.timeout(AT_MOST):
        while "asked for as" not in (heard := (await process.stderr.readline()).decode()):
            assert heard
        yield process, heard.partition("asked for as ")[2].split(",")[0]
        await process.communicate()


@pytest.mark.parametrize("commits", [1, 2])
async def test_a_job_may_ask_it_from_any_checkout(tmp_path: Path, commits: int):
    """Of somebody the demo does not know, so that two have to sign; and asked again, it asks anew."""
    made = a_repository(tmp_path, name="somebodys")
    for number in range(commits):
        made.commit(f"Change {number}", ("Eve", "eve@elsewhere.example"), a_py=f"{number}\n")
    async with playing(tmp_path) as scene:
        async with _asking(scene, made.path) as (rejected, id):
            await scene.press(SENIOR, await scene.shown(id, f"Change {commits - 1}"), "Reject")
            await scene.slack.submit(SENIOR, {"choice": "other", "reason": "There is no test."})
        assert rejected.returncode == 10
        await asyncio.sleep(1)  # the key holds the second
        async with _asking(scene, made.path) as (approved, id):
            await scene.approve(SENIOR, await scene.shown(id))
            await scene.approve(OTHER_SENIOR, await scene.shown(id, "Ada Park approved"))
        assert approved.returncode == 0


# One step that is not so.


def test_one_false_step_is_enough_to_fail():
    out = io.StringIO()
    teller = Teller(out)
    teller.chapter("A day")
    teller.step("the sun rises", True)
    teller.step("it is green", False, "blue")
    assert teller.finish() == 1
    assert "  ✓ the sun rises\n" in out.getvalue()
    assert "  ✗ NOT SO: it is green\n      “blue”\n" in out.getvalue()
    assert out.getvalue().endswith("\n1 went wrong.\n")


def test_its_twin_without_it_succeeds():
    out = io.StringIO()
    teller = Teller(out)
    teller.step("the sun rises", True)
    assert teller.finish() == 0
    assert out.getvalue().endswith("1 steps, all as told.\n")


def test_in_json_a_false_step_is_marked():
    out = io.StringIO()
    teller = Teller(out, as_json=True)
    teller.chapter("A day")
    teller.step("the sun rises", True)
    teller.step("it is green", False, "blue")
    assert teller.finish() == 1
    assert json.loads(out.getvalue()) == {
        "ok": False,
        "steps": [
            {"step": "the sun rises", "ok": True, "said": ""},
            {"step": "it is green", "ok": False, "said": "blue"},
        ],
    }


async def test_a_pipeline_that_does_not_listen_is_noticed(tmp_path: Path):
    """The same story on a stage where something is broken is not told as if it were not."""
    async with playing(tmp_path) as scene:
        scene.pipeline.answers = [410] * 9
        teller = Teller(io.StringIO())
        with pytest.raises(TimeoutError):
            await tell(scene, teller)
    assert all(step["ok"] for step in teller.steps)


# What the scene is made of.


@pytest.mark.parametrize("template", EVERY_DAY, ids=lambda it: it["title"])
def test_the_same_number_is_the_same_change(template: dict[str, object]):
    assert change(template, 1, "http://x/") == change(template, 1, "http://x/")
    assert change(template, 1, "")["revision"] != change(template, 2, "")["revision"]
    assert change(template, 1, "")["key"] != change(template, 2, "")["key"]


def test_a_change_can_be_altered_without_altering_its_template():
    made = change(REFUNDS, 1, "")
    made["commits"][0]["message"] = "another"
    assert REFUNDS["commits"][0]["message"] != "another"


async def test_a_button_is_found_by_what_it_says(tmp_path: Path):
    async with playing(tmp_path) as scene:
        card = await scene.shown(await scene.send(REFUNDS))
        assert action_of(card.blocks, "Approve")
        assert "Retry refunds" in reading(card.blocks)
        with pytest.raises(LookupError, match="no button 'Make coffee'"):
            await scene.press(SENIOR, card, "Make coffee")


async def test_a_form_that_is_promised_is_found_by_the_same_word(tmp_path: Path):
    async with playing(tmp_path) as scene:
        by_form = await scene.shown(await scene.send(LEDGER))
        by_click = await scene.shown(await scene.send(REFUNDS))
        assert action_of(by_form.blocks, "Approve") == action_of(by_click.blocks, "Approve…")


async def test_an_option_of_a_menu_is_found_by_what_it_says(tmp_path: Path):
    async with playing(tmp_path) as scene:
        card = await scene.shown(await scene.send(REFUNDS))
        await scene.choose(SENIOR, card, "Pass it on…")
        assert scene.slack.modal(SENIOR)
        with pytest.raises(LookupError, match="no option 'Make coffee…'"):
            await scene.choose(SENIOR, card, "Make coffee…")


@pytest.mark.parametrize(
    ("template", "tier"),
    [(WORDS, "low"), (REFUNDS, "normal"), (LEDGER, "high"), (POOL, "high"), (SHRINK, "critical")],
    ids=lambda it: it if isinstance(it, str) else it["title"],
)
async def test_there_is_a_change_of_every_risk(template: Any, tier: str, tmp_path: Path):
    async with playing(tmp_path) as scene:
        card = await scene.shown(await scene.send(template))
        assert f"Risk   {tier}" in reading(card.blocks)


async def test_a_card_of_three_thousand_files_names_some_and_counts_the_others(tmp_path: Path):
    async with playing(tmp_path) as scene:
        card = await scene.shown(await scene.send(RENAME))
        said = reading(card.blocks)
        assert "3,000 files, +9,000 −9,000" in said
        assert said.count("network_") <= 5
        assert "and 39 more" in said


async def test_what_the_pipeline_did_is_on_the_card(tmp_path: Path):
    async with playing(tmp_path) as scene:
        signoff = await scene.send(REFUNDS)
        await scene.approve(SENIOR, await scene.shown(signoff))
        await scene.shown(signoff, "was told to go on")
        [key] = scene.pipeline.runs
        await scene.landed(key, failed="Two of six pods did not start.")
        await scene.shown(signoff, "Two of six pods did not start.")


async def test_the_demo_deploys_what_was_approved(tmp_path: Path):
    async with playing(tmp_path) as scene, asyncio.TaskGroup() as group:
        deploying = group.create_task(deploy(scene, takes=0.0))
        signoff = await scene.send(REFUNDS)
        await scene.approve(SENIOR, await scene.shown(signoff))
        await scene.shown(signoff, "; deployed")
        deploying.cancel()


async def test_a_play_slack_that_takes_all_is_not_spared(tmp_path: Path):
    """As somebody presses who tries everything: more often than a real Slack would take it."""
    async with playing(tmp_path, pace=AS_FAST_AS_YOU_PRESS) as scene:
        signoff = await scene.send(REFUNDS)
        for _ in range(15):
            await scene.press(SENIOR, await scene.shown(signoff), "I am on it")
            card = await scene.shown(signoff, "Ada Park is on it")
            await scene.press(SENIOR, card, "Details")
            await scene.press_in_modal(SENIOR, "I am off it")
            await scene.slack.wait_for(
                lambda: "is on it" not in reading(scene.card(signoff).blocks)
            )


async def test_a_scene_that_is_not_open_says_so(tmp_path: Path):
    async with playing(tmp_path) as scene:
        await scene.stop()
        with pytest.raises(RuntimeError, match="not open"):
            _ = scene.house

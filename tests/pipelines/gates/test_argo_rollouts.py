"""Argo Rollouts: a yes is to one pause of one version, and to nothing that came after."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates.argo_rollouts import RolloutGate
from bot.ports import NotYet, Response, Undelivered
from tests.pipelines.gates import Strict, said
from tests.pipelines.gates.at_gate import SECRET, configured, documented
from tests.pipelines.gates.cases.argo_rollouts import (
    AT,
    CASE,
    HASH,
    LOOK,
    ROLLOUT,
    a_rollout,
    patch,
)
from tests.pipelines.gates.test_gates import report
from tests.pipelines.signoffs import Outside

STABLE = "5d4c7b8d9f"
BLUE_GREEN = replace(CASE, gate=AT)


def looks(**status: object) -> Strict:
    """It looks like this, and nothing more may be asked for."""
    return Strict(CASE, [replace(LOOK, answer=said(a_rollout(**status)))])


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("newer version", {"currentPodHash": "0a1b2c3d4e"}),
        ("any more", {"stableRS": HASH}),
        ("any more", {"stableRS": HASH, "currentPodHash": "0a1b2c3d4e"}),
        ("any more", {"blueGreen": {"activeSelector": HASH}}),
        ("any more", {"currentStepIndex": 3}),
        ("aborted", {"abort": True, "currentStepIndex": 0, "pauseConditions": None}),
    ],
)
async def test_an_old_yes_promotes_nothing_else(words: str, status: dict[str, object]) -> None:
    there = looks(**status)
    with pytest.raises(Undelivered, match=words) as refused:
        await report(CASE, there, Status.APPROVED)
    assert refused.value.final
    assert there.satisfied


@pytest.mark.parametrize(
    "status",
    [
        {"observedGeneration": "11"},
        {"observedGeneration": "11", "currentPodHash": STABLE, "stableRS": STABLE},
        {"observedGeneration": None},
        {"currentStepIndex": 0},
        {"currentStepIndex": None},
        {"pauseConditions": None},
        {"pauseConditions": []},
        {"pauseConditions": [{"reason": "InconclusiveAnalysisRun"}]},
        {"pauseConditions": [{"reason": "CanaryPauseStep"}, {"reason": "InconclusiveExperiment"}]},
    ],
)
async def test_a_yes_waits_until_the_rollout_waits(status: dict[str, object]) -> None:
    there = looks(**status)
    with pytest.raises(NotYet):
        await report(CASE, there, Status.APPROVED)
    assert there.satisfied


async def test_what_changed_since_we_looked_is_looked_at_again() -> None:
    conflict = replace(CASE.proceed[1], answer=Response(status=409))
    with pytest.raises(NotYet, match="changed while"):
        await report(CASE, Strict(CASE, [LOOK, conflict]), Status.APPROVED)


async def test_a_yes_that_is_repeated_does_not_end_the_next_pause() -> None:
    await report(CASE, Strict(CASE, CASE.proceed), Status.APPROVED)
    with pytest.raises(Undelivered, match="any more"):
        await report(CASE, looks(currentStepIndex=3), Status.APPROVED)


async def test_a_canary_needs_the_step_in_its_gate() -> None:
    there = looks()
    with pytest.raises(Undelivered, match="no step") as refused:
        await report(BLUE_GREEN, there, Status.APPROVED)
    assert refused.value.final


async def test_blue_and_green_have_no_steps() -> None:
    pause = [{"reason": "BlueGreenPause", "startTime": "2026-11-21T11:00:00Z"}]
    blue_green = {"activeSelector": STABLE, "previewSelector": HASH}
    status = {"currentStepIndex": None, "pauseConditions": pause, "blueGreen": blue_green}
    look = replace(LOOK, answer=said(a_rollout(**status)))
    there = Strict(CASE, [look, patch({"pauseConditions": None})])
    await report(BLUE_GREEN, there, Status.APPROVED)
    assert there.satisfied


@pytest.mark.parametrize(
    "status",
    [
        {"currentPodHash": "0a1b2c3d4e"},
        {"abort": True, "currentStepIndex": 0, "pauseConditions": None},
    ],
)
async def test_what_has_ended_already_is_not_aborted(status: dict[str, object]) -> None:
    there = looks(**status)
    await report(CASE, there, Status.SUPERSEDED)
    assert there.satisfied


async def test_a_no_comes_before_the_pause_too() -> None:
    look = replace(LOOK, answer=said(a_rollout(currentStepIndex=0, pauseConditions=None)))
    there = Strict(CASE, [look, patch({"abort": True})])
    await report(CASE, there, Status.REJECTED)
    assert there.satisfied


async def test_a_no_aborts_no_version_that_argo_has_not_seen() -> None:
    with pytest.raises(NotYet):
        await report(CASE, looks(observedGeneration="11"), Status.REJECTED)


@pytest.mark.parametrize("status", [{"stableRS": HASH}, {"currentStepIndex": 2}])
async def test_a_no_to_what_went_on_before_is_told_to_people(status: dict[str, object]) -> None:
    there = looks(**status)
    with pytest.raises(Undelivered, match="went on before") as refused:
        await report(CASE, there, Status.REJECTED)
    assert refused.value.final


async def test_a_pause_made_by_a_person_is_left_alone() -> None:
    there = Outside(said(a_rollout()), Response(status=200))
    await report(CASE, there, Status.APPROVED)
    sent = there.asked[1]
    assert sent.url == f"{CASE.url}{ROLLOUT}/status"
    assert "spec" not in json.loads(sent.body)


def test_the_config_of_its_page_makes_it(tmp_path: Path) -> None:
    secrets = {
        "ROLLOUTS_WEBHOOK_SECRET": SECRET,
        "ROLLOUTS_JOB_TOKEN": "job-token",
        "ROLLOUTS_TOKEN": "sa-token",
    }
    adapter = configured(tmp_path, documented("argo-rollouts"), **secrets)
    assert isinstance(adapter, GatedPipeline)
    assert isinstance(adapter.gate, RolloutGate)
    assert adapter.gate.platform.url == "https://kubernetes.acme.example:6443"

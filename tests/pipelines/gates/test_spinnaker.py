"""Spinnaker: it takes a judgment on any stage, so only the one that waits is judged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates.spinnaker import SpinnakerGate
from bot.ports import NotYet, Response, Undelivered
from tests.pipelines.gates import Strict, said
from tests.pipelines.gates.at_gate import SECRET, a_pipeline, configured, documented
from tests.pipelines.gates.cases.spinnaker import AT, CASE, STAGE, WAITS, executions, look
from tests.pipelines.gates.test_gates import report
from tests.pipelines.signoffs import Outside, a_signoff


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
@pytest.mark.parametrize("stage", ["NOT_STARTED", "PAUSED", "SUSPENDED", "BUFFERED"])
async def test_no_judgment_is_given_ahead_of_time(status: Status, stage: str) -> None:
    there = Strict(CASE, [look(executions(stage))])
    with pytest.raises(NotYet):
        await report(CASE, there, status)
    assert there.satisfied


@pytest.mark.parametrize("stage", ["SUCCEEDED", "SKIPPED", "TERMINAL", "CANCELED", "STOPPED"])
async def test_a_yes_to_what_is_over_is_final(stage: str) -> None:
    with pytest.raises(Undelivered, match="any more") as refused:
        await report(CASE, Strict(CASE, [look(executions(stage))]), Status.APPROVED)
    assert refused.value.final


@pytest.mark.parametrize("stage", ["TERMINAL", "CANCELED", "STOPPED", "FAILED_CONTINUE"])
async def test_what_has_stopped_already_needs_no_no(stage: str) -> None:
    there = Strict(CASE, [look(executions(stage))])
    await report(CASE, there, Status.WITHDRAWN)
    assert there.satisfied


@pytest.mark.parametrize("stage", ["SUCCEEDED", "SKIPPED"])
async def test_a_no_to_what_went_on_before_is_told_to_people(stage: str) -> None:
    with pytest.raises(Undelivered, match="before") as refused:
        await report(CASE, Strict(CASE, [look(executions(stage))]), Status.REJECTED)
    assert refused.value.final


@pytest.mark.parametrize(
    "found",
    [
        [],
        executions("RUNNING", sort="wait"),
        [{"id": "01F5EF6V1CANOTHER", "stages": executions("RUNNING")[0]["stages"]}],
        [{**executions("RUNNING")[0], "stages": []}],
    ],
)
async def test_only_a_manual_judgment_of_that_execution_is_judged(found: list[object]) -> None:
    for status in (Status.APPROVED, Status.REJECTED):
        with pytest.raises(Undelivered, match="no such manual judgment") as refused:
            await report(CASE, Strict(CASE, [look(found)]), status)
        assert refused.value.final


async def test_a_reason_is_no_expression() -> None:
    there = Outside(WAITS.answer, Response(status=200))
    signoff = a_signoff(Status.REJECTED, reply_to=AT, reason="${#fromUrl('http://evil/')} {{x}}")
    await a_pipeline(CASE, there).report(signoff)
    told = json.loads(there.asked[1].body)["judgmentInput"]
    assert told == "Rejected by ada: $(#fromUrl('http://evil/')) ((x)) (Countersign sgn_1)"


async def test_a_user_signs_in_with_a_password() -> None:
    there = Outside(WAITS.answer, Response(status=200))
    await report(replace(CASE, words={"user": "bot"}), there, Status.APPROVED)
    assert {asked.headers["authorization"] for asked in there.asked} == {
        "Basic Ym90OmdhdGUtdG9rZW4="
    }
    assert there.asked[1].url.endswith(f"/stages/{STAGE}")


async def test_a_large_list_of_stages_is_read() -> None:
    found = executions("RUNNING")
    found[0]["stages"] += [
        {"id": f"s{n}", "type": "wait", "status": "NOT_STARTED"} for n in range(2000)
    ]
    there = Outside(said(found), Response(status=200))
    await report(CASE, there, Status.APPROVED)
    assert len(there.asked) == 2


def test_the_config_of_its_page_makes_it(tmp_path: Path) -> None:
    secrets = {
        "SPINNAKER_WEBHOOK_SECRET": SECRET,
        "SPINNAKER_JOB_TOKEN": "job-token",
        "SPINNAKER_TOKEN": "gate-token",
    }
    adapter = configured(tmp_path, documented("spinnaker"), **secrets)
    assert isinstance(adapter, GatedPipeline)
    assert isinstance(adapter.gate, SpinnakerGate)
    assert adapter.gate.platform.headers["authorization"] == "Bearer gate-token"
    basic = documented("spinnaker").replace("# user:", "user:")
    adapter = configured(tmp_path, basic, **secrets)
    assert isinstance(adapter, GatedPipeline)
    assert isinstance(adapter.gate, SpinnakerGate)
    assert adapter.gate.platform.headers["authorization"].startswith("Basic ")

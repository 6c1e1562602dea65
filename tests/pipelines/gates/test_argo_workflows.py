"""Argo Workflows: one node is named, and a step that is not there yet is not one that is gone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates.argo_workflows import WorkflowGate
from bot.ports import NotYet, Response, Undelivered
from tests.pipelines.gates import Exchange, Strict, said
from tests.pipelines.gates.at_gate import SECRET, a_pipeline, configured, documented
from tests.pipelines.gates.cases.argo_workflows import AT, CASE, UUID, WORKFLOW
from tests.pipelines.gates.test_gates import report
from tests.pipelines.signoffs import Outside, a_signoff

NOBODY_WAITS = Response(
    status=500,
    body=b'{"code":13,"message":"currently, set only targets suspend nodes: '
    b'no suspend nodes matching nodeFieldSelector: inputs.parameters.uuid.value=3f0c"}',
)


def a_node(phase: str, *, uuid: str = UUID, sort: str = "Suspend") -> dict[str, Any]:
    return {
        "type": sort,
        "name": "deploy-x7k2p.approve",
        "displayName": "approve",
        "phase": phase,
        "inputs": {"parameters": [{"name": "uuid", "value": uuid}]},
    }


def a_workflow(phase: str, *nodes: dict[str, Any]) -> Response:
    status = {"phase": phase, "nodes": {f"n-{index}": node for index, node in enumerate(nodes)}}
    return said({"metadata": {}, "status": status})


def nobody_waits(there: Response, status: Status) -> Strict:
    """Refused because nothing waits; then `there` is what the workflow looks like."""
    first = (CASE.proceed if status.proceed else CASE.stop)[0]
    look = f"{WORKFLOW}?fields=status.phase,status.nodes"
    return Strict(
        CASE,
        [replace(first, answer=NOBODY_WAITS), Exchange(method="GET", path=look, answer=there)],
    )


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [a_node("Succeeded", uuid="of-another")],
        [a_node("Succeeded", sort="Steps")],
        [a_node("Running")],
        [{"type": "Suspend", "phase": "Succeeded"}],
    ],
)
async def test_a_step_that_is_still_to_come_is_asked_for_again(
    status: Status, nodes: list[dict[str, Any]]
) -> None:
    there = nobody_waits(a_workflow("Running", *nodes), status)
    with pytest.raises(NotYet):
        await report(CASE, there, status)
    assert there.satisfied


@pytest.mark.parametrize(
    "workflow",
    [
        a_workflow("Running", a_node("Succeeded")),
        a_workflow("Running", a_node("Failed")),
        a_workflow("Succeeded", a_node("Succeeded")),
        a_workflow("Failed"),
        a_workflow("Error", a_node("Running")),
    ],
)
async def test_a_yes_that_nothing_waits_for_any_more_is_final(workflow: Response) -> None:
    with pytest.raises(Undelivered, match="any more") as refused:
        await report(CASE, nobody_waits(workflow, Status.APPROVED), Status.APPROVED)
    assert refused.value.final


@pytest.mark.parametrize(
    "workflow", [a_workflow("Running", a_node("Failed")), a_workflow("Failed"), a_workflow("Error")]
)
async def test_what_has_stopped_already_needs_no_no(workflow: Response) -> None:
    there = nobody_waits(workflow, Status.EXPIRED)
    await report(CASE, there, Status.EXPIRED)
    assert there.satisfied


async def test_a_no_to_what_went_on_before_is_told_to_people() -> None:
    went_on = a_workflow("Running", a_node("Succeeded"))
    with pytest.raises(Undelivered, match="resumed the step before") as refused:
        await report(CASE, nobody_waits(went_on, Status.REJECTED), Status.REJECTED)
    assert refused.value.final


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"status": {"nodes": [1]}}'])
async def test_a_workflow_that_cannot_be_read_stops_nothing_for_good(body: bytes) -> None:
    there = nobody_waits(Response(status=200, body=body), Status.APPROVED)
    with pytest.raises(Undelivered, match="cannot be read") as refused:
        await report(CASE, there, Status.APPROVED)
    assert not refused.value.final


async def test_a_node_by_its_full_name() -> None:
    there = Outside(Response(status=200))
    case = replace(CASE, gate={**AT, "node": "deploy-x7k2p[1].approve"})
    await report(case, there, Status.APPROVED)
    assert json.loads(there.asked[0].body)["nodeFieldSelector"] == "name=deploy-x7k2p[1].approve"


@pytest.mark.parametrize("status", [status for status in Status if status.is_final])
async def test_nothing_is_ever_sent_without_the_selector_of_one_node(status: Status) -> None:
    there = Outside(Response(status=200))
    await report(CASE, there, status)
    told = json.loads(there.asked[0].body)
    assert told["nodeFieldSelector"] == f"inputs.parameters.uuid.value={UUID}"


async def test_a_reason_is_no_template() -> None:
    there = Outside(Response(status=200))
    pipeline = a_pipeline(CASE, there)
    reply_to = {**AT, "uuid": UUID}
    reason = "{{workflow.parameters.password}}"
    await pipeline.report(a_signoff(Status.REJECTED, reply_to=reply_to, reason=reason))
    message = json.loads(there.asked[0].body)["message"]
    assert message == "Rejected by ada: ((workflow.parameters.password)) (Countersign sgn_1)"


def test_the_config_of_its_page_makes_it(tmp_path: Path) -> None:
    secrets = {
        "ARGO_WEBHOOK_SECRET": SECRET,
        "ARGO_JOB_TOKEN": "job-token",
        "ARGO_TOKEN": "argo-token",
    }
    adapter = configured(tmp_path, documented("argo-workflows"), **secrets)
    assert isinstance(adapter, GatedPipeline)
    assert isinstance(adapter.gate, WorkflowGate)
    assert adapter.gate.platform.headers["authorization"] == "Bearer argo-token"

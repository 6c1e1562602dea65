"""HCP Terraform: only the run that waits with the plan of that commit is applied."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates.terraform import TerraformGate
from bot.ports import NotYet, Response, Undelivered
from tests.pipelines.gates import Strict
from tests.pipelines.gates.at_gate import SECRET, configured, documented
from tests.pipelines.gates.cases.terraform import CASE, a_run, act, look
from tests.pipelines.gates.test_gates import report

OVER = [
    "discarded",
    "errored",
    "canceled",
    "force_canceled",
    "planned_and_finished",
    "policy_soft_failed",
]
GOING_ON = ["confirmed", "apply_queued", "applying", "applied"]


async def test_the_run_of_another_commit_is_not_applied() -> None:
    there = Strict(CASE, [look(a_run(commit="ab" * 20))])
    with pytest.raises(Undelivered, match="another commit") as refused:
        await report(CASE, there, Status.APPROVED)
    assert refused.value.final


async def test_but_it_is_discarded() -> None:
    there = Strict(CASE, [look(a_run(commit="ab" * 20)), act("discard")])
    await report(CASE, there, Status.REJECTED)
    assert there.satisfied


@pytest.mark.parametrize("status", ["planned", "cost_estimated", "planned_and_saved"])
async def test_a_configuration_that_was_uploaded_has_no_commit(status: str) -> None:
    there = Strict(CASE, [look(a_run(status, commit=None)), act("apply")])
    await report(CASE, there, Status.APPROVED)
    assert there.satisfied


@pytest.mark.parametrize("status", ["pending", "planning", "policy_override", "a_later_state"])
async def test_a_yes_waits_until_the_run_waits(status: str) -> None:
    there = Strict(CASE, [look(a_run(status, confirmable=False))])
    with pytest.raises(NotYet):
        await report(CASE, there, Status.APPROVED)
    assert there.satisfied


async def test_a_no_waits_until_the_run_can_be_discarded() -> None:
    there = Strict(CASE, [look(a_run("planning", confirmable=False, discardable=False))])
    with pytest.raises(NotYet):
        await report(CASE, there, Status.REJECTED)


@pytest.mark.parametrize("status", [*OVER, *GOING_ON])
async def test_a_yes_to_what_does_not_wait_any_more_is_final(status: str) -> None:
    there = Strict(CASE, [look(a_run(status, confirmable=False, discardable=False))])
    with pytest.raises(Undelivered, match="any more") as refused:
        await report(CASE, there, Status.APPROVED)
    assert refused.value.final


@pytest.mark.parametrize("status", OVER)
async def test_what_will_never_be_applied_needs_no_no(status: str) -> None:
    there = Strict(CASE, [look(a_run(status, confirmable=False, discardable=False))])
    await report(CASE, there, Status.EXPIRED)
    assert there.satisfied


@pytest.mark.parametrize("status", GOING_ON)
async def test_a_no_to_what_went_on_before_is_told_to_people(status: str) -> None:
    there = Strict(CASE, [look(a_run(status, confirmable=False, discardable=False))])
    with pytest.raises(Undelivered, match="before") as refused:
        await report(CASE, there, Status.REJECTED)
    assert refused.value.final


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
async def test_whoever_was_faster_wins(status: Status) -> None:
    exchanges = CASE.proceed if status.proceed else CASE.stop
    conflict = replace(exchanges[1], answer=Response(status=409))
    with pytest.raises(Undelivered) as refused:
        await report(CASE, Strict(CASE, [exchanges[0], conflict]), status)
    assert refused.value.final


async def test_an_answer_about_another_run_is_none() -> None:
    there = Strict(CASE, [look(a_run(id="run-another"))])
    with pytest.raises(Undelivered, match="another run"):
        await report(CASE, there, Status.APPROVED)


@pytest.mark.parametrize("commit", [12, ["x"], {"a": 1}])
async def test_a_commit_of_another_type_is_not_taken_for_none(commit: object) -> None:
    run = a_run()
    run["included"][1]["attributes"]["commit-sha"] = commit
    there = Strict(CASE, [look(run)])
    with pytest.raises(Undelivered, match="cannot be read"):
        await report(CASE, there, Status.APPROVED)


def test_the_config_of_its_page_makes_it(tmp_path: Path) -> None:
    secrets = {
        "TERRAFORM_WEBHOOK_SECRET": SECRET,
        "TERRAFORM_JOB_TOKEN": "job-token",
        "TERRAFORM_TOKEN": "tfe-token",
    }
    adapter = configured(tmp_path, documented("terraform"), **secrets)
    assert isinstance(adapter, GatedPipeline)
    assert isinstance(adapter.gate, TerraformGate)
    assert adapter.gate.platform.url == "https://app.terraform.io"

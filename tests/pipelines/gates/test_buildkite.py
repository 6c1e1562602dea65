"""Buildkite: which block step is unblocked, and which build is cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates.buildkite import BuildkiteGate
from bot.ports import NotYet, Response
from tests.pipelines.gates import Exchange, as_json, said
from tests.pipelines.gates.at_gate import SECRET, configured, documented, refusal, told
from tests.pipelines.gates.cases.buildkite import BLOCK, BLOCKS, BUILD, CASE, JOB, NO_JOBS, RUNNING

FIELD = replace(CASE, words={**CASE.words, "field": "approved-by"})
UNBLOCK, CANCEL = CASE.proceed[1], CASE.stop[1]
STOPS = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)


def holding(*jobs: Any, **build: Any) -> Exchange:
    return Exchange(method="GET", path=BLOCKS, answer=said({**RUNNING, **build, "jobs": jobs}))


def found(**build: Any) -> Exchange:
    return Exchange(method="GET", path=NO_JOBS, answer=said({**RUNNING, **build}))


async def not_yet(*exchanges: Exchange) -> None:
    refused = await refusal(CASE, Status.APPROVED, exchanges)
    assert isinstance(refused, NotYet)
    assert not refused.final


async def for_good(status: Status, why: str, exchanges: Sequence[Exchange]) -> None:
    refused = await refusal(CASE, status, exchanges)
    assert refused.final
    assert why in str(refused)


@pytest.mark.parametrize(
    ("status", "who"),
    [
        (Status.APPROVED, "ada (sgn_1)"),
        (Status.OVERRIDDEN, "ada (sgn_1)"),
        (Status.NOT_REQUIRED, "sgn_1"),
    ],
)
async def test_a_field_of_the_block_step_is_told_who_approved(status: Status, who: str) -> None:
    sent = replace(UNBLOCK, **as_json({"fields": {"approved-by": who}}))
    await told(FIELD, status, [holding(BLOCK), sent])


async def test_a_step_may_be_called_by_its_label() -> None:
    label = ":rocket: Freigabe für alle"
    named = {**BLOCK, "step_key": None, "label": label}
    await told(CASE, Status.APPROVED, [holding(BLOCK | {"id": "x"}, named), UNBLOCK], step=label)


async def test_a_key_counts_before_a_label() -> None:
    other = {**BLOCK, "id": "x", "step_key": "other", "label": "sign-off"}
    await told(CASE, Status.APPROVED, [holding(other, BLOCK), UNBLOCK])


async def test_no_other_block_step_is_ever_unblocked() -> None:
    other = {**BLOCK, "step_key": "other", "label": "Other"}
    script = {**BLOCK, "type": "script"}
    await not_yet(holding(other))
    await not_yet(holding(script))
    await not_yet(holding({}, {"type": "waiter"}))


async def test_of_two_block_steps_of_one_name_none_is_unblocked() -> None:
    twins = holding(BLOCK, {**BLOCK, "id": "x"})
    await for_good(Status.APPROVED, "more than one", [twins])


async def test_a_build_of_another_commit_is_neither_let_go_on_nor_cancelled() -> None:
    for commit in ("5e" * 20, "HEAD", ""):
        await for_good(Status.APPROVED, "another commit", [holding(BLOCK, commit=commit)])
        await for_good(Status.REJECTED, "another commit", [found(commit=commit)])


@pytest.mark.trap(28)
async def test_a_build_that_has_not_come_to_the_block_step_is_asked_again() -> None:
    await not_yet(holding(blocked=False))
    await not_yet(holding(blocked=False, state="scheduled"))
    await not_yet(holding(state="passed"))  # it waits at another block step
    await not_yet(holding({**BLOCK, "unblockable": False}))
    await told(CASE, Status.APPROVED, [holding(BLOCK), UNBLOCK])


@pytest.mark.parametrize(
    "state", ["passed", "failed", "canceled", "canceling", "skipped", "not_run"]
)
async def test_a_build_that_is_over_is_not_asked_again(state: str) -> None:
    await for_good(Status.APPROVED, "is over", [holding(blocked=False, state=state)])


async def test_what_was_unblocked_by_somebody_else_is_said() -> None:
    unblocked = holding({**BLOCK, "state": "unblocked"}, blocked=False)
    await for_good(Status.APPROVED, "somebody else", [unblocked])
    refused = await refusal(FIELD, Status.APPROVED, [unblocked])
    assert refused.final


async def test_what_we_unblocked_before_is_no_trouble() -> None:
    done = {**BLOCK, "state": "unblocked", "unblockable": False}
    ours, others = {"approved-by": "ada (sgn_1)"}, {"approved-by": "ada (sgn_0)"}
    for state in ("running", "passed"):
        build = {"blocked": False, "state": state}
        await told(FIELD, Status.APPROVED, [holding(done, meta_data=ours, **build)])
        refused = await refusal(FIELD, Status.APPROVED, [holding(done, meta_data=others, **build)])
        assert refused.final


@pytest.mark.parametrize("status", STOPS)
@pytest.mark.parametrize("state", ["canceled", "canceling", "failed", "skipped", "not_run"])
async def test_what_is_stopped_already_is_not_cancelled_again(status: Status, state: str) -> None:
    await told(CASE, status, [found(state=state, blocked=False)])


@pytest.mark.parametrize("state", ["passed", "failed", "running", "scheduled", "failing"])
@pytest.mark.trap(28)
async def test_a_build_that_waits_is_cancelled_whatever_it_is_called(state: str) -> None:
    await told(CASE, Status.REJECTED, [found(state=state), CANCEL])


async def test_a_build_that_runs_on_after_a_no_is_cancelled() -> None:
    await told(CASE, Status.REJECTED, [found(blocked=False), CANCEL])


async def test_a_build_that_passed_in_spite_of_a_no_is_said() -> None:
    await for_good(Status.REJECTED, "passed", [found(blocked=False, state="passed")])


async def test_a_build_that_cannot_be_cancelled_says_what_to_look_at() -> None:
    refusing = replace(CANCEL, answer=Response(status=422, body=b'{"message": "no"}'))
    await for_good(Status.EXPIRED, "blocked_state", [found(state="passed"), refusing])


@pytest.mark.parametrize("status", [302, 401, 429, 500, 503])
async def test_a_no_that_may_be_heard_later_is_said_again(status: int) -> None:
    for exchanges in (
        [replace(found(), answer=Response(status=status))],
        [found(), replace(CANCEL, answer=Response(status=status))],
    ):
        refused = await refusal(CASE, Status.REJECTED, exchanges)
        assert not refused.final


@pytest.mark.parametrize(
    "build", [{"jobs": "x"}, {"jobs": [1]}, {"state": None}, {"meta_data": []}, {"blocked": "x"}]
)
async def test_an_answer_of_another_shape_unblocks_nothing(build: dict[str, Any]) -> None:
    answer = said({**RUNNING, "jobs": [BLOCK], **build})
    refused = await refusal(CASE, Status.APPROVED, [replace(holding(), answer=answer)])
    assert not refused.final


@pytest.mark.parametrize("job", [None, 1, "", "..", {}])
async def test_an_id_that_leads_elsewhere_is_not_followed(job: object) -> None:
    await refusal(CASE, Status.APPROVED, [holding({**BLOCK, "id": job})])


async def test_an_id_is_one_step_of_the_address() -> None:
    there = replace(UNBLOCK, path=f"{BUILD}/jobs/..%2Fcancel%3F/unblock")
    await told(CASE, Status.APPROVED, [holding({**BLOCK, "id": "../cancel?"}), there])
    assert JOB in UNBLOCK.path


def test_the_config_of_its_page_makes_it(tmp_path: Path) -> None:
    made = configured(
        tmp_path,
        documented("buildkite"),
        BUILDKITE_API_TOKEN="bkua_some-token",
        BUILDKITE_JOB_TOKEN="token-of-the-jobs",
        BUILDKITE_WEBHOOK_SECRET=SECRET,
    )
    assert isinstance(made, GatedPipeline)
    assert isinstance(made.gate, BuildkiteGate)
    assert (made.gate.organization, made.gate.field) == ("acme", "approved-by")
    assert made.gate.platform.url == "https://api.buildkite.com"
    assert not made.reopens
    assert "bkua_some-token" not in repr(made)

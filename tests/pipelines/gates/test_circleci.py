"""CircleCI: which approval job is approved, and which workflow is cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates.circleci import MOST_PAGES, CircleCiGate
from bot.ports import NotYet, Response
from tests.pipelines.gates import Exchange, said
from tests.pipelines.gates.at_gate import SECRET, configured, documented, refusal, told
from tests.pipelines.gates.cases.circleci import (
    ASKED,
    BUILT,
    CASE,
    COMMIT,
    ID,
    ON_HOLD,
    PIPELINE_ID,
    WORKFLOW,
)
from tests.pipelines.signoffs import REVISION

APPROVE, CANCEL = CASE.proceed[-1], CASE.stop[-1]
ME = "cfbb422f-2e4a-41b5-86f0-59e813b3d6e2"
OVER = ["success", "failed", "error", "canceled", "unauthorized", "not_run"]
STOPS = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)


def workflow(status: str) -> Exchange:
    return replace(ASKED, answer=said({"id": ID, "pipeline_id": PIPELINE_ID, "status": status}))


def of_commit(vcs: object) -> Exchange:
    return replace(COMMIT, answer=said({"id": PIPELINE_ID, "vcs": vcs}))


def jobs(*items: Any, then: str | None = None, after: str = "") -> Exchange:
    path = f"{WORKFLOW}/job{after and f'?page-token={after}'}"
    answer = said({"items": items, "next_page_token": then})
    return Exchange(method="GET", path=path, answer=answer)


def me(who: str) -> Exchange:
    return Exchange(method="GET", path="/api/v2/me", answer=said({"id": who, "login": "bot"}))


async def not_yet(*exchanges: Exchange) -> None:
    refused = await refusal(CASE, Status.APPROVED, exchanges)
    assert isinstance(refused, NotYet)
    assert not refused.final


async def for_good(status: Status, why: str, exchanges: Sequence[Exchange]) -> None:
    refused = await refusal(CASE, status, exchanges)
    assert refused.final
    assert why in str(refused)


async def test_an_id_may_be_written_in_capitals() -> None:
    await told(CASE, Status.APPROVED, CASE.proceed, workflow=ID.upper())


async def test_the_job_may_be_on_a_later_page() -> None:
    pages = [jobs(BUILT, then="a b/c?="), jobs(ON_HOLD, after="a%20b%2Fc%3F%3D")]
    await told(CASE, Status.APPROVED, [ASKED, COMMIT, *pages, APPROVE])


async def test_pages_without_end_are_not_read_without_end() -> None:
    first, more = jobs(ON_HOLD, then="x"), jobs(then="x", after="x")
    pages = [first, *[more] * (MOST_PAGES - 1)]
    await for_good(Status.APPROVED, "too many jobs", [ASKED, COMMIT, *pages])


async def test_no_other_job_is_ever_approved() -> None:
    await not_yet(ASKED, COMMIT, jobs({**ON_HOLD, "name": "other"}))
    await not_yet(ASKED, COMMIT, jobs({**ON_HOLD, "type": "build"}, {}))


async def test_of_two_jobs_of_one_name_none_is_approved() -> None:
    twins = [jobs(ON_HOLD, then="x"), jobs({**ON_HOLD, "approval_request_id": "y"}, after="x")]
    await for_good(Status.APPROVED, "more than one", [ASKED, COMMIT, *twins])


def of_project(slug: str) -> Exchange:
    pipeline = {"id": PIPELINE_ID, "project_slug": slug, "vcs": {"revision": REVISION}}
    return replace(COMMIT, answer=said(pipeline))


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
@pytest.mark.parametrize("slug", ["gh/acme/ledger", "bb/other/payments-api"])
async def test_a_workflow_of_another_repository_is_left_alone(status: Status, slug: str) -> None:
    await for_good(status, "another repository", [ASKED, of_project(slug)])


@pytest.mark.parametrize("slug", ["gh/Acme/payments-api", "circleci/8f2c/41b7"])
async def test_a_workflow_that_may_be_of_the_repository_goes_on(slug: str) -> None:
    await told(CASE, Status.APPROVED, [ASKED, of_project(slug), *CASE.proceed[2:]])


@pytest.mark.parametrize("vcs", [{"revision": "5e" * 20}, {"revision": ""}, None])
@pytest.mark.parametrize("status", [Status.APPROVED, *STOPS])
async def test_a_workflow_of_another_commit_or_none_is_left_alone(
    status: Status, vcs: object
) -> None:
    await for_good(status, "commit", [ASKED, of_commit(vcs)])


@pytest.mark.parametrize("status", ["blocked", "not_running", "queued", "running", "new-word"])
async def test_a_workflow_that_has_not_come_to_the_job_is_asked_again(status: str) -> None:
    await not_yet(workflow("running"), COMMIT, jobs(BUILT, {**ON_HOLD, "status": status}))
    await not_yet(workflow("running"), COMMIT, jobs(BUILT))


async def test_a_job_on_hold_without_an_id_of_its_request_is_asked_again() -> None:
    await not_yet(ASKED, COMMIT, jobs({**ON_HOLD, "approval_request_id": None}))


@pytest.mark.parametrize("status", OVER)
async def test_a_workflow_that_is_over_is_not_asked_again(status: str) -> None:
    ended = jobs({**ON_HOLD, "status": "canceled"})
    await for_good(Status.APPROVED, "is over", [workflow(status), COMMIT, ended])


async def test_what_was_approved_by_somebody_else_is_said() -> None:
    done = jobs({**ON_HOLD, "status": "success", "approved_by": "somebody"})
    await for_good(Status.APPROVED, "somebody else", [workflow("running"), COMMIT, done, me(ME)])


@pytest.mark.parametrize("status", ["running", "success", "failed"])
async def test_what_we_approved_before_is_no_trouble(status: str) -> None:
    done = jobs({**ON_HOLD, "status": "success", "approved_by": ME})
    await told(CASE, Status.APPROVED, [workflow(status), COMMIT, done, me(ME)])


@pytest.mark.parametrize("status", STOPS)
@pytest.mark.parametrize("ended", OVER[1:])
async def test_what_is_stopped_already_is_not_cancelled_again(status: Status, ended: str) -> None:
    await told(CASE, status, [workflow(ended), COMMIT])


@pytest.mark.parametrize("status", ["running", "failing", "on_hold", "queued"])
async def test_a_workflow_that_may_still_ship_is_cancelled(status: str) -> None:
    await told(CASE, Status.REJECTED, [workflow(status), COMMIT, CANCEL])


async def test_a_workflow_that_succeeded_in_spite_of_a_no_is_said() -> None:
    await for_good(Status.REJECTED, "succeeded", [workflow("success"), COMMIT])


@pytest.mark.parametrize("status", [302, 401, 429, 500, 503])
async def test_a_no_that_may_be_heard_later_is_said_again(status: int) -> None:
    for index in range(len(CASE.stop)):
        failing = replace(CASE.stop[index], answer=Response(status=status))
        refused = await refusal(CASE, Status.REJECTED, [*CASE.stop[:index], failing])
        assert not refused.final


@pytest.mark.parametrize("pipeline", ["", "..", "."])
async def test_a_pipeline_that_leads_elsewhere_is_not_followed(pipeline: str) -> None:
    odd = said({"id": ID, "pipeline_id": pipeline, "status": "on_hold"})
    await for_good(Status.APPROVED, "no place", [replace(ASKED, answer=odd)])


@pytest.mark.parametrize("items", ["x", [1], None, {}])
async def test_jobs_of_another_shape_approve_nothing(items: object) -> None:
    odd = replace(jobs(), answer=said({"items": items}))
    refused = await refusal(CASE, Status.APPROVED, [ASKED, COMMIT, odd])
    assert not refused.final


def test_the_config_of_its_page_makes_it(tmp_path: Path) -> None:
    made = configured(
        tmp_path,
        documented("circleci"),
        CIRCLECI_API_TOKEN="CCIPAT_some-token",
        CIRCLECI_JOB_TOKEN="token-of-the-jobs",
        CIRCLECI_WEBHOOK_SECRET=SECRET,
    )
    assert isinstance(made, GatedPipeline)
    assert isinstance(made.gate, CircleCiGate)
    assert made.gate.platform.url == "https://circleci.com"
    assert not made.reopens
    assert "CCIPAT_some-token" not in repr(made)

"""How GitLab hears of a decision: at the place that waits for it, and at no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.signoff import Status
from bot.pipelines.sentence import sentence
from bot.ports import Request, Response, Undelivered, Unreachable
from tests.pipelines.gitlab.fake_gitlab import BOT, EVE, TOKEN, a_build
from tests.pipelines.gitlab.meeting import SHA, Meeting, a_decision, a_pipeline, meeting
from tests.pipelines.signoffs import NOON, Outside

OTHER = "c" * 40
GO_ON = (Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED)
STOP = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)
GATES = ("deployment-approval", "manual-job", "status-check")


@asynccontextmanager
async def waiting(at: str, /, **settings: Any) -> AsyncIterator[tuple[Meeting, Change]]:
    """A change that waits at this gate, and at no other."""
    async with meeting(**({"gate": (at,)} | settings)) as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA)
        if at == "deployment-approval":
            here.gitlab.add_deployment(41, sha=SHA)
        here.gitlab.calls.clear()
        change = await (here.asked() if at == "status-check" else here.read())
        here.gitlab.calls.clear()
        yield here, change


async def refused(here: Meeting, change: Change, status: Status = Status.APPROVED) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        await here.tell(change, status)
    return caught.value


def posts(here: Meeting) -> list[str]:
    return here.calls("POST ")


@pytest.mark.parametrize("status", [*GO_ON, *STOP])
async def test_a_deployment_is_approved_or_rejected(status: Status) -> None:
    async with waiting("deployment-approval") as (here, change):
        await here.tell(change, status)
        said = {
            "status": "approved" if status in GO_ON else "rejected",
            "comment": sentence(a_decision(change, status)),
        }
        assert here.gitlab.verdicts == [said]
        assert posts(here) == ["POST /projects/7/deployments/41/approval"]


@pytest.mark.parametrize("status", [*GO_ON, *STOP])
async def test_a_manual_job_is_played_or_cancelled(status: Status) -> None:
    async with waiting("manual-job") as (here, change):
        await here.tell(change, status)
        done = ([657], []) if status in GO_ON else ([], [657])
        assert (here.gitlab.played, here.gitlab.cancelled) == done


@pytest.mark.parametrize("status", [*GO_ON, *STOP])
async def test_a_status_check_passes_or_fails(status: Status) -> None:
    async with waiting("status-check") as (here, change):
        await here.tell(change, status)
        word = "passed" if status in GO_ON else "failed"
        said = {"sha": SHA, "external_status_check_id": 3, "status": word}
        assert here.gitlab.checks == [said]


def checked(here: Meeting) -> list[str]:
    return [it["status"] for it in here.gitlab.checks]


async def test_a_status_check_that_waits_takes_back_what_was_said_of_that_head() -> None:
    async with waiting("status-check") as (here, change):
        assert change.shows_waiting
        await here.pipeline.show_waiting(a_decision(change, Status.PENDING))
        assert here.gitlab.checks == [
            {"sha": SHA, "external_status_check_id": 3, "status": "pending"}
        ]
        here.gitlab.say(sha=OTHER)
        await here.pipeline.show_waiting(a_decision(change, Status.PENDING))
        assert checked(here) == ["pending"]
        here.gitlab.fail("/status_check_responses", 503)
        with pytest.raises(Undelivered):
            await here.pipeline.show_waiting(a_decision(change, Status.PENDING))


OPEN: dict[str, Any] = {"state": "opened", "merged_at": None}


@pytest.mark.parametrize(
    ("now", "told"),
    [(OPEN, ["failed"]), (OPEN | {"state": "closed"}, []), ({}, []), (OPEN | {"sha": OTHER}, [])],
)
async def test_once_its_override_ended_a_status_check_fails_where_it_can(
    now: dict[str, Any], told: list[str]
) -> None:
    async with waiting("status-check") as (here, change):
        here.gitlab.say(**now)
        await here.pipeline.take_back(a_decision(change, Status.OVERRIDDEN))
        assert checked(here) == told
        here.gitlab.fail("/merge_requests/", 503)
        with pytest.raises(Undelivered):
            await here.pipeline.take_back(a_decision(change, Status.OVERRIDDEN))


@pytest.mark.parametrize("at", ["deployment-approval", "manual-job"])
async def test_what_waits_elsewhere_shows_so_by_itself(at: str) -> None:
    async with waiting(at) as (here, change):
        await here.pipeline.show_waiting(a_decision(change, Status.PENDING))
        assert not change.shows_waiting
        assert posts(here) == []


@pytest.mark.parametrize("status", GO_ON)
async def test_a_yes_for_one_branch_is_none_for_another(status: Status) -> None:
    async with waiting("status-check") as (here, change):
        here.gitlab.say(target_branch="release")
        assert (await refused(here, change, status)).final
        assert posts(here) == []


@pytest.mark.parametrize("status", STOP)
async def test_a_no_is_one_wherever_it_goes(status: Status) -> None:
    """Above all where a yes was superseded: whether it waits anew is shown only if that is easy."""
    async with waiting("status-check") as (here, change):
        here.gitlab.say(target_branch="release")
        await here.tell(change, status)
        assert checked(here) == ["failed"]


async def test_sent_to_another_branch_it_is_another_change_and_waits_at_once() -> None:
    async with waiting("status-check") as (here, change):
        await here.tell(change)
        here.gitlab.say(target_branch="release")
        there = await here.asked(changes={"target_branch": {"previous": "main"}})
        assert (here.gitlab.checks[-1]["status"], there.base_branch) == ("pending", "release")
        assert change.key != there.key
        assert there.supersedes(change)


async def test_sent_back_to_where_it_was_rejected_what_was_said_elsewhere_is_taken_back() -> None:
    async with waiting("status-check") as (here, change):
        await here.tell(change, Status.REJECTED)
        here.gitlab.say(target_branch="release")
        await here.tell(await here.asked())
        here.gitlab.say(target_branch="main")
        back = await here.asked(changes={"target_branch": {"previous": "release"}})
        assert back.key == change.key
        assert checked(here) == ["failed", "passed", "pending"]


async def test_it_is_said_for_which_rule_it_is_approved() -> None:
    settings: dict[str, Any] = {"words": {"represented_as": "release-board"}}
    async with waiting("deployment-approval", **settings) as (here, change):
        await here.tell(change)
        assert here.gitlab.verdicts[0]["represented_as"] == "release-board"


async def test_an_approved_job_is_left_to_whoever_may_deploy() -> None:
    async with waiting("deployment-approval") as (here, change):
        await here.tell(change)
        assert here.gitlab.played == []


BOTH: dict[str, Any] = {"gate": ("deployment-approval", "manual-job"), "environments": ("prod*",)}


async def test_with_manual_jobs_it_is_started_too() -> None:
    async with waiting("deployment-approval", **BOTH) as (here, change):
        await here.tell(change)
        await here.tell(change)
        assert (len(here.gitlab.verdicts), here.gitlab.played) == (1, [657])


async def test_unless_others_have_to_approve_it_as_well() -> None:
    async with waiting("deployment-approval", **BOTH) as (here, change):
        here.gitlab.deployment()["pending_approval_count"] = 2
        await here.tell(change)
        assert posts(here) == ["POST /projects/7/deployments/41/approval"]


async def test_unless_gitlab_says_that_it_cannot_be_played() -> None:
    async with waiting("deployment-approval", **BOTH) as (here, change):
        here.gitlab.fail("/play", 400)
        await here.tell(change)
        assert (len(here.gitlab.verdicts), here.gitlab.played) == (1, [])


async def test_and_it_is_tried_again_if_only_the_start_went_wrong() -> None:
    async with waiting("deployment-approval", **BOTH) as (here, change):
        here.gitlab.fail("/play", 500)
        assert not (await refused(here, change)).final
        await here.tell(change)
        assert (len(here.gitlab.verdicts), here.gitlab.played) == (1, [657])


async def test_nothing_is_started_after_a_no() -> None:
    async with waiting("deployment-approval", **BOTH) as (here, change):
        deployment, job = here.gitlab.deployment(), here.gitlab.job()
        here.gitlab.meanwhile("/approval", lambda: job.update(status="manual"))
        here.gitlab.meanwhile("/approval", lambda: deployment.update(pending_approval_count=0))
        await here.tell(change, Status.REJECTED)
        assert (here.gitlab.verdicts[0]["status"], here.gitlab.played) == ("rejected", [])


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
async def test_told_twice_what_we_did_is_no_trouble(gate: str, status: Status) -> None:
    async with waiting(gate) as (here, change):
        await here.tell(change, status)
        await here.tell(change, status)
        assert len(here.gitlab.verdicts) <= 1
        assert len(here.gitlab.played) + len(here.gitlab.cancelled) <= 1


@pytest.mark.parametrize("status", ["pending", "running", "success", "canceled", "failed"])
async def test_a_job_that_waits_no_more_is_never_played(status: str) -> None:
    async with waiting("manual-job") as (here, change):
        here.gitlab.job()["status"] = status
        problem = await refused(here, change)
        assert problem.final
        assert posts(here) == []


@pytest.mark.parametrize("status", ["pending", "running", "success"])
@pytest.mark.parametrize("gate", ["manual-job", "deployment-approval"])
async def test_what_somebody_let_go_on_before_a_no_is_told_to_people(
    gate: str, status: str
) -> None:
    async with waiting(gate) as (here, change):
        here.gitlab.job()["status"] = status
        if gate == "deployment-approval":
            here.gitlab.deployment()["status"] = status
        assert (await refused(here, change, Status.REJECTED)).final
        assert posts(here) == []


@pytest.mark.parametrize("status", ["canceled", "failed", "skipped"])
@pytest.mark.parametrize("gate", ["manual-job", "deployment-approval"])
async def test_what_is_over_needs_no_no(gate: str, status: str) -> None:
    async with waiting(gate) as (here, change):
        here.gitlab.job()["status"] = status
        if gate == "deployment-approval":
            here.gitlab.deployment()["status"] = status
        await here.tell(change, Status.SUPERSEDED)
        assert posts(here) == []


async def test_a_job_that_somebody_else_played_was_not_us() -> None:
    async with waiting("manual-job") as (here, change):
        here.gitlab.job().update(status="running", user=EVE)
        assert (await refused(here, change)).final


@pytest.mark.parametrize("status", ["canceled", "failed", "skipped"])
async def test_a_job_that_came_to_nothing_did_not_go_on(status: str) -> None:
    async with waiting("manual-job") as (here, change):
        here.gitlab.job().update(status=status, user=BOT)
        assert (await refused(here, change)).final


async def test_an_approval_of_another_decision_is_not_ours() -> None:
    async with waiting("deployment-approval") as (here, change):
        others = "Approved by eve (Countersign sgn_12)"
        ours = sentence(a_decision(change))
        here.gitlab.deployment()["approvals"] = [
            {"status": "approved", "comment": others},
            {"status": "approved", "comment": None},
            {"status": "approved", "comment": f"{ours} or not"},
            {"status": "rejected", "comment": ours},
        ]
        await here.tell(change)
        assert len(here.gitlab.verdicts) == 1


async def test_what_was_said_shows_in_the_rules_as_well() -> None:
    async with waiting("deployment-approval") as (here, change):
        ours = {"status": "approved", "comment": sentence(a_decision(change))}
        rules = [{"deployment_approvals": None}, {"deployment_approvals": [ours]}]
        here.gitlab.deployment().update(status="running", approval_summary={"rules": rules})
        await here.tell(change)
        assert here.gitlab.verdicts == []


@pytest.mark.parametrize(
    "said", [{"sha": OTHER}, {"deployable": {"id": 658}}, {"deployable": None}]
)
@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
async def test_a_deployment_of_another_revision_or_job_gets_no_answer(
    said: dict[str, Any], status: Status
) -> None:
    async with waiting("deployment-approval") as (here, change):
        here.gitlab.deployment().update(said)
        assert (await refused(here, change, status)).final
        assert posts(here) == []


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
async def test_a_job_of_another_revision_gets_no_answer(status: Status) -> None:
    async with waiting("manual-job") as (here, change):
        here.gitlab.job()["pipeline"]["sha"] = OTHER
        assert (await refused(here, change, status)).final
        assert posts(here) == []


async def test_a_head_that_moved_takes_no_yes_and_needs_no_no() -> None:
    async with waiting("status-check") as (here, change):
        here.gitlab.say(sha=OTHER)
        assert (await refused(here, change)).final
        await here.tell(change, Status.SUPERSEDED)
        assert here.gitlab.checks == []


@pytest.mark.parametrize("gate", GATES)
async def test_a_return_address_of_another_revision_is_not_used(gate: str) -> None:
    async with waiting(gate) as (here, change):
        assert (await refused(here, replace(change, revision=OTHER))).final
        assert here.gitlab.calls == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"gate": "other"},
        {"project": "7/../8"},
        {"project": ""},
        {"job": "657?x"},
        {"job": "9" * 20},
        {"sha": "main"},
        {"more": "x"},
    ],
)
async def test_a_return_address_that_is_none_of_ours_is_not_used(wrong: dict[str, str]) -> None:
    async with waiting("manual-job") as (here, change):
        at = {**change.reply_to, **wrong} if wrong else {}
        assert (await refused(here, replace(change, reply_to=at))).final
        assert here.gitlab.calls == []


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize(
    ("status", "final"),
    [
        *((status, True) for status in (400, 403, 404, 409, 422)),
        *((status, False) for status in (302, 401, 408, 429, 500, 502, 503)),
    ],
)
async def test_which_refusals_are_final(gate: str, status: int, final: bool) -> None:
    async with waiting(gate) as (here, change):
        here.gitlab.fail("POST ", status)
        assert (await refused(here, change)).final is final
        assert len(posts(here)) == 1


@pytest.mark.parametrize("gate", GATES)
async def test_a_token_that_works_again_lets_it_go_on(gate: str) -> None:
    async with waiting(gate) as (here, change):
        here.gitlab.fail("/projects/7", 401)
        assert not (await refused(here, change)).final
        await here.tell(change)
        assert here.gitlab.verdicts or here.gitlab.played or here.gitlab.checks


NOW = int(NOON.timestamp())


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "30"}, 30),
        ({"RateLimit-Reset": str(NOW + 60)}, 60),
        ({"Retry-After": "30", "RateLimit-Reset": str(NOW + 60)}, 30),
        ({"RateLimit-Reset": str(NOW - 60)}, 0),
        ({"RateLimit-Reset": "9" * 11}, 3_600),
        ({"RateLimit-Reset": "soon"}, None),
        ({}, None),
    ],
)
async def test_a_rush_is_waited_out(headers: dict[str, str], pause: int | None) -> None:
    async with waiting("manual-job") as (here, change):
        here.gitlab.fail("/play", 429, headers=headers)
        problem = await refused(here, change)
    assert not problem.final
    assert problem.retry_after == (None if pause is None else timedelta(seconds=pause))


async def test_a_refusal_stays_one_though_every_answer_tells_of_rates() -> None:
    async with waiting("manual-job") as (here, change):
        here.gitlab.fail("/play", 403, headers={"RateLimit-Reset": str(NOW + 60)})
        assert (await refused(here, change)).final


@pytest.mark.parametrize("gate", GATES)
async def test_an_answer_that_does_not_come_is_waited_for(gate: str) -> None:
    async with waiting(gate) as (_, change):
        pass
    with pytest.raises(Unreachable):
        await a_pipeline().report(a_decision(change))


async def test_an_unplayable_job_is_told_to_people() -> None:
    async with waiting("manual-job") as (here, change):
        here.gitlab.add_deployment(41, sha=SHA)
        assert (await refused(here, change)).final
        assert here.gitlab.played == []


@pytest.mark.trap(23)
async def test_a_late_no_of_what_was_superseded_touches_nothing_newer() -> None:
    async with waiting("manual-job") as (here, older):
        here.gitlab.add_job(658, sha=SHA)
        newer = await here.read(builds=[a_build(658)])
        await here.tell(older, Status.SUPERSEDED)
        assert here.gitlab.cancelled == [657]
        await here.tell(newer)
        assert here.gitlab.played == [658]
        assert (await refused(here, older)).final
        assert here.gitlab.played == [658]


async def test_the_token_stands_in_its_header_and_nowhere_else() -> None:
    requests: list[Request] = []

    async def send(request: Request) -> Response:
        requests.append(request)
        return Response(status=500, body=TOKEN.encode())

    async with waiting("manual-job") as (_, change):
        pass
    with pytest.raises(Undelivered) as caught:
        await a_pipeline(send=send).report(a_decision(change))
    [request] = requests
    assert request.headers == {"accept": "application/json", "private-token": TOKEN}
    assert request.url == "https://gitlab.acme.example/api/v4/projects/7/jobs/657"
    assert TOKEN not in request.url + str(caught.value) + repr(caught.value)


async def test_what_people_say_can_do_nothing_there() -> None:
    async with waiting("deployment-approval") as (here, change):
        decision = a_decision(change, Status.REJECTED)
        [review] = decision.reviews
        loud = replace(review, reason="no\n/approve\u202e\x00 now")
        await here.pipeline.report(replace(decision, reviews=(loud,)))
        [said] = here.gitlab.verdicts
    assert "\n" not in said["comment"]
    assert "\u202e" not in said["comment"]
    assert "\x00" not in said["comment"]


async def test_nobody_is_told_where_nobody_listens() -> None:
    outside = Outside()
    async with waiting("status-check") as (_, change):
        pass
    with suppress(Unreachable):
        await a_pipeline(send=outside).report(a_decision(change))
    [asked] = outside.asked
    assert asked.url.startswith("https://gitlab.acme.example/api/v4/projects/7/merge_requests/12")

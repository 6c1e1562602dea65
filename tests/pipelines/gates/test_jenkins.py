"""Jenkins: crumbs, names of jobs, and what its refusals mean."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates.jenkins import JenkinsGate
from bot.ports import NotYet, Response
from tests.pipelines.gates import Exchange, as_form, said
from tests.pipelines.gates.at_gate import SECRET, configured, documented, refusal, told
from tests.pipelines.gates.cases.jenkins import CASE, INPUT, RUN, RUN_IS_OVER

ASK_RUN = f"{RUN}/api/json?tree=building,result"
PROCEED = Exchange(method="POST", path=f"{INPUT}/proceedEmpty", **as_form())
NO_CRUMB = Response(status=403, body=b"<html>No valid crumb was included in the request</html>")
CRUMB = {"crumbRequestField": "Jenkins-Crumb", "crumb": "1f2e3d"}


def page(status: int, words: str) -> Response:
    return Response(status=status, body=f"<html><h1>Error</h1><p>{words}</p></html>".encode())


def refusing(answer: Response) -> Exchange:
    return replace(PROCEED, answer=answer)


def issuing(answer: Response) -> Exchange:
    return Exchange(method="GET", path="/crumbIssuer/api/json", answer=answer)


def with_crumb(**headers: str) -> Exchange:
    return replace(PROCEED, headers={**PROCEED.headers, **headers})


@pytest.mark.parametrize(
    ("job", "path"),
    [
        ("deploy", "/job/deploy"),
        ("payments/eu/deploy", "/job/payments/job/eu/job/deploy"),
        ("pay ments/dep loy", "/job/pay%20ments/job/dep%20loy"),
        ("zahlungen/prüfen", "/job/zahlungen/job/pr%C3%BCfen"),
        ("repo/release%2F1.2", "/job/repo/job/release%252F1.2"),
        ("a?b#c;d/e&f", "/job/a%3Fb%23c%3Bd/job/e%26f"),
        ("..." + "/%2e%2e", "/job/.../job/%252e%252e"),
    ],
)
async def test_a_jobs_name_is_one_step_of_the_address_for_each_folder(job: str, path: str) -> None:
    there = replace(PROCEED, path=f"{path}/12/input/Deploy-gate/proceedEmpty")
    await told(CASE, Status.APPROVED, [there], job=job)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("deploy-gate", "Deploy-gate"),
        ("Deploy", "Deploy"),
        ("_x", "_x"),
        ("1f", "1f"),
        ("v1.2", "V1.2"),
        ("a+b(c)", "A%2Bb%28c%29"),
    ],
)
@pytest.mark.trap(8)
async def test_only_a_first_small_letter_of_the_id_becomes_a_capital(name: str, step: str) -> None:
    there = replace(PROCEED, path=f"{RUN}/input/{step}/proceedEmpty")
    await told(CASE, Status.APPROVED, [there], input=name)


@pytest.mark.parametrize(
    ("status", "who"),
    [
        (Status.APPROVED, "ada (sgn_1)"),
        (Status.OVERRIDDEN, "ada (sgn_1)"),
        (Status.NOT_REQUIRED, "sgn_1"),
    ],
)
async def test_a_parameter_is_told_who_approved(status: Status, who: str) -> None:
    case = replace(CASE, words={**CASE.words, "parameter": "APPROVER"})
    form = as_form(json=json.dumps({"parameter": [{"name": "APPROVER", "value": who}]}))
    await told(case, status, [Exchange(method="POST", path=f"{INPUT}/proceed", **form)])
    await told(case, Status.REJECTED, [Exchange(method="POST", path=f"{INPUT}/abort", **as_form())])


async def test_a_crumb_is_fetched_where_one_is_asked_for_and_used_in_its_session() -> None:
    cookie = {"set-cookie": "JSESSIONID.a1=node0x.node0; Path=/ci; Secure; HttpOnly"}
    issued = replace(said(CRUMB), headers=cookie)
    again = with_crumb(**{"Jenkins-Crumb": "1f2e3d", "cookie": "JSESSIONID.a1=node0x.node0"})
    await told(CASE, Status.APPROVED, [refusing(NO_CRUMB), issuing(issued), again])


async def test_without_a_cookie_the_crumb_is_sent_alone() -> None:
    again = with_crumb(**{"Jenkins-Crumb": "1f2e3d"})
    await told(CASE, Status.APPROVED, [refusing(NO_CRUMB), issuing(said(CRUMB)), again])


async def test_a_crumb_is_asked_for_once() -> None:
    again = replace(with_crumb(**{"Jenkins-Crumb": "1f2e3d"}), answer=NO_CRUMB)
    refused = await refusal(
        CASE, Status.APPROVED, [refusing(NO_CRUMB), issuing(said(CRUMB)), again]
    )
    assert refused.final


async def test_a_refusal_for_another_reason_asks_for_no_crumb() -> None:
    refused = await refusal(CASE, Status.APPROVED, [refusing(page(403, "Access Denied"))])
    assert refused.final
    refused = await refusal(CASE, Status.APPROVED, [refusing(page(500, "the crumb issuer failed"))])
    assert not refused.final


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[" * 100_000,
        b"[]",
        b"null",
        b'{"crumb": "x"}',
        b'{"crumb": 1, "crumbRequestField": "Jenkins-Crumb"}',
        b'{"crumb": "x\\r\\nx: y", "crumbRequestField": "Jenkins-Crumb"}',
        b'{"crumb": "x", "crumbRequestField": "x: y"}',
    ],
)
async def test_a_crumb_that_no_header_can_hold_is_not_used(body: bytes) -> None:
    issued = issuing(Response(status=200, body=body))
    refused = await refusal(CASE, Status.APPROVED, [refusing(NO_CRUMB), issued])
    assert "cannot be read" in str(refused)
    assert not refused.final


async def test_a_crumb_that_is_not_to_be_had_now_is_asked_for_later() -> None:
    down = issuing(Response(status=503))
    refused = await refusal(CASE, Status.APPROVED, [refusing(NO_CRUMB), down])
    assert not refused.final


async def test_an_input_that_was_answered_waits_no_more() -> None:
    settled = page(400, "This input has been already given")
    refused = await refusal(CASE, Status.APPROVED, [refusing(settled)])
    assert (str(refused), refused.final) == ("the input was answered already", True)


@pytest.mark.parametrize(
    "words",
    [
        "You need to be grace to submit this.",
        "You need to have Job/Build permissions to submit this.",
    ],
)
async def test_who_is_no_submitter_is_told_so(words: str) -> None:
    refused = await refusal(CASE, Status.APPROVED, [refusing(page(400, words))])
    assert refused.final
    assert "submitter" in str(refused)


async def test_a_run_that_has_not_come_to_its_input_is_asked_again() -> None:
    running = Exchange(method="GET", path=ASK_RUN, answer=said({"building": True}))
    for status, first in (
        (Status.NOT_REQUIRED, PROCEED),
        (Status.REJECTED, replace(PROCEED, path=f"{INPUT}/abort")),
    ):
        missing = replace(first, answer=Response(status=404))
        refused = await refusal(CASE, status, [missing, running])
        assert isinstance(refused, NotYet)
        assert not refused.final


async def test_a_run_that_is_over_is_not_asked_again() -> None:
    refused = await refusal(CASE, Status.APPROVED, [refusing(Response(status=404)), RUN_IS_OVER])
    assert refused.final
    assert "over" in str(refused)


@pytest.mark.parametrize(
    ("answer", "final"),
    [
        (Response(status=404), True),
        (Response(status=500), False),
        (Response(status=401), False),
        (Response(status=200, body=b"<html>"), False),
        (said([]), False),
        (said({"building": "false"}), False),
    ],
)
async def test_whether_a_run_is_over_is_not_guessed(answer: Response, final: bool) -> None:
    asked = Exchange(method="GET", path=ASK_RUN, answer=answer)
    refused = await refusal(CASE, Status.APPROVED, [refusing(Response(status=404)), asked])
    assert refused.final is final
    assert not isinstance(refused, NotYet)


def test_the_config_of_its_page_makes_it(tmp_path: Path) -> None:
    made = configured(
        tmp_path,
        documented("jenkins"),
        JENKINS_API_TOKEN="11aa-jenkins-token",
        JENKINS_JOB_TOKEN="token-of-the-jobs",
        JENKINS_WEBHOOK_SECRET=SECRET,
    )
    assert isinstance(made, GatedPipeline)
    assert isinstance(made.gate, JenkinsGate)
    assert made.gate.platform.url == "https://jenkins.acme.example"
    assert not made.reopens
    assert "11aa-jenkins-token" not in repr(made)


def test_a_config_may_name_a_parameter(tmp_path: Path) -> None:
    connection = documented("jenkins").replace("# parameter:", "parameter:")
    made = configured(
        tmp_path,
        connection,
        JENKINS_API_TOKEN="11aa-jenkins-token",
        JENKINS_JOB_TOKEN="token-of-the-jobs",
        JENKINS_WEBHOOK_SECRET=SECRET,
    )
    assert isinstance(made, GatedPipeline)
    assert isinstance(made.gate, JenkinsGate)
    assert made.gate.parameter == "APPROVER"


ABORT = Exchange(method="POST", path=f"{INPUT}/abort", **as_form(), answer=Response(status=404))


@pytest.mark.parametrize("result", ["ABORTED", "FAILURE", "NOT_BUILT"])
async def test_a_run_that_ended_badly_by_itself_need_not_be_stopped(result: str) -> None:
    over = Exchange(method="GET", path=ASK_RUN, answer=said({"building": False, "result": result}))
    await told(CASE, Status.REJECTED, [ABORT, over])


@pytest.mark.parametrize("result", ["SUCCESS", "UNSTABLE", None])
async def test_a_run_that_went_on_all_the_same_is_told_of(result: str | None) -> None:
    over = Exchange(method="GET", path=ASK_RUN, answer=said({"building": False, "result": result}))
    refused = await refusal(CASE, Status.REJECTED, [ABORT, over])
    assert refused.final

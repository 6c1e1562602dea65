"""Azure DevOps asks by its check "Invoke REST API", and is answered where the check waits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot import settings
from bot.connections import doors, pipelines, trusted_prefixes
from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status
from bot.pipelines import azure
from bot.pipelines.azure import AzurePipeline
from bot.pipelines.parts import Parts
from bot.ports import (
    Delivery,
    Invalid,
    Malformed,
    Pipeline,
    Request,
    Response,
    Unauthenticated,
    Undelivered,
)
from tests.builders import FakeClock
from tests.engine.house import a_house
from tests.pipelines.signoffs import NOON, REVISION, Outside, a_signoff

SECRET = "a-header-secret-of-thirty-two-characters"
TOKEN = "eyJ0eXAiOiJKV1Qi.live-job-credential.c2ln"
URL = "https://dev.azure.com/acme"
PROJECT = "6f2a3c0e-1111-4222-8333-444455556666"
PLAN = "11111111-2222-4333-8444-555566667777"
JOB = "22222222-2222-4333-8444-555566667777"
TASK = "33333333-2222-4333-8444-555566667777"
TIMELINE = "44444444-2222-4333-8444-555566667777"
HEADERS = {
    "x-countersign-secret": SECRET,
    "content-type": "application/json",
    "planurl": f"{URL}/",
    "projectid": PROJECT,
    "hubname": "checks",
    "planid": PLAN,
    "jobid": JOB,
    "taskinstanceid": TASK,
    "timelineid": TIMELINE,
    "authtoken": TOKEN,
}
BODY: dict[str, Any] = {
    "key": "payments-api/4711",
    "repository": "acme/payments-api",
    "revision": REVISION,
    "environment": "production",
    "title": "payments-api 20261121.3",
    "author": {"email": "jun@acme.example"},
    "url": f"{URL}/payments/_build/results?buildId=4711",
}
EVENTS = f"{URL}/{PROJECT}/_apis/distributedtask/hubs/checks/plans/{PLAN}/events?api-version=7.1"
GO_ON = (Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED)
STOP = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)


def a_pipeline(send: Any = None, *, secret: str = SECRET, name: str = "azure") -> AzurePipeline:
    return azure.make(
        Parts(
            name=name,
            url=URL,
            secrets={"header_secret": secret},
            words={},
            lists={},
            link_prefix="",
            public_url="https://sign.acme.example",
            clock=lambda: NOON,
            send=send or Outside(),
        )
    )


def a_delivery(headers: dict[str, str | None] | None = None, **said: object) -> Delivery:
    """With these headers instead, and without those that are None."""
    told = {name: it for name, it in {**HEADERS, **(headers or {})}.items() if it is not None}
    return Delivery(headers=told, body=json.dumps(BODY | said).encode())


async def read(pipeline: AzurePipeline | None = None, delivery: Delivery | None = None) -> Change:
    change = await (pipeline or a_pipeline()).read(delivery or a_delivery())
    assert isinstance(change, Change)
    return change


async def a_decision(status: Status = Status.APPROVED) -> Signoff:
    return replace(a_signoff(status), change=await read())


async def test_what_the_check_says_becomes_a_change() -> None:
    pipeline: Pipeline = a_pipeline()
    change = await read()
    assert change.connection == "azure"
    assert change.key.startswith("payments-api/4711/")
    assert (change.repository, change.revision) == ("acme/payments-api", REVISION)
    assert change.environment == "production"
    assert change.link == change.url == BODY["url"]
    assert (change.files_complete, change.commits_complete) == (False, False)
    assert not pipeline.reopens
    assert not pipeline.fetches


@pytest.mark.parametrize("status", GO_ON)
async def test_the_check_succeeds_by_one_request_to_the_byte(status: Status) -> None:
    there = Outside(Response(status=200))
    await a_pipeline(there).report(await a_decision(status))
    [asked] = there.asked
    assert (asked.method, asked.url) == ("POST", EVENTS)
    assert dict(asked.headers) == {
        "accept": "application/json",
        "content-type": "application/json",
        "authorization": f"Bearer {TOKEN}",
    }
    assert asked.body == (
        f'{{"name":"TaskCompleted","taskId":"{TASK}","jobId":"{JOB}","result":"succeeded"}}'.encode()
    )


@pytest.mark.parametrize("status", STOP)
async def test_whatever_else_became_of_it_fails_the_check(status: Status) -> None:
    there = Outside(Response(status=200))
    await a_pipeline(there).report(await a_decision(status))
    assert json.loads(there.asked[0].body)["result"] == "failed"
    assert len(there.asked) == 1


@pytest.mark.parametrize(
    "offered", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "ä\udcff", " "]
)
def test_who_has_not_the_secret_is_nobody(offered: str | None) -> None:
    with pytest.raises(Unauthenticated) as refused:
        a_pipeline().verify(a_delivery({"x-countersign-secret": offered}))
    assert SECRET not in str(refused.value)


def test_a_secret_need_not_be_ascii() -> None:
    pipeline = a_pipeline(secret="gehört-nur-uns-beiden-und-niemandem")
    headers = {"x-countersign-secret": "gehört-nur-uns-beiden-und-niemandem"}
    assert pipeline.verify(a_delivery(headers))


def test_a_connection_without_a_secret_is_none() -> None:
    with pytest.raises(ValueError, match="has no secret"):
        a_pipeline(secret="")


def test_the_same_check_is_the_same_message_and_another_is_another() -> None:
    pipeline = a_pipeline()
    known = pipeline.verify(a_delivery())
    assert pipeline.verify(a_delivery({"authtoken": "another"})) == known
    for name in ("planid", "jobid", "taskinstanceid", "timelineid"):
        assert pipeline.verify(a_delivery({name: PROJECT})) != known
    assert pipeline.verify(a_delivery({"planid": "\udcff"})) != known


async def test_told_twice_it_is_one_change_and_run_again_it_is_another() -> None:
    first, again = await read(), await read()
    assert first == again
    later = await read(delivery=a_delivery({"jobid": PROJECT}))
    assert later.key != first.key


async def test_the_credential_is_nowhere_but_under_seal() -> None:
    pipeline, change = a_pipeline(), await read()
    written = TypeAdapter(Change).dump_json(change).decode() + repr(change)
    assert TOKEN not in written
    assert TOKEN.split(".")[1] not in written
    assert set(map(type, change.reply_to.values())) == {str}
    there = Outside(Response(status=500, body=TOKEN.encode()))
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(there).report(await a_decision())
    for shown in (str(refused.value), repr(pipeline)):
        assert TOKEN not in shown
        assert SECRET not in shown
    assert TOKEN not in there.asked[0].url


async def test_neither_the_database_nor_a_log_ever_holds_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    adapters: dict[str, Any] = {"azure": a_pipeline()}
    async with a_house(tmp_path, pipelines=adapters) as house:
        for new in (True, False):
            opening = await house.intake.receive("azure", a_delivery())
            assert opening is not None
            assert opening.new is new
    written = _all_of(tmp_path)
    assert b"payments-api/4711/" in written
    assert TOKEN.encode() not in written
    assert TOKEN not in caplog.text


def _all_of(folder: Path) -> bytes:
    return b"".join(it.read_bytes() for it in folder.iterdir() if it.is_file())


async def nowhere(_: Request) -> Response:
    raise AssertionError("nothing is sent")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/acme/",
        "https://dev.azure.com.evil.example/acme/",
        "https://dev.azure.com/acme2/",
        "https://dev.azure.com/acme/deeper/",
        "https://dev.azure.com/",
        "https://dev.azure.com/acme/../evil/",
        "https://dev.azure.com@evil.example/acme/",
        "http://dev.azure.com/acme/",
        "https://dev.azure.com/acme/?x=1#y",
        "",
        "not an address",
        "\udcff",
    ],
)
async def test_an_address_of_somebody_else_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="PlanUrl: must be the address of the organisation"):
        await a_pipeline(nowhere).read(a_delivery({"planurl": url}))


@pytest.mark.parametrize("url", [URL, f"{URL}/", "https://DEV.azure.com/acme/"])
async def test_an_organisation_may_be_written_with_a_slash(url: str) -> None:
    await read(delivery=a_delivery({"planurl": url}))


@pytest.mark.parametrize("name", ["projectid", "planid", "jobid", "taskinstanceid", "timelineid"])
@pytest.mark.parametrize(
    "wrong", ["", "12", f"{PLAN}/..", f"{PLAN}\n", "{PLAN}", "$(system.planId)"]
)
async def test_an_id_that_is_none_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(Invalid, match="must be a GUID"):
        await a_pipeline().read(a_delivery({name: wrong}))


@pytest.mark.parametrize("hub", ["", "gates", "build/../rm", "checks\n"])
async def test_a_hub_that_is_none_is_refused(hub: str) -> None:
    with pytest.raises(Invalid, match="HubName: must be build, rm or checks"):
        await a_pipeline().read(a_delivery({"hubname": hub}))


@pytest.mark.parametrize("hub", ["build", "rm", "Checks"])
async def test_every_hub_there_is_may_ask(hub: str) -> None:
    change = await read(delivery=a_delivery({"hubname": hub}))
    there = Outside(Response(status=200))
    await a_pipeline(there).report(replace(a_signoff(), change=change))
    assert f"/hubs/{hub}/plans/" in there.asked[0].url


@pytest.mark.parametrize("token", ["", "two words", "line\r\nx: y", "\udcff", "x" * 16_385])
async def test_a_credential_that_is_none_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(Invalid, match="AuthToken") as refused:
        await a_pipeline().read(a_delivery({"authtoken": token}))
    assert not token or token not in str(refused.value)


async def test_everything_that_is_missing_is_told_at_once() -> None:
    gone: dict[str, str | None] = dict.fromkeys(set(HEADERS) - {"x-countersign-secret"})
    with pytest.raises(Invalid) as refused:
        await a_pipeline().read(a_delivery(gone))
    told = {problem.field for problem in refused.value.problems}
    named = ("PlanUrl", "ProjectId", "HubName", "PlanId", "JobId", "TaskInstanceId", "AuthToken")
    assert told == {f"headers.{name}" for name in named}


async def test_the_timeline_may_be_left_out() -> None:
    change = await read(delivery=a_delivery({"timelineid": None}))
    there = Outside(Response(status=200))
    await a_pipeline(there).report(replace(a_signoff(), change=change))
    assert there.asked[0].url == EVENTS


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}', b'{"title": "a", "title": "b"}'],
)
async def test_what_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        await a_pipeline().read(Delivery(headers=HEADERS, body=body))


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"{}"])
async def test_what_is_no_change_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        await a_pipeline().read(Delivery(headers=HEADERS, body=body))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"revision": "main"}, "revision: must be a full commit id"),
        ({"revision": "$(Build.SourceVersion)"}, "revision: must be a full commit id"),
        ({"environment": None}, "environment: is required"),
        ({"callback_url": "https://evil.example/"}, "callback_url: must be left out"),
        ({"comits": []}, "comits: is not a field"),
        ({"title": "x" * 100_000}, "title: must have at most"),
        ({"author": "jun"}, "author: must be an object"),
    ],
)
async def test_a_change_that_says_something_wrong_is_invalid(
    said: dict[str, object], why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        await a_pipeline().read(a_delivery(None, **said))


async def test_only_addresses_of_the_organisation_are_links() -> None:
    change = await read(delivery=a_delivery(url="https://evil.example/"))
    assert (change.url, change.link) == ("https://evil.example/", "")


@pytest.mark.parametrize(
    "pipeline", [a_pipeline(nowhere, secret="x" * 32), a_pipeline(nowhere, name="b")]
)
async def test_with_another_secret_or_elsewhere_the_credential_stays_shut(
    pipeline: AzurePipeline,
) -> None:
    with pytest.raises(Undelivered, match="cannot be opened") as refused:
        await pipeline.report(await a_decision())
    assert refused.value.final


@pytest.mark.parametrize("field", ["project", "hub", "plan", "job", "task", "timeline"])
async def test_a_credential_of_one_check_is_not_used_for_another(field: str) -> None:
    decision = await a_decision()
    other = {**decision.change.reply_to, field: "rm" if field == "hub" else TASK.replace("3", "9")}
    moved = replace(decision, change=replace(decision.change, reply_to=other))
    with pytest.raises(Undelivered, match="cannot be opened"):
        await a_pipeline(nowhere).report(moved)
    renamed = replace(decision, change=replace(decision.change, key="another"))
    with pytest.raises(Undelivered, match="cannot be opened"):
        await a_pipeline(nowhere).report(renamed)


@pytest.mark.parametrize(
    "reply_to", [{}, {"callback_url": "https://evil.example/"}, {"plan": PLAN}]
)
async def test_a_return_address_of_another_kind_goes_nowhere(reply_to: dict[str, str]) -> None:
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(nowhere).report(a_signoff(reply_to=reply_to))
    assert refused.value.final


async def test_a_late_no_goes_to_the_check_that_was_superseded() -> None:
    older = await read()
    newer = await read(delivery=a_delivery({"planid": PROJECT}))
    there = Outside(Response(status=200), Response(status=200))
    await a_pipeline(there).report(replace(a_signoff(), change=newer))
    await a_pipeline(there).report(replace(a_signoff(Status.SUPERSEDED), change=older))
    said = [
        (asked.url.split("/plans/")[1], json.loads(asked.body)["result"]) for asked in there.asked
    ]
    assert said == [
        (f"{PROJECT}/events?api-version=7.1", "succeeded"),
        (f"{PLAN}/events?api-version=7.1", "failed"),
    ]


def test_the_config_makes_one(tmp_path: Path) -> None:
    file = tmp_path / "countersign.yaml"
    file.write_text(
        "people: {ada: {name: Ada, level: senior, slack: U0ADA}}\n"
        "groups: {all: {members: ada}}\n"
        "connections:\n"
        f"  azure: {{kind: azure, url: '{URL}/', header_secret_env: AZURE_SECRET}}\n"
    )
    chosen = settings.read(
        {
            "COUNTERSIGN_CONFIG": str(file),
            "SLACK_BOT_TOKEN": "xoxb-some-token",
            "SLACK_SIGNING_SECRET": "some-signing-secret",
            "AZURE_SECRET": SECRET,
        }
    )
    adapters = pipelines(chosen, FakeClock(), nowhere)
    assert adapters["azure"] == replace(
        a_pipeline(nowhere),
        platform=adapters["azure"].platform,  # type: ignore[attr-defined]
    )
    assert list(doors(chosen, adapters)) == []
    assert trusted_prefixes(chosen) == (f"{URL}/",)

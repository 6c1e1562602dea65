"""A run task of HCP Terraform asks, waits for ten minutes, and is answered where it waits."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import TypeAdapter

from bot import settings
from bot.connections import pipelines, trusted_prefixes
from bot.domain.change import Change, Kind
from bot.domain.signoff import Signoff, Status
from bot.pipelines.parts import Parts
from bot.pipelines.run_task import pipeline as run_task
from bot.pipelines.run_task.pipeline import RunTaskPipeline
from bot.ports import (
    Delivery,
    Discreet,
    Exacting,
    Herald,
    Impatient,
    Invalid,
    Malformed,
    Pipeline,
    Request,
    Response,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from bot.web.hooks import Hooks
from tests.builders import FakeClock
from tests.engine.house import a_house
from tests.pipelines.signoffs import NOON, REVISION, Outside, a_signoff

KEY = "an-hmac-key-of-this-run-task-alone"
TOKEN = "4QEuyyxug1f2rw.atlasv1.a-live-token"
URL = "https://app.terraform.io"
ARCHIVE = "https://archivist.terraform.io"
RESULT = "5ea8d46c-2ceb-42cd-83f2-82e54697bddd"
CALLBACK = f"{URL}/api/v2/task-results/{RESULT}/callback"
PLAN_URL = f"{URL}/api/v2/plans/plan-6AFmRJW1PFJ7qbAh/json-output"
OBJECT = f"{ARCHIVE}/v1/object/dmF1bHQ6djE6-_.~=?expires=1"

PAYLOAD: dict[str, Any] = {
    "payload_version": 1,
    "stage": "post_plan",
    "access_token": TOKEN,
    "capabilities": {"outcomes": True},
    "configuration_version_id": "cv-1",
    "is_speculative": False,
    "organization_name": "acme",
    "plan_json_api_url": PLAN_URL,
    "run_app_url": f"{URL}/app/acme/payments-production/runs/run-i3Df5to9ELvibKpQ",
    "run_created_at": "2026-11-21T11:59:00.000Z",
    "run_created_by": "jun",
    "run_id": "run-i3Df5to9ELvibKpQ",
    "run_message": "Merge pull request #12\n\nLarger database",
    "task_result_callback_url": CALLBACK,
    "task_result_enforcement_level": "mandatory",
    "task_result_id": "taskrs-2nH5dncYoXaMVQmJ",
    "vcs_branch": "main",
    "vcs_commit_url": f"https://github.com/acme/infrastructure/commit/{REVISION}",
    "vcs_pull_request_url": None,
    "vcs_repo_url": "https://github.com/acme/infrastructure",
    "workspace_app_url": f"{URL}/app/acme/payments-production",
    "workspace_id": "ws-ck4G5bb1Yei5szRh",
    "workspace_name": "payments-production",
    "workspace_working_directory": "/terraform",
}
PLAN = {
    "format_version": "1.2",
    "timestamp": "2026-11-21T11:59:30Z",
    "planned_values": {},
    "resource_changes": [
        {"address": "aws_db_instance.main", "change": {"actions": ["delete", "create"]}}
    ],
}
GO_ON = (Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED)
STOP = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)


def as_plan(**said: object) -> Response:
    return Response(status=200, body=json.dumps(PLAN | said).encode())


def leads_to(place: str) -> Response:
    return Response(status=307, headers={"location": place})


def a_pipeline(
    send: Any = None, *, key: str = KEY, name: str = "hcp", url: str = URL
) -> RunTaskPipeline:
    return run_task.make(
        Parts(
            name=name,
            url=url,
            secrets={"hmac_key": key},
            words={"archive_url": ARCHIVE},
            lists={},
            link_prefix="",
            public_url="https://sign.acme.example",
            clock=lambda: NOON,
            send=send or Outside(),
        )
    )


def signature(body: bytes, key: str = KEY, digest: str = "sha512") -> str:
    return hmac.new(key.encode(), body, digest).hexdigest()


def a_delivery(**said: object) -> Delivery:
    return as_delivery(json.dumps(PAYLOAD | said).encode())


def as_delivery(body: bytes) -> Delivery:
    return Delivery(headers={"x-tfc-task-signature": signature(body)}, body=body)


async def reads(pipeline: RunTaskPipeline, delivery: Delivery) -> Any:
    """As the intake does: what is stored is sealed."""
    return await pipeline.read(pipeline.sealed(delivery))


async def a_change(*answers: Response, **said: object) -> Change:
    found = await reads(a_pipeline(Outside(*(answers or (as_plan(),)))), a_delivery(**said))
    assert isinstance(found, Change)
    return found


async def a_decision(status: Status = Status.APPROVED) -> Signoff:
    return replace(a_signoff(status), change=await a_change())


async def nowhere(_: Request) -> Response:
    raise AssertionError("nothing is sent")


# Who is it?


def test_it_is_all_that_it_says_it_is() -> None:
    pipeline = a_pipeline()
    as_one: Pipeline = pipeline
    assert isinstance(pipeline, Discreet)
    assert isinstance(pipeline, Exacting)
    assert isinstance(pipeline, Herald)
    assert isinstance(pipeline, Impatient)
    assert pipeline.hears_every == timedelta(minutes=5)  # half of what the platform grants
    assert pipeline.waits_at_most == timedelta(hours=1)
    assert as_one.fetches
    assert not as_one.reopens


def test_the_vector_of_anybody_who_computes_it() -> None:
    body = b'{"payload_version":1}'
    proved = hmac.new(KEY.encode(), body, hashlib.sha512).hexdigest()
    pipeline = a_pipeline()
    assert pipeline.verify(Delivery(headers={"x-tfc-task-signature": proved}, body=body))


BODY = json.dumps(PAYLOAD).encode()


@pytest.mark.parametrize(
    "offered",
    [
        None,
        "",
        " ",
        "0" * 128,
        signature(BODY)[:-1],
        signature(BODY).upper(),
        signature(BODY + b" "),
        signature(BODY, key="another"),
        signature(BODY, key=""),
        signature(BODY, digest="sha256"),
        f"sha512={signature(BODY)}",
        "ä\udcff",
        "٣" * 128,
    ],
)
@pytest.mark.trap(6)
def test_what_is_not_signed_with_our_key_is_from_nobody(offered: str | None) -> None:
    headers = {} if offered is None else {"x-tfc-task-signature": offered}
    with pytest.raises(Unauthenticated) as refused:
        a_pipeline().verify(Delivery(headers=headers, body=BODY))
    assert KEY not in str(refused.value)


def test_a_connection_without_a_key_is_none() -> None:
    with pytest.raises(ValueError, match="has no HMAC key"):
        a_pipeline(key="")


def test_the_same_delivery_is_the_same_message_and_another_is_another() -> None:
    pipeline = a_pipeline()
    assert pipeline.verify(a_delivery()) == pipeline.verify(a_delivery())
    assert pipeline.verify(a_delivery()) != pipeline.verify(a_delivery(run_id="run-2"))


# What does it say?


async def test_a_run_becomes_a_change_with_its_plan() -> None:
    change = await a_change()
    assert (change.connection, change.key) == ("hcp", "taskrs-2nH5dncYoXaMVQmJ")
    assert (change.repository, change.revision) == ("acme/infrastructure", REVISION)
    assert (change.environment, change.branch) == ("payments-production", "main")
    assert (change.title, change.kind) == ("Merge pull request #12", Kind.INFRASTRUCTURE)
    assert change.author.login == "jun"
    assert change.link == PAYLOAD["run_app_url"]
    assert change.plan is not None
    assert [(it.address, it.action) for it in change.plan] == [("aws_db_instance.main", "replace")]
    assert (change.files_complete, change.commits_complete) == (False, False)
    assert change.shows_waiting


async def test_the_plan_is_asked_for_with_the_token_and_its_archive_without() -> None:
    there = Outside(leads_to(OBJECT), as_plan())
    assert await reads(a_pipeline(there), a_delivery())
    first, second = there.asked
    assert (first.method, first.url) == ("GET", PLAN_URL)
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    assert (second.method, second.url, dict(second.headers)) == ("GET", OBJECT, {})


async def test_an_installation_of_ones_own_keeps_plans_itself() -> None:
    there = Outside(leads_to("/_archivist/v1/object/abc"), as_plan())
    assert await reads(a_pipeline(there), a_delivery())
    assert there.asked[1].url == f"{URL}/_archivist/v1/object/abc"


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/v1/object/abc",
        "https://archivist.terraform.io.evil.example/",
        "https://archivist.terraform.io@evil.example/",
        "http://archivist.terraform.io/v1/object/abc",
        "//evil.example/",
        "https://[x",
        "",
        "https://169.254.169.254/",
        "\udcff",
    ],
)
async def test_a_plan_elsewhere_is_not_fetched(place: str) -> None:
    there = Outside(leads_to(place), as_plan())
    with pytest.raises(Undelivered) as refused:
        await reads(a_pipeline(there), a_delivery())
    assert refused.value.final
    assert all(asked.url.startswith(f"{URL}/") for asked in there.asked)


async def test_it_leads_on_once_and_no_further() -> None:
    there = Outside(leads_to(OBJECT), leads_to(OBJECT), as_plan())
    with pytest.raises(Undelivered) as refused:
        await reads(a_pipeline(there), a_delivery())
    assert not refused.value.final
    assert len(there.asked) == 2


async def test_the_plan_itself_is_named_in_what_we_attest() -> None:
    change = await a_change()
    assert change.artifact_digest.startswith("sha256:")
    later = await a_change(as_plan(timestamp="2026-11-21T12:30:00Z"))
    assert later.artifact_digest == change.artifact_digest
    other = await a_change(as_plan(resource_changes=[]))
    assert other.artifact_digest != change.artifact_digest


@pytest.mark.parametrize("url", [None, "", "https://github.com/acme/infrastructure/tree/main"])
async def test_without_a_commit_exactly_this_plan_is_the_revision(url: str | None) -> None:
    change = await a_change(vcs_commit_url=url)
    assert f"sha256:{change.revision}" == change.artifact_digest
    assert len(change.revision) == 64


async def test_without_a_commit_and_without_a_plan_there_is_nothing_to_sign() -> None:
    for said in ({"stage": "pre_plan"}, {"plan_json_api_url": None}):
        with pytest.raises(Invalid, match="names no commit"):
            await reads(a_pipeline(nowhere), a_delivery(vcs_commit_url=None, **said))


async def test_before_the_plan_nobody_asks_for_one() -> None:
    change = await reads(a_pipeline(nowhere), a_delivery(stage="pre_plan"))
    assert change.plan is None
    assert change.artifact_digest == ""


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_plan_that_is_not_for_us_is_unknown_and_not_empty(status: int) -> None:
    change = await a_change(Response(status=status))
    assert change.plan is None
    assert change.revision == REVISION


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=204),
        Response(status=200, body=b"<html>"),
        Response(status=200, body=b"[" * 100_000),
        Response(status=200, body=b"{}"),
        Response(status=200, body=b"null"),
        Response(status=200, body=b"\xff"),
        Response(status=500),
        Response(status=401),
    ],
)
async def test_a_plan_that_cannot_be_read_yet_is_asked_for_again(answer: Response) -> None:
    with pytest.raises(Undelivered) as refused:
        await reads(a_pipeline(Outside(answer)), a_delivery())
    assert not refused.value.final
    assert TOKEN not in str(refused.value)


async def test_a_rush_is_waited_for_and_a_silence_too() -> None:
    rush = Response(status=429, headers={"retry-after": "90"})
    with pytest.raises(Undelivered) as refused:
        await reads(a_pipeline(Outside(rush)), a_delivery())
    assert refused.value.retry_after == timedelta(seconds=90)
    with pytest.raises(Unreachable):
        await reads(a_pipeline(Outside()), a_delivery())


@pytest.mark.parametrize(
    ("said", "repository"),
    [
        ({"vcs_repo_url": "https://gitlab.com/a/b/c.git"}, "a/b/c"),
        ({"vcs_repo_url": None}, "acme/payments-production"),
        ({"vcs_repo_url": "https://github.com/a/.."}, "acme/payments-production"),
        ({"vcs_repo_url": "https://[x"}, "acme/payments-production"),
        ({"vcs_repo_url": "https://h/" + "a/" * 200}, "acme/payments-production"),
    ],
)
async def test_the_repository_is_that_of_the_code_or_the_workspace(
    said: dict[str, object], repository: str
) -> None:
    assert (await a_change(**said)).repository == repository


async def test_a_message_may_be_anything_or_nothing() -> None:
    assert (await a_change(run_message=None)).title == "Run run-i3Df5to9ELvibKpQ"
    change = await a_change(run_message="\x00 \n" + "x" * 1_000, run_created_by=None)
    assert change.title == "x" * 500
    assert "\x00" not in change.description
    assert change.triggered_by is None


async def test_only_addresses_of_the_platform_are_links() -> None:
    change = await a_change(run_app_url="https://evil.example/app")
    assert (change.url, change.link) == ("https://evil.example/app", "")


@pytest.mark.parametrize(
    ("field", "url"),
    [
        (field, url)
        for field in ("task_result_callback_url", "plan_json_api_url")
        for url in (
            "https://evil.example/api/v2/task-results/x/callback",
            "https://app.terraform.io.evil.example/api/v2/task-results/x/callback",
            "https://app.terraform.io@evil.example/api/v2/task-results/x/callback",
            f"{URL}/api/v2/task-results/../runs/callback",
            f"{URL}/api/v2/plans/../task-results/x/json-output",
            f"{CALLBACK}?x=1",
            f"{PLAN_URL}#x",
            f"{PLAN_URL}\n",
            "http://app.terraform.io/api/v2/task-results/x/callback",
            "x",
        )
    ],
)
async def test_an_address_elsewhere_is_neither_asked_nor_answered(field: str, url: str) -> None:
    with pytest.raises(Invalid, match=field):
        await reads(a_pipeline(nowhere), a_delivery(**{field: url}))


# What is not asked?


@pytest.mark.parametrize(
    "said",
    [
        {"access_token": "test-token", "run_id": None, "task_result_callback_url": None},
        {"stage": "test"},
        {"stage": None},
        {"stage": []},
        {"stage": "something_new"},
    ],
)
async def test_a_ping_and_what_is_about_something_else_are_nothing(said: dict[str, object]) -> None:
    assert await reads(a_pipeline(nowhere), a_delivery(**said)) is None


async def test_after_the_apply_it_is_too_late_to_ask() -> None:
    with pytest.raises(Invalid, match="comes when all is applied"):
        await reads(a_pipeline(nowhere), a_delivery(stage="post_apply"))


async def test_a_run_that_applies_nothing_passes_and_nobody_is_asked() -> None:
    there = Outside(Response(status=200))
    assert await reads(a_pipeline(there), a_delivery(is_speculative=True)) is None
    [asked] = there.asked
    assert (asked.method, asked.url) == ("PATCH", CALLBACK)
    assert json.loads(asked.body)["data"]["attributes"]["status"] == "passed"
    with pytest.raises(Undelivered):
        await reads(a_pipeline(Outside(Response(status=500))), a_delivery(is_speculative=True))


@pytest.mark.parametrize("said", ["true", 1, None, "false", {}])
async def test_whether_it_applies_something_is_never_guessed(said: object) -> None:
    with pytest.raises(Invalid, match="is_speculative"):
        await reads(a_pipeline(nowhere), a_delivery(is_speculative=said))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"[]", b'"x"', b"null"])
async def test_what_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        await reads(a_pipeline(nowhere), as_delivery(body))


@pytest.mark.parametrize("field", sorted(set(PAYLOAD) - {"stage"}))
@pytest.mark.parametrize("wrong", [[], {"a": 1}, 7, "x" * 100_000, "a b\x00"])
async def test_no_wrong_value_breaks_it(field: str, wrong: object) -> None:
    there = Outside(as_plan(), as_plan())
    found: Any = None
    with suppress(Invalid):
        found = await reads(a_pipeline(there), a_delivery(**{field: wrong}))
    assert found is None or b"\\u0000" not in TypeAdapter(Change).dump_json(found)


async def test_a_wrong_value_is_named_and_not_repeated() -> None:
    with pytest.raises(Invalid) as refused:
        await reads(a_pipeline(nowhere), a_delivery(run_id=7, access_token=f"{TOKEN} {TOKEN}"))
    assert {it.field for it in refused.value.problems} == {"run_id", "access_token"}
    assert TOKEN not in str(refused.value)


# What becomes of the credential?


def test_what_is_stored_of_a_delivery_says_nothing() -> None:
    kept = a_pipeline().sealed(a_delivery())
    assert dict(kept.headers) == {}
    assert TOKEN.encode() not in kept.body
    assert b"payments" not in kept.body


async def test_what_was_sealed_with_another_key_is_given_up() -> None:
    kept = a_pipeline(key="x" * 32).sealed(a_delivery())
    for broken in (kept, Delivery(headers={}, body=b"\xff"), a_delivery()):
        with pytest.raises(Undelivered, match="cannot be opened") as refused:
            await a_pipeline(nowhere).read(broken)
        assert refused.value.final


async def test_the_token_is_nowhere_but_under_seal() -> None:
    change = await a_change()
    assert TOKEN not in TypeAdapter(Change).dump_json(change).decode() + repr(change)
    assert set(map(type, change.reply_to.values())) == {str}
    assert await a_change() == change
    there = Outside(Response(status=500, body=TOKEN.encode()))
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(there).report(await a_decision())
    for shown in (str(refused.value), repr(a_pipeline())):
        assert TOKEN not in shown
        assert KEY not in shown
    assert TOKEN not in there.asked[0].url
    assert TOKEN.encode() not in there.asked[0].body


def _holds(folder: Path, text: str) -> bool:
    return any(text.encode() in file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_neither_the_inbox_nor_the_audit_trail_ever_holds_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    there = Outside(Response(status=500), as_plan())
    adapters: Mapping[str, Any] = {"hcp": a_pipeline(there)}
    async with a_house(tmp_path, pipelines=adapters) as house:
        assert await house.intake.receive("hcp", a_delivery()) is None
        assert (tmp_path / "countersign.db").exists()
        assert not _holds(tmp_path, TOKEN)
        await house.intake.read_waiting()
        assert not _holds(tmp_path, TOKEN)
        house.clock.now += timedelta(minutes=10)
        await house.intake.read_waiting()
        [pending] = await house.board.pending()
        assert pending.change.key == PAYLOAD["task_result_id"]
        assert not _holds(tmp_path, TOKEN)
    assert not _holds(tmp_path, TOKEN)
    assert TOKEN not in caplog.text


async def test_the_receipt_is_200_and_a_forgery_has_none(tmp_path: Path) -> None:
    adapters: Mapping[str, Any] = {"hcp": a_pipeline(Outside(as_plan()))}
    async with a_house(tmp_path, pipelines=adapters) as house:
        app = web.Application()
        hooks = Hooks(intake=house.intake, public_url="https://sign.acme.example")
        app.router.add_post("/hooks/{connection}", hooks.receive)
        async with TestClient(TestServer(app)) as platform:
            for said in (a_delivery(), a_delivery(), a_delivery(access_token="test-token")):
                answer = await platform.post("/hooks/hcp", data=said.body, headers=said.headers)
                assert (answer.status, await answer.json()) == (200, {"status": "received"})


# And the answer?


@pytest.mark.parametrize("status", [*GO_ON, *STOP])
async def test_the_task_is_answered_by_one_request_to_the_byte(status: Status) -> None:
    there = Outside(Response(status=200))
    await a_pipeline(there).report(await a_decision(status))
    [asked] = there.asked
    assert (asked.method, asked.url) == ("PATCH", CALLBACK)
    assert dict(asked.headers) == {
        "accept": "application/json",
        "content-type": "application/vnd.api+json",
        "authorization": f"Bearer {TOKEN}",
    }
    said = json.loads(asked.body)
    message = said["data"]["attributes"].pop("message")
    assert message.endswith("(Countersign sgn_1)")
    word = "passed" if status in GO_ON else "failed"
    assert said == {"data": {"type": "task-results", "attributes": {"status": word}}}


async def test_whoever_looks_there_sees_that_it_waits() -> None:
    there = Outside(Response(status=200))
    await a_pipeline(there).show_waiting(await a_decision(Status.PENDING))
    [asked] = there.asked
    assert (asked.method, asked.url) == ("PATCH", CALLBACK)
    assert json.loads(asked.body)["data"]["attributes"] == {
        "status": "running",
        "message": "Waits for a sign-off (Countersign sgn_1)",
    }


@pytest.mark.parametrize("changes", [{"key": "another-key-of-the-task-after-that"}, {"name": "b"}])
async def test_with_another_key_or_elsewhere_the_token_stays_shut(changes: dict[str, str]) -> None:
    with pytest.raises(Undelivered, match="cannot be opened") as refused:
        await a_pipeline(nowhere, **changes).report(await a_decision())
    assert refused.value.final


async def test_the_token_of_one_result_is_not_used_for_another() -> None:
    decision = await a_decision()
    other = {**decision.change.reply_to, "result": "6ea8d46c-2ceb-42cd-83f2-82e54697bddd"}
    with pytest.raises(Undelivered, match="cannot be opened"):
        await a_pipeline(nowhere).report(
            replace(decision, change=replace(decision.change, reply_to=other))
        )


@pytest.mark.parametrize("reply_to", [{}, {"callback_url": "https://e.example/"}, {"result": "x"}])
async def test_a_return_address_of_another_kind_goes_nowhere(reply_to: dict[str, str]) -> None:
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(nowhere).report(a_signoff(reply_to=reply_to))
    assert refused.value.final


async def test_a_late_answer_goes_to_the_run_that_was_superseded() -> None:
    newer = f"{URL}/api/v2/task-results/newer/callback"
    change = await a_change(task_result_id="taskrs-2", task_result_callback_url=newer)
    there = Outside(Response(status=200), Response(status=200))
    await a_pipeline(there).report(replace(a_signoff(), change=change))
    await a_pipeline(there).report(await a_decision(Status.SUPERSEDED))
    assert [asked.url for asked in there.asked] == [newer, CALLBACK]


# And the config?


def test_the_config_makes_one(tmp_path: Path) -> None:
    file = tmp_path / "countersign.yaml"
    file.write_text(
        "people: {ada: {name: Ada, level: senior, slack: U0ADA}}\n"
        "groups: {all: {members: ada}}\n"
        "connections:\n"
        "  hcp: {kind: terraform-run-task, hmac_key_env: RUN_TASK_KEY}\n"
        "  tfe: {kind: terraform-run-task, hmac_key_env: TFE_KEY, url: 'https://tfe.acme.example'}\n"
    )
    chosen = settings.read(
        {
            "COUNTERSIGN_CONFIG": str(file),
            "SLACK_BOT_TOKEN": "xoxb-some-token",
            "SLACK_SIGNING_SECRET": "some-signing-secret",
            "RUN_TASK_KEY": KEY,
            "TFE_KEY": KEY + "2",
        }
    )
    adapters: Any = pipelines(chosen, FakeClock(), nowhere)
    assert adapters["hcp"] == replace(a_pipeline(), platform=adapters["hcp"].platform)
    assert adapters["hcp"].platform.url == URL
    assert adapters["tfe"].link_prefix == "https://tfe.acme.example"
    theirs = (f"{URL}/", "https://tfe.acme.example/", ARCHIVE)
    assert trusted_prefixes(chosen) == theirs

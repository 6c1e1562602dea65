"""Any pipeline that signs JSON can ask for a signoff, and hears of the decision."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from bot.domain.change import AiStatement, Change, Check, Commit, FileChange, Identity, Kind, Mark
from bot.domain.signoff import Status
from bot.pipelines.signatures import secret_key, sign
from bot.pipelines.webhook import LONG_BODY, WebhookPipeline
from bot.ports import (
    Delivery,
    Invalid,
    Landing,
    Malformed,
    Pipeline,
    Response,
    Sighting,
    Undelivered,
)
from tests.pipelines.signoffs import NOON, REVISION, Outside, a_signoff

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PREFIX = "https://ci.acme.example/signoff/"
LEAST: dict[str, Any] = {
    "key": "payments-api/deploy/4711",
    "repository": "acme/payments-api",
    "revision": REVISION,
    "environment": "production",
    "title": "Retry refunds",
    "author": {"login": "jun"},
}


def a_pipeline(*answers: Response, **settings: Any) -> WebhookPipeline:
    given: dict[str, Any] = {
        "name": "payments-ci",
        "secrets": (secret_key(SECRET),),
        "clock": lambda: NOON,
        "send": Outside(*answers),
        "public_url": "https://sign.acme.example",
        "callback_prefix": PREFIX,
    }
    return WebhookPipeline(**(given | settings))


def a_delivery(envelope: object, **headers: str) -> Delivery:
    body = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
    return Delivery(headers=sign(secret_key(SECRET), "msg_1", NOON, body) | headers, body=body)


def ready(**data: object) -> Delivery:
    return a_delivery({"type": "change.ready", "data": LEAST | data})


def test_it_is_a_pipeline() -> None:
    pipeline: Pipeline = a_pipeline()
    assert pipeline.verify(ready()) == "msg_1"
    assert not pipeline.fetches


@pytest.mark.parametrize("secrets", [(), (b"",), (secret_key(SECRET), b"")])
def test_a_connection_without_a_secret_is_never_made(secrets: tuple[bytes, ...]) -> None:
    a_pipeline()
    with pytest.raises(ValueError, match="no secret"):
        a_pipeline(secrets=secrets)


async def test_what_is_required_is_enough() -> None:
    change = await a_pipeline().read(ready())
    assert isinstance(change, Change)
    assert (change.connection, change.key) == ("payments-ci", "payments-api/deploy/4711")
    assert change.author == Identity(login="jun")
    assert change.kind is Kind.SOFTWARE
    assert change.ai is None
    assert change.reply_to == {}
    assert not change.files_complete
    assert not change.commits_complete


async def test_everything_that_may_be_said_is_kept() -> None:
    person = {"name": "Jun Ito", "email": "jun@acme.example", "login": "jun"}
    jun = Identity(name="Jun Ito", email="jun@acme.example", login="jun")
    change = await a_pipeline().read(
        ready(
            base_revision="b" * 64,
            tree="e" * 64,
            kind="infrastructure",
            description="why",
            url="https://git.example/pull/12",
            triggered_by=person,
            commits=[{"sha": "c" * 40, "message": "x", "author": person, "committer": person}],
            files=[{"path": "b", "previous_path": "a", "additions": 40, "deletions": 3}],
            artifact_digest="sha256:" + "d" * 64,
            ai={"assisted": True, "tools": ["t"], "prompted_by": person, "rationale": "so"},
            checks=[{"name": "tests", "conclusion": "success", "url": "https://ci.example/1"}],
            callback_url=f"{PREFIX}4711",
        )
    )
    assert isinstance(change, Change)
    assert (change.base_revision, change.kind) == ("b" * 64, Kind.INFRASTRUCTURE)
    assert change.tree == "e" * 64
    assert (change.description, change.url) == ("why", "https://git.example/pull/12")
    assert change.triggered_by == jun
    assert change.commits == (Commit(sha="c" * 40, message="x", author=jun, committer=jun),)
    assert change.files == (
        FileChange(path="b", previous_path="a", additions=40, deletions=3, marks=(Mark.UNSEEN,)),
    )
    assert change.files_complete
    assert change.commits_complete
    assert change.artifact_digest == "sha256:" + "d" * 64
    assert change.ai == AiStatement(assisted=True, tools=("t",), prompted_by=jun, rationale="so")
    assert change.checks == (Check(name="tests", conclusion="success", url="https://ci.example/1"),)
    assert change.reply_to == {"callback_url": f"{PREFIX}4711"}


async def test_null_is_the_same_as_left_out() -> None:
    optional = (
        "base_revision kind description url triggered_by commits files artifact_digest ai checks "
        "callback_url lineage branch labels pushed_by codeowners policies plan scaling incidents "
        "history partial tree"
    )
    pipeline = a_pipeline()
    nothing = await pipeline.read(ready(**dict.fromkeys(optional.split())))
    assert nothing == await pipeline.read(ready())


async def test_an_empty_list_was_stated_and_is_complete() -> None:
    change = await a_pipeline().read(ready(kind="scaling", files=[], commits=[]))
    assert isinstance(change, Change)
    assert change.files_complete
    assert change.commits_complete


@pytest.mark.parametrize("partial", [True, False])
async def test_a_part_of_a_change_is_not_all_of_it(partial: bool) -> None:
    stated = ready(files=[{"path": "a"}], commits=[], partial=partial)
    change = await a_pipeline().read(stated)
    assert isinstance(change, Change)
    assert change.files_complete is not partial
    assert change.commits_complete is not partial


@pytest.mark.parametrize("ai", [{}, {"tools": ["claude-code"]}])
async def test_details_about_ai_without_a_yes_or_no_are_neither(ai: object) -> None:
    change = await a_pipeline().read(ready(ai=ai))
    assert isinstance(change, Change)
    assert change.ai is not None
    assert change.ai.assisted is None


async def test_only_links_below_the_link_prefix_are_vouched_for() -> None:
    pipeline = a_pipeline(link_prefix="https://git.example/acme/")
    inside = await pipeline.read(ready(url="https://git.example/acme/x/pull/1"))
    outside = await pipeline.read(ready(url="https://git.example.evil/acme/x/pull/1"))
    unsaid = await a_pipeline().read(ready(url="https://git.example/acme/x/pull/1"))
    assert isinstance(inside, Change)
    assert isinstance(outside, Change)
    assert isinstance(unsaid, Change)
    assert inside.link == inside.url
    assert (outside.link, unsaid.link) == ("", "")


async def test_a_push_is_seen_and_asks_for_nothing() -> None:
    data = {key: said for key, said in LEAST.items() if key != "environment"}
    seen = await a_pipeline().read(a_delivery({"type": "change.pushed", "data": data}))
    assert isinstance(seen, Sighting)
    assert seen.change.environment == ""
    ready_soon = await a_pipeline().read(ready())
    assert isinstance(ready_soon, Change)
    assert replace(ready_soon, environment="") == seen.change


async def test_a_push_may_name_an_environment() -> None:
    seen = await a_pipeline().read(a_delivery({"type": "change.pushed", "data": LEAST}))
    assert isinstance(seen, Sighting)
    assert seen.change.environment == "production"


def landed(sort: str = "change.deployed", **data: object) -> Delivery:
    return a_delivery({"type": sort, "data": {"key": LEAST["key"]} | data})


@pytest.mark.parametrize(
    ("sort", "succeeded"), [("change.deployed", True), ("change.failed", False)]
)
async def test_what_came_of_a_change_is_told_under_its_key(sort: str, succeeded: bool) -> None:
    assert await a_pipeline().read(landed(sort)) == Landing(
        connection="payments-ci", key="payments-api/deploy/4711", succeeded=succeeded
    )


async def test_and_with_a_line_for_people() -> None:
    said = await a_pipeline().read(landed("change.failed", detail=" 3 of 8 pods are up: näh "))
    assert isinstance(said, Landing)
    assert said.detail == "3 of 8 pods are up: näh"
    for nothing in ({}, {"detail": None}, {"detail": ""}):
        unsaid = await a_pipeline().read(landed(**nothing))
        assert isinstance(unsaid, Landing)
        assert unsaid.detail == ""


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"detail": "a\nb"}, "data.detail", "one line without control characters"),
        ({"detail": "a\u202eb"}, "data.detail", "one line without control characters"),
        ({"detail": "a" * 201}, "data.detail", "at most 200 characters"),
        ({"detail": 500}, "data.detail", "must be a text"),
        ({"key": ""}, "data.key", "must not be empty"),
        ({"key": "a" * 201}, "data.key", "at most 200 characters"),
        ({"key": None}, "data.key", "must be a text"),
        ({"details": "a"}, "data.details", "is not a field we know"),
        ({"status": "success"}, "data.status", "is not a field we know"),
    ],
)
async def test_whatever_is_wrong_with_what_came_of_it_is_told(
    wrong: dict[str, object], field: str, words: str
) -> None:
    assert isinstance(await a_pipeline().read(landed(detail="a" * 200)), Landing)
    with pytest.raises(Invalid) as caught:
        await a_pipeline().read(landed(**wrong))
    [problem] = caught.value.problems
    assert problem.field == field
    assert words in problem.detail


async def test_without_a_key_nobody_knows_what_landed() -> None:
    with pytest.raises(Invalid) as caught:
        await a_pipeline().read(a_delivery({"type": "change.deployed", "data": {}}))
    assert [problem.field for problem in caught.value.problems] == ["data.key"]


def test_a_run_that_was_told_no_may_be_told_yes_later() -> None:
    assert a_pipeline().reopens


async def test_what_asks_to_be_shipped_must_say_where_to() -> None:
    for nothing in ({}, {"environment": None}):
        data = {key: said for key, said in LEAST.items() if key != "environment"} | nothing
        with pytest.raises(Invalid) as caught:
            await a_pipeline().read(a_delivery({"type": "change.ready", "data": data}))
        assert [problem.field for problem in caught.value.problems] == ["data.environment"]


async def test_over_the_api_a_push_cannot_be_told() -> None:
    data = {key: said for key, said in LEAST.items() if key != "environment"}
    assert a_pipeline().read_data(LEAST)
    with pytest.raises(Invalid):
        a_pipeline().read_data(data)


async def test_a_long_message_is_read_like_a_short_one() -> None:
    short, long = ready(), ready(description="d" * 65_536, branch="b")
    assert len(long.body) > LONG_BODY > len(short.body)
    change = await a_pipeline().read(long)
    assert isinstance(change, Change)
    assert change.branch == "b"
    with pytest.raises(Invalid):
        await a_pipeline().read(ready(description="d" * 65_537))


@pytest.mark.parametrize("sort", ["change.withdrawn", "ping", "change.ready "])
async def test_a_type_we_do_not_know_is_told_so(sort: str) -> None:
    with pytest.raises(Invalid) as invalid:
        await a_pipeline().read(a_delivery({"type": sort, "data": LEAST}))
    assert [problem.field for problem in invalid.value.problems] == ["type"]


@pytest.mark.parametrize(
    ("envelope", "field"),
    [
        ({"data": LEAST}, "type"),
        ({"type": None, "data": LEAST}, "type"),
        ({"type": "change.ready"}, "data"),
        ({"type": "change.ready", "data": None}, "data"),
        ({"type": "change.ready", "data": [LEAST]}, "data"),
    ],
)
async def test_a_message_of_another_shape_is_invalid(envelope: object, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        await a_pipeline().read(a_delivery(envelope))
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b'{"type": 1, "type": 2}', b"\xff"])
async def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        await a_pipeline().read(a_delivery(body))


async def test_every_problem_is_told_at_once_in_words() -> None:
    with pytest.raises(Invalid) as caught:
        await a_pipeline().read(
            ready(
                title=" ",
                author={},
                files=[{"path": "a"}, {"path": 7, "addition": 1}],
                comits=[],
                callback_url="https://evil.example/",
            )
        )
    assert {problem.field: problem.detail for problem in caught.value.problems} == {
        "data.title": "must not be empty or hold NUL characters",
        "data.author": "must have a login or an email",
        "data.files[1].path": "must be a text",
        "data.files[1].addition": "is not a field we know; is it a typing error?",
        "data.comits": "is not a field we know; is it a typing error?",
        "data.callback_url": "must lie under the callback_prefix of this connection",
    }


async def test_without_a_callback_prefix_no_callback_is_taken() -> None:
    given = ready(callback_url=f"{PREFIX}4711")
    assert await a_pipeline().read(given)
    with pytest.raises(Invalid, match="no callback_prefix"):
        await a_pipeline(callback_prefix="").read(given)


async def test_an_approval_is_reported_where_it_was_asked_for() -> None:
    outside = Outside(Response(status=204))
    await a_pipeline(send=outside).report(a_signoff(reply_to={"callback_url": f"{PREFIX}4711"}))
    request = outside.asked[0]
    assert (request.method, request.url) == ("POST", f"{PREFIX}4711")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "msg_sgn_1_approved"
    assert json.loads(request.body)["data"]["proceed"] is True
    expected = Webhook(SECRET).sign("msg_sgn_1_approved", NOON, request.body.decode())
    assert request.headers["webhook-signature"] == expected


async def test_a_report_is_the_same_message_however_late_it_is_sent_again() -> None:
    outside = Outside(Response(status=200), Response(status=200))
    later = iter((NOON, NOON + timedelta(days=2)))
    pipeline = a_pipeline(send=outside, clock=lambda: next(later))
    signoff = a_signoff(reply_to={"callback_url": PREFIX})
    await pipeline.report(signoff)
    await pipeline.report(signoff)
    first, second = outside.asked
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


@pytest.mark.parametrize("status", [s for s in Status if s.is_final])
async def test_each_decision_has_its_own_message_id(status: Status) -> None:
    outside = Outside(Response(status=200))
    await a_pipeline(send=outside).report(a_signoff(status, reply_to={"callback_url": PREFIX}))
    assert outside.asked[0].headers["webhook-id"] == f"msg_sgn_1_{status}"


async def test_whoever_gave_no_address_polls_and_hears_nothing() -> None:
    outside = Outside()
    await a_pipeline(send=outside).report(a_signoff(reply_to={}))
    assert outside.asked == []


@pytest.mark.parametrize("prefix", ["", "https://ci.acme.example/other/"])
async def test_an_address_that_is_no_longer_allowed_is_not_posted_to(prefix: str) -> None:
    outside = Outside(Response(status=200))
    with pytest.raises(Undelivered, match="callback_prefix") as caught:
        await a_pipeline(send=outside, callback_prefix=prefix).report(
            a_signoff(reply_to={"callback_url": f"{PREFIX}4711"})
        )
    assert caught.value.final
    assert outside.asked == []


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 502, 503])
async def test_any_other_answer_is_a_failure_to_be_tried_again(status: int) -> None:
    with pytest.raises(Undelivered, match=str(status)) as caught:
        await a_pipeline(Response(status=status, headers={"retry-after": "7"})).report(
            a_signoff(reply_to={"callback_url": PREFIX})
        )
    assert not caught.value.final
    assert caught.value.retry_after == timedelta(seconds=7)

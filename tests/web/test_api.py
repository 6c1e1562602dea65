"""A build job asks by token: it announces, waits, and takes the evidence home; others learn nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.demo.scene import SENIOR, TOKEN, Scene
from bot.domain.signoff import Signoff
from bot.signing import BadEnvelope, fingerprint, verify
from bot.web.api import Api, Door
from tests.builders import a_signoff
from tests.pipelines.github.fake_github import app_key, pem
from tests.web.ci import BEARER, HOOK, OTHER_SECRET, SIGNOFFS, Ci, Heard, request

OTHER_TOKEN = "a-token-of-another-team"
CONNECTIONS = "connections:\n"
MORE = (
    CONNECTIONS
    + "  other-ci: {kind: webhook, secret_env: OTHER_SECRET, token_env: OTHER_TOKEN}\n"
    + "  github: {kind: github, app_id: 7, private_key_env: KEY, webhook_secret_env: HOOK_SECRET,"
    + " token_env: GITHUB_TOKEN}\n"
)


@pytest.fixture
async def others(scene: Scene) -> None:
    """The house has two more connections."""
    await scene.stop()
    scene.config = scene.config.replace(CONNECTIONS, MORE)
    scene.environ = {
        "OTHER_SECRET": OTHER_SECRET,
        "OTHER_TOKEN": OTHER_TOKEN,
        "KEY": pem(app_key()),
        "HOOK_SECRET": "a-secret-of-github",
        "GITHUB_TOKEN": "a-token-for-github",
    }
    await scene.start()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# Announcing.


async def test_a_change_is_announced_with_a_token(ci: Ci, scene: Scene):
    data = ci.change()
    first, again = [await ci.post(json.dumps(data).encode(), BEARER, SIGNOFFS) for _ in range(2)]
    assert (first.status, again.status) == (202, 200)
    assert first.said == again.said
    assert first.said["status"] == "pending"
    assert first.said["url"].endswith(f"{SIGNOFFS}/{first.said['id']}")
    await scene.shown(first.said["id"])


async def test_by_hook_or_by_token_it_is_the_same_change(ci: Ci):
    data = ci.change()
    by_hook = await ci.post(json.dumps({"type": "change.ready", "data": data}).encode())
    by_token = await ci.post(json.dumps(data).encode(), BEARER, SIGNOFFS)
    assert (by_hook.status, by_token.status) == (202, 200)
    assert by_hook.said == by_token.said
    other = json.dumps({**data, "title": "Something else"}).encode()
    ci.check_problem(await ci.post(other, BEARER, SIGNOFFS), 409, "used before")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"key": 1, "key": 1}', b"[" * 99_999])
async def test_no_change_at_all_is_malformed(ci: Ci, body: bytes):
    ci.check_problem(await ci.post(body, BEARER, SIGNOFFS), 400)


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"{}", b'{"key": null}'])
async def test_a_wrong_change_says_what_is_wrong_with_it(ci: Ci, body: bytes):
    said = ci.check_problem(await ci.post(body, BEARER, SIGNOFFS), 422)
    assert all(error["field"].startswith("data") for error in said["errors"])


@pytest.mark.parametrize(("reach", "status"), [("acme/*", 202), ("[acme/sandbox, other/*]", 422)])
async def test_a_connection_speaks_of_its_repositories(
    reach: str, status: int, ci: Ci, scene: Scene
):
    await scene.stop()
    found = scene.config.replace("{kind: webhook", f"{{kind: webhook, repositories: {reach}", 1)
    assert found != scene.config
    scene.config = found
    await scene.start()
    body = json.dumps(ci.change()).encode()
    heard = await ci.post(body, BEARER, SIGNOFFS)
    assert heard.status == status, heard.body
    if status == 422:
        (error,) = ci.check_problem(heard, 422)["errors"]
        assert error["field"] == "data.repository"
        assert error["detail"].startswith("is none that payments-ci speaks of")


async def test_a_large_body_is_refused_before_it_is_sent(ci: Ci):
    headers = [*BEARER.items(), ("Content-Length", str(5 * 2**20 + 1))]
    ci.check_problem(await ci.wire(request("POST", SIGNOFFS, headers)), 413, "5 MiB")


async def test_an_event_connection_cannot_announce_by_token(ci: Ci, others: None):
    body = json.dumps(ci.change()).encode()
    ci.check_problem(await ci.post(body, _bearer("a-token-for-github"), SIGNOFFS), 403, "webhook")


# Who may.

WRONG: list[dict[str, str]] = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": TOKEN},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": f"Token {TOKEN}"},
    {"Authorization": f"Bearer: {TOKEN}"},
    {"Authorization": f"Bearer Bearer {TOKEN}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": f"Bearer {TOKEN.upper()}"},
    {"Authorization": f"Bearer {TOKEN},{TOKEN}"},
    {"Authorization": "Bearer ключ-на-другом-языке"},
    {"Authorization": "Bearer " + "x" * 4_000},
    {"Cookie": f"token={TOKEN}"},
    {"X-Api-Key": TOKEN},
]


@pytest.mark.parametrize("headers", WRONG)
async def test_without_the_token_nobody_hears_anything(ci: Ci, headers: dict[str, str]):
    known = (await ci.announce_by_token()).said["id"]
    answers = [
        await ci.post(json.dumps(ci.change()).encode(), headers, SIGNOFFS),
        await ci.ask("GET", f"{SIGNOFFS}/{known}", headers),
        await ci.ask("GET", f"{SIGNOFFS}/{known}?wait=30", headers),
        await ci.ask("GET", f"{SIGNOFFS}/{known}/attestation", headers),
        await ci.ask("GET", f"{SIGNOFFS}/sgn_unknown", headers),
    ]
    for heard in answers:
        ci.check_problem(heard, 401, "missing, wrong or too old")
    assert len({heard.body for heard in answers}) == 1


async def test_bytes_that_are_no_text_are_no_token(ci: Ci):
    raw = request("GET", f"{SIGNOFFS}/x", [("Authorization", "Bearer \udcff\udcfe")])
    ci.check_problem(await ci.wire(raw), 401)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_is_written_as_one_likes(ci: Ci, scheme: str):
    heard = await ci.ask("GET", f"{SIGNOFFS}/x", {"Authorization": f"{scheme} {TOKEN}"})
    ci.check_problem(heard, 404, "no such signoff")


async def test_a_token_in_the_address_is_no_token(ci: Ci):
    ci.check_problem(await ci.ask("GET", f"{SIGNOFFS}/x?token={TOKEN}&access_token={TOKEN}"), 401)


@pytest.mark.parametrize("more", ["", "?wait=30", "/attestation"])
async def test_what_belongs_to_others_looks_like_what_is_not_there(ci: Ci, others: None, more: str):
    theirs = (await ci.announce_by_token()).said["id"]
    asked = await ci.ask("GET", f"{SIGNOFFS}/{theirs}{more}", _bearer(OTHER_TOKEN))
    unknown = await ci.ask("GET", f"{SIGNOFFS}/sgn_aaaaaaaaaaaaaaaa{more}", _bearer(OTHER_TOKEN))
    ci.check_problem(asked, 404, "no such signoff")
    assert _said_to_a_stranger(asked) == _said_to_a_stranger(unknown)
    assert (await ci.get(f"{SIGNOFFS}/{theirs}")).status == 200


async def test_the_same_key_of_two_teams_is_two_changes(ci: Ci, others: None):
    body = json.dumps(ci.change(callback_url=None)).encode()
    ours, theirs = [await ci.post(body, _bearer(t), SIGNOFFS) for t in (TOKEN, OTHER_TOKEN)]
    assert (ours.status, theirs.status) == (202, 202)
    assert ours.said["id"] != theirs.said["id"]


async def test_a_message_signed_for_one_connection_is_not_good_for_another(ci: Ci, others: None):
    body = ci.message(callback_url=None)
    ci.check_problem(await ci.post(body, ci.signed(body), "/hooks/other-ci"), 401)
    other = ci.signed(body, secret=OTHER_SECRET)
    ci.check_problem(await ci.post(body, other, HOOK), 401)
    assert (await ci.post(body, other, "/hooks/other-ci")).status == 202


@pytest.mark.parametrize(
    "name", ["sgn_", "%00", "%ff", "%F0%9F%92%A9", "' OR 1=1 --", "%", "sgn_%2e", "x" * 4_000]
)
async def test_an_id_may_be_anything_and_is_unknown(ci: Ci, name: str):
    ci.check_problem(await ci.get(f"{SIGNOFFS}/{name}"), 404)


# Waiting.


async def test_who_waits_hears_the_decision_when_it_falls(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    card = await scene.shown(signoff_id)
    waiting = asyncio.create_task(ci.get(f"{SIGNOFFS}/{signoff_id}?wait=30"))
    await scene.slack.wait_for(lambda: _waits_for(scene, signoff_id))
    await scene.press(SENIOR, card, "Approve")
    heard = await asyncio.wait_for(waiting, 5)
    assert (heard.said["status"], heard.said["proceed"]) == ("approved", True)


async def test_who_waits_for_what_is_superseded_hears_it_at_once(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    waiting = asyncio.create_task(ci.get(f"{SIGNOFFS}/{signoff_id}?wait=30"))
    await scene.slack.wait_for(lambda: _waits_for(scene, signoff_id))
    await ci.post(ci.message())
    heard = await asyncio.wait_for(waiting, 5)
    assert (heard.said["status"], heard.said["proceed"]) == ("superseded", False)


async def test_a_hundred_who_wait_all_hear_it(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    card = await scene.shown(signoff_id)
    waiting = [asyncio.create_task(ci.get(f"{SIGNOFFS}/{signoff_id}?wait=30")) for _ in range(90)]
    await scene.slack.wait_for(lambda: _waits_for(scene, signoff_id))
    await scene.press(SENIOR, card, "Approve")
    heard = await asyncio.wait_for(asyncio.gather(*waiting), 10)
    assert {answer.said["status"] for answer in heard} == {"approved"}


async def test_what_is_decided_is_not_waited_for(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    heard = await asyncio.wait_for(ci.get(f"{SIGNOFFS}/{signoff_id}?wait=30"), 5)
    assert heard.said["status"] == "approved"


async def test_when_the_time_is_over_it_is_still_pending(ci: Ci):
    signoff_id = (await ci.post(ci.message())).said["id"]
    began = asyncio.get_running_loop().time()
    heard = await ci.get(f"{SIGNOFFS}/{signoff_id}?wait=1")
    assert 1 <= asyncio.get_running_loop().time() - began < 5
    assert (heard.said["status"], heard.said["proceed"]) == ("pending", False)


async def test_a_house_that_closes_keeps_nobody_waiting(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    waiting = asyncio.create_task(ci.get(f"{SIGNOFFS}/{signoff_id}?wait=30"))
    await scene.slack.wait_for(lambda: _waits_for(scene, signoff_id))
    await asyncio.wait_for(scene.stop(), 10)
    heard = await waiting
    assert (heard.status, heard.said["status"]) == (200, "pending")
    await scene.start()
    assert (await ci.get(f"{SIGNOFFS}/{signoff_id}")).said["status"] == "pending"


async def test_who_hangs_up_while_waiting_does_no_harm(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    card = await scene.shown(signoff_id)
    asked = request("GET", f"{SIGNOFFS}/{signoff_id}?wait=30", BEARER.items())
    for _ in range(5):
        await ci.wire(asked, hang_up=True)
    await scene.press(SENIOR, card, "Approve")
    await scene.shown(signoff_id, "was told to go on")
    await ci.loses_nothing()


@pytest.mark.parametrize("wait", ["x", "-1", "1.5", "", "+1", "1e1", "²", "٣", "0x1", "30s", "%00"])
async def test_a_wait_is_whole_seconds(ci: Ci, wait: str):
    signoff_id = (await ci.post(ci.message())).said["id"]
    heard = await ci.get(f"{SIGNOFFS}/{signoff_id}?wait={wait}")
    ci.check_problem(heard, 400, "whole number of seconds")


class _Patient:
    """A board where everything is pending, which notes how long one would have waited."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self.pending = a_signoff()

    async def signoff(self, _: str) -> Signoff:
        return self.pending

    async def wait(self, _: str, seconds: float) -> Signoff:
        self.waited.append(seconds)
        return self.pending


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [("1", 1), ("030", 30), ("30", 30), ("31", 30), ("99999", 30), ("9" * 5_000, 30),
     ("0" * 5_000 + "2", 2)],
)  # fmt: skip
async def test_nobody_waits_longer_than_thirty_seconds(wait: str, seconds: float):
    board: Any = _Patient()
    unused: Any = None
    connection = board.pending.change.connection
    door = Door(connection=connection, token=TOKEN.encode(), read=None)
    api = Api(
        doors=(door,), signoffs=unused, board=board, result=_status, attested=unused, public_url=""
    )
    app = web.Application()
    app.router.add_get("/{id}", api.get)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(f"/sgn_1?wait={wait}", headers=BEARER)
        assert (answer.status, await answer.json()) == (200, {"status": "pending"})
    assert board.waited == [seconds]


async def test_not_to_wait_is_to_be_answered_now(ci: Ci):
    signoff_id = (await ci.post(ci.message())).said["id"]
    for query in ("", "?wait=0", "?wait=000"):
        assert (await ci.get(f"{SIGNOFFS}/{signoff_id}{query}")).said["status"] == "pending"


# The evidence.


@pytest.fixture
async def approved(ci: Ci, scene: Scene) -> str:
    """The id of a signoff that Ada approved."""
    signoff_id = str((await ci.post(ci.message(artifact_digest="sha256:" + "c" * 64))).said["id"])
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    await scene.shown(signoff_id, "was told to go on")
    await scene.house.settle()
    return signoff_id


async def test_before_the_decision_there_is_no_attestation(ci: Ci):
    signoff_id = (await ci.post(ci.message())).said["id"]
    ci.check_problem(
        await ci.get(f"{SIGNOFFS}/{signoff_id}/attestation"), 404, "until it is decided"
    )


async def test_afterwards_there_is_one_that_we_can_verify(ci: Ci, scene: Scene, approved: str):
    heard = await ci.get(f"{SIGNOFFS}/{approved}/attestation")
    assert heard.headers["content-type"].startswith("application/vnd.dsse.envelope.v1+json")
    statement: Any = verify(heard.body.decode(), scene.public_key())
    told = (await ci.get(f"{SIGNOFFS}/{approved}")).said
    assert statement["subject"] == [
        {
            "name": f"git+https://git.acme.example/{told['repository']}",
            "digest": {"gitCommit": told["revision"]},
        },
        {"name": "artifact", "digest": {"sha256": "c" * 64}},
    ]
    said = statement["predicate"]
    assert (said["signoff"], said["status"], said["proceed"]) == (approved, "approved", True)
    assert [review["person"] for review in said["reviews"]] == ["ada"]
    assert (said["policyDigest"], said["environment"]) == (told["policy_digest"], "production")
    assert told["attestation_url"].endswith(f"{SIGNOFFS}/{approved}/attestation")


async def test_anyone_can_verify_it_without_our_code(ci: Ci, scene: Scene, approved: str):
    envelope = (await ci.get(f"{SIGNOFFS}/{approved}/attestation")).said
    payload = base64.b64decode(envelope["payload"], validate=True)
    sort = envelope["payloadType"]
    encoded = f"DSSEv1 {len(sort)} {sort} {len(payload)} ".encode() + payload
    [signature] = envelope["signatures"]
    scene.public_key().verify(base64.b64decode(signature["sig"], validate=True), encoded)
    assert sort == "application/vnd.in-toto+json"
    assert signature["keyid"] == fingerprint(scene.public_key())
    assert payload == rfc8785.dumps(json.loads(payload))
    assert json.loads(payload)["_type"] == "https://in-toto.io/Statement/v1"


async def test_the_digest_of_the_decision_can_be_computed_again(ci: Ci, approved: str):
    told = (await ci.get(f"{SIGNOFFS}/{approved}")).said
    rest = {k: v for k, v in told.items() if k not in ("decision_digest", "attestation_url")}
    assert told["decision_digest"] == "sha256:" + hashlib.sha256(rfc8785.dumps(rest)).hexdigest()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: e["payload"].replace("A", "B"),
        lambda e: base64.b64encode(base64.b64decode(e["payload"]) + b" ").decode(),
        lambda e: _with_predicate(e, proceed=False),
        lambda e: _with_predicate(e, environment="staging"),
    ],
)
async def test_a_tampered_one_is_refused(
    ci: Ci, scene: Scene, approved: str, spoil: Callable[[dict[str, Any]], str]
):
    envelope = (await ci.get(f"{SIGNOFFS}/{approved}/attestation")).said
    verify(json.dumps(envelope), scene.public_key())
    with pytest.raises(BadEnvelope):
        verify(json.dumps({**envelope, "payload": spoil(envelope)}), scene.public_key())


async def test_it_is_the_same_however_often_and_after_a_restart(
    ci: Ci, scene: Scene, approved: str
):
    first = await ci.get(f"{SIGNOFFS}/{approved}/attestation")
    await scene.stop()
    await scene.start()
    assert (await ci.get(f"{SIGNOFFS}/{approved}/attestation")).body == first.body


async def test_a_rejection_is_attested_too_and_says_no(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(ci.message())).said["id"]
    await scene.press(SENIOR, await scene.shown(signoff_id), "Reject")
    await scene.slack.submit(SENIOR, {"choice": "other", "reason": "Not today."})
    await scene.shown(signoff_id, "was told to stop")
    await scene.house.settle()
    heard = await ci.get(f"{SIGNOFFS}/{signoff_id}/attestation")
    said: Any = verify(heard.body.decode(), scene.public_key())["predicate"]
    assert (said["status"], said["proceed"]) == ("rejected", False)
    assert said["reviews"][0]["reason"] == "Not today."


def _with_predicate(envelope: dict[str, Any], **facts: object) -> str:
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["predicate"] |= facts
    return base64.b64encode(rfc8785.dumps(statement)).decode()


def _waits_for(scene: Scene, signoff_id: str) -> bool:
    return bool(scene.house.board.bell._waiting.get(signoff_id))


def _said_to_a_stranger(heard: Heard) -> tuple[object, ...]:
    return heard.status, heard.body, {k: v for k, v in heard.headers.items() if k != "date"}


def _status(signoff: Signoff) -> dict[str, object]:
    return {"status": signoff.status.value}

"""Somebody knocks at /hooks: strangers, liars, the confused and the broken. None does harm."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.scene import CHANNEL, SENIOR, Scene
from bot.web.hooks import LARGEST
from tests.web.ci import HOOK, OTHER_SECRET, Ci, request

pytestmark = pytest.mark.usefixtures("quiet")

Spoil = Callable[[dict[str, str]], dict[str, str]]


async def _unsigned(ci: Ci, spoil: Spoil) -> None:
    """Headers spoilt like this are refused; the same headers unspoilt are not."""
    body = ci.message()
    headers = ci.signed(body)
    ci.check_problem(await ci.post(body, spoil(headers)), 401, "wrong or too old")
    assert (await ci.post(body, headers)).status == 202


# Forged, old, early and incomplete.


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_no_header_may_be_missing_empty_or_another(ci: Ci, name: str):
    await _unsigned(ci, lambda signed: {n: v for n, v in signed.items() if n != name})
    await _unsigned(ci, lambda signed: signed | {name: ""})
    await _unsigned(ci, lambda signed: signed | {name: signed[name] + "1"})
    await ci.loses_nothing()


@pytest.mark.parametrize(
    "signature",
    ["v1,", "v1", "v1,====", "v1,é", "v2,{}", "v1a,{}", "{}", "v1,{0} " * 50, ",", " ", "v1,v1,{}"],
)
@pytest.mark.trap(24)
async def test_a_signature_is_right_or_it_is_not(ci: Ci, signature: str):
    wrong = "q" * 43 + "="
    await _unsigned(ci, lambda signed: signed | {"webhook-signature": signature.format(wrong)})


@pytest.mark.parametrize(
    "stamp", ["now", "-1", "+1", "1.5", "1e9", "9" * 12, "9" * 400, "1_0", "²"]
)
async def test_a_timestamp_is_whole_seconds_near_now(ci: Ci, stamp: str):
    await _unsigned(ci, lambda signed: signed | {"webhook-timestamp": stamp})


async def test_another_secret_is_no_secret(ci: Ci):
    body = ci.message()
    ci.check_problem(await ci.post(body, ci.signed(body, secret=OTHER_SECRET)), 401)
    assert (await ci.post(body, ci.signed(body))).status == 202


async def test_one_bit_of_the_body_is_enough(ci: Ci):
    body = ci.message()
    headers = ci.signed(body)
    for at in range(0, len(body), 97):
        flipped = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        ci.check_problem(await ci.post(flipped, headers), 401)
    assert (await ci.post(body, headers)).status == 202


@pytest.mark.parametrize("age", [301, 3600, -302, -86_400])
async def test_a_good_signature_too_old_or_from_the_future_is_refused(ci: Ci, age: float):
    body = ci.message()
    ci.check_problem(await ci.post(body, ci.signed(body, age=age)), 401)


@pytest.mark.parametrize("age", [280, -280])
async def test_within_five_minutes_it_is_taken(ci: Ci, age: float):
    body = ci.message()
    assert (await ci.post(body, ci.signed(body, age=age))).status == 202


async def test_while_a_secret_is_rotated_one_right_signature_of_several_is_enough(ci: Ci):
    body = ci.message()
    headers = ci.signed(body)
    old = ci.signed(body, secret=OTHER_SECRET)["webhook-signature"]
    both = headers | {"webhook-signature": f"{old} {headers['webhook-signature']}"}
    assert (await ci.post(body, both)).status == 202


async def test_of_a_repeated_header_the_first_counts(ci: Ci):
    body = ci.message()
    right = ci.signed(body)
    wrong = {"webhook-signature": "v1,AAAA"}
    length = ("Content-Length", str(len(body)))
    ci.check_problem(
        await ci.wire(request("POST", HOOK, [length, *wrong.items(), *right.items()], body)), 401
    )
    twin = await ci.wire(request("POST", HOOK, [length, *right.items(), *wrong.items()], body))
    assert twin is not None
    assert twin.status == 202


# The same once more, and not the same.


async def test_the_same_bytes_replayed_are_the_same_signoff(ci: Ci, scene: Scene):
    body = ci.message()
    headers = ci.signed(body)
    first, again, later = [await ci.post(body, headers) for _ in range(3)]
    assert (first.status, again.status, later.status) == (202, 200, 200)
    assert first.said == again.said == later.said
    await scene.shown(first.said["id"])
    await scene.house.settle()
    assert len(scene.slack.cards(CHANNEL)) == 1


async def test_a_replay_when_it_has_grown_old_is_refused_and_changes_nothing(ci: Ci, clock):
    body = ci.message()
    headers = ci.signed(body)
    first = await ci.post(body, headers)
    clock.advance(seconds=301)
    ci.check_problem(await ci.post(body, headers), 401)
    assert (await ci.post(body)).said["id"] == first.said["id"]


async def test_the_same_key_for_something_else_is_a_conflict(ci: Ci):
    data = ci.change()
    first = await ci.post(_ready(data))
    said = ci.check_problem(await ci.post(_ready({**data, "title": "Else"})), 409, "used before")
    assert first.said["id"] in said["detail"]
    assert (await ci.post(_ready(data))).said["id"] == first.said["id"]


async def _landed(ci: Ci, key: str, sort: str = "change.deployed", **said: str) -> tuple[int, Any]:
    body = json.dumps({"type": sort, "data": {"key": key, **said}}).encode()
    heard = await ci.post(body)
    return heard.status, heard.said


@pytest.mark.parametrize(("sort", "well"), [("change.deployed", True), ("change.failed", False)])
async def test_what_came_of_an_approved_change_is_kept(ci: Ci, scene: Scene, sort: str, well: bool):
    data = ci.change()
    signoff_id = (await ci.post(_ready(data))).said["id"]
    await scene.press(SENIOR, await scene.shown(signoff_id), "Approve")
    await scene.shown(signoff_id, "was told to go on")
    assert await _landed(ci, data["key"], sort, detail="3 pods") == (202, {"status": "received"})
    signoff = await scene.house.board.signoff(signoff_id)
    assert signoff is not None
    assert signoff.shipment is not None
    assert (signoff.shipment.succeeded, signoff.shipment.detail) == (well, "3 pods")


async def test_of_strangers_nothing_is_kept(ci: Ci, scene: Scene):
    signoff_id = (await ci.post(_ready(ci.change()))).said["id"]
    assert await _landed(ci, "no/such/key") == (202, {"status": "received"})
    signoff = await scene.house.board.signoff(signoff_id)
    assert signoff is not None
    assert (signoff.shipment, signoff.version) == (None, 1)


async def test_what_was_deployed_without_being_let_go_on_is_known(ci: Ci, scene: Scene):
    data = ci.change()
    signoff_id = (await ci.post(_ready(data))).said["id"]
    assert await _landed(ci, data["key"]) == (202, {"status": "received"})
    signoff = await scene.house.board.signoff(signoff_id)
    assert signoff is not None
    assert (signoff.status.value, signoff.bypassed, signoff.version) == ("pending", True, 2)


@pytest.mark.parametrize("sort", ["change.redy", "change.withdrawn"])
async def test_a_type_we_do_not_know_is_a_mistake_and_not_swallowed(ci: Ci, sort: str):
    heard = await ci.post(ci.message().replace(b"change.ready", sort.encode()))
    ci.check_problem(heard, 422)
    assert heard.said["errors"] == [
        {
            "field": "type",
            "detail": 'must be "change.ready", "change.pushed", "change.deployed" or '
            '"change.failed"',
        }
    ]


# Signed, and no sense in it.


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b" ", "not JSON"),
        (b"{", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"{'type': 1}", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"\x00", "not JSON"),
        (b'{"type": "\x01"}', "not JSON"),
        (b"null", "must be a JSON object"),
        (b"[]", "must be a JSON object"),
        (b'"change.ready"', "must be a JSON object"),
        (b"7", "must be a JSON object"),
        (b'{"type": "caf\xe9"}', "not UTF-8 at byte 13"),
        ('{"type": "change.ready"}'.encode("utf-16"), "not UTF-8"),
        (b'{"type": 1, "type": "change.ready"}', "appears twice"),
        (b'{"data": {"key": "a", "key": "b"}}', "appears twice"),
        (b'{"type": NaN}', "NaN"),
        (b'{"type": -Infinity}', "Infinity"),
        (b'{"type": 1e999}', "too large"),
        (b'{"type": 9007199254740992}', "beyond"),
        (b'{"type": ' + b"9" * 5_000 + b"}", "beyond"),
        (b"[" * 200_000, "levels deep"),
        (b'{"a":' * 50_000, "levels deep"),
        (b'{"type": "\\ud800"}', "surrogate"),
    ],
)  # fmt: skip
async def test_what_is_no_message_at_all(ci: Ci, body: bytes, words: str):
    ci.check_problem(await ci.post(body), 400, words)
    await ci.loses_nothing()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "type"),
        (b'{"type": 1}', "type"),
        (b'{"type": "change.ready"}', "data"),
        (b'{"type": "change.ready", "data": null}', "data"),
        (b'{"type": "change.ready", "data": []}', "data"),
        (b'{"type": "change.ready", "data": "x"}', "data"),
    ],
)
async def test_a_message_without_its_parts(ci: Ci, body: bytes, field: str):
    said = ci.check_problem(await ci.post(body), 422, "Some fields are wrong.")
    assert [error["field"] for error in said["errors"]] == [field]


async def test_every_wrong_field_is_named_once_and_with_a_reason(ci: Ci):
    wrong = ci.change(
        key=7,
        repository="no-owner",
        revision="a" * 39,
        environment=" production",
        kind="other",
        title=["x"],
        author={"login": 1},
        commits={"sha": "x"},
        files=[{"path": 1}, {"path": "b", "additions": "40"}, {"path": "c", "additions": -1}],
        ai={"assisted": "yes", "tool": "x"},
        checks=[{"name": "tests"}],
        artifact_digest="md5:1",
        callback_url="https://attacker.example/",
        comits=[],
    )
    said = ci.check_problem(await ci.post(_ready(wrong)), 422)
    fields = [error["field"] for error in said["errors"]]
    assert sorted(fields) == sorted(set(fields))
    assert {field.removeprefix("data.") for field in fields} == {
        "key", "repository", "revision", "environment", "kind", "title", "author.login", "commits",
        "files[0].path", "files[1].additions", "files[2].additions", "ai.assisted", "ai.tool",
        "checks[0].conclusion", "artifact_digest", "callback_url", "comits",
    }  # fmt: skip
    assert all(error["detail"] for error in said["errors"])
    assert "attacker.example" not in json.dumps(said)
    await ci.loses_nothing()


@pytest.mark.parametrize(
    "name", ["key", "repository", "revision", "environment", "title", "author"]
)
async def test_what_is_required(ci: Ci, name: str):
    data = ci.change()
    del data[name]
    said = ci.check_problem(await ci.post(_ready(data)), 422)
    assert said["errors"] == [{"field": f"data.{name}", "detail": "is required"}]


async def test_thousands_of_mistakes_are_told_in_a_short_answer(ci: Ci):
    heard = await ci.post(_ready(ci.change(files=[{"path": 1}] * 3_000)))
    said = ci.check_problem(heard, 422)
    assert len(said["errors"]) <= 101
    assert len(heard.body) < 20_000


@pytest.mark.parametrize(
    "sort", ["application/json", "text/plain", "image/png", "application/x-www-form-urlencoded",
             "multipart/form-data; boundary=x", "x", "application/json; charset=utf-16"],
)  # fmt: skip
async def test_the_signature_counts_and_not_the_content_type(ci: Ci, sort: str):
    body = ci.message()
    assert (await ci.post(body, ci.signed(body, content_type=sort))).status == 202


# Packed, too much, too slow, broken off.


PACKED = {"gzip": gzip.compress, "GZIP": gzip.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("packing", [*PACKED, "x-gzip", "identity, gzip", "compress", "é", ""])
async def test_packed_bodies_are_not_unpacked(ci: Ci, packing: str):
    body = ci.message()
    packed = PACKED.get(packing, gzip.compress)(body)
    headers = ci.signed(packed, content_encoding=packing)
    ci.check_problem(await ci.post(packed, headers), 415, "uncompressed")
    assert (await ci.post(body, ci.signed(body, content_encoding="identity"))).status == 202


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd"])
async def test_what_only_claims_to_be_packed_is_refused_alike(ci: Ci, packing: str):
    body = ci.message()
    headers = ci.signed(body, content_encoding=packing)
    ci.check_problem(await ci.post(body, headers), 415, "uncompressed")


async def test_of_two_encodings_neither_is_overlooked(ci: Ci):
    body = ci.message()
    packed = gzip.compress(body)
    headers = [
        ("Content-Length", str(len(packed))),
        ("Content-Encoding", "identity"),
        ("Content-Encoding", "gzip"),
        *ci.signed(body).items(),
    ]
    ci.check_problem(await ci.wire(request("POST", HOOK, headers, packed)), 415, "uncompressed")
    await ci.loses_nothing()


async def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(ci: Ci):
    announced = request("POST", HOOK, [("Content-Length", str(LARGEST + 1))])
    ci.check_problem(await ci.wire(announced), 413, "larger than 5 MiB")
    await ci.loses_nothing()


async def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(ci: Ci):
    mib = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    begin = request("POST", HOOK, [("Transfer-Encoding", "chunked")])
    heard = await ci.wire(begin, *[mib] * 6)  # and it does not end there
    ci.check_problem(heard, 413, "larger than 5 MiB")
    await ci.loses_nothing()


async def test_its_twin_of_exactly_the_limit_is_taken(ci: Ci):
    body = ci.message()
    assert (await ci.post(body + b" " * (LARGEST - len(body)))).status == 202


@pytest.mark.parametrize("so_far", [b"", b'{"type":', b"x" * 999])
async def test_a_connection_that_is_cut_does_no_harm(ci: Ci, so_far: bytes):
    begin = request("POST", HOOK, [("Content-Length", "1000")], so_far)
    await ci.wire(begin, hang_up=True)
    await ci.wire(begin[:20], hang_up=True)
    await ci.wire(b"", hang_up=True)
    await ci.loses_nothing()


# The wrong door.


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/hooks/nobody", 404),
        ("/hooks/PAYMENTS-CI", 404),
        ("/hooks/payments-ci%00", 404),
        ("/hooks/%ff", 404),
        ("/hooks/..", 405),
    ],
)
async def test_an_unknown_connection(ci: Ci, path: str, status: int):
    """Two dots are the way to the front page, which takes no messages."""
    body = ci.message()
    ci.check_problem(await ci.post(body, ci.signed(body), path), status)
    await ci.loses_nothing()


@pytest.mark.parametrize(
    "method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]
)
async def test_another_method(ci: Ci, method: str):
    heard = await ci.ask(method, HOOK)
    ci.check_problem(heard, 405)
    assert heard.headers["allow"] == "POST"


def _ready(data: object) -> bytes:
    return json.dumps({"type": "change.ready", "data": data}).encode()

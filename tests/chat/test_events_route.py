"""Does /slack/events believe Slack, and nobody else? (A1, A3 and A7 of the threat model.)"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.chat.slack.verify import Verifier
from bot.domain.signoff import Status
from bot.playground.courier import sign
from tests.builders import NOW, FakeClock, hours
from tests.chat.house import APPROVE, SECRET, House, a_house

MARK = "canary-in-the-body"
FORM = "application/x-www-form-urlencoded"
COMMAND = urlencode(
    {"command": "/signoff", "text": "help", "user_id": "U0ADA", "team_id": "T0PLAY", "x": MARK}
).encode()
STAMP = int(NOW.timestamp())

Head = list[tuple[str, str]]


def signed(body: bytes = COMMAND, stamp: int = STAMP, secret: str = SECRET) -> Head:
    return [*sign(secret, body, stamp).items(), ("Content-Type", FORM)]


def without(name: str) -> Head:
    return [(n, value) for n, value in signed() if n != name]


def with_value(name: str, value: str) -> Head:
    return [*without(name), (name, value)]


TIME, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
GOOD = dict(signed())[SIGNATURE]

FORGED: dict[str, tuple[bytes, Head]] = {
    "no headers": (COMMAND, [("Content-Type", FORM)]),
    "no timestamp": (COMMAND, without(TIME)),
    "no signature": (COMMAND, without(SIGNATURE)),
    "timestamp twice": (COMMAND, [*signed(), (TIME, str(STAMP))]),
    "signature twice": (COMMAND, [*signed(), (SIGNATURE, GOOD)]),
    "empty signature": (COMMAND, with_value(SIGNATURE, "")),
    "signature without version": (COMMAND, with_value(SIGNATURE, GOOD.removeprefix("v0="))),
    "signature of another version": (COMMAND, with_value(SIGNATURE, GOOD.replace("v0", "v1"))),
    "signature in capitals": (COMMAND, with_value(SIGNATURE, GOOD.upper())),
    "half a signature": (COMMAND, with_value(SIGNATURE, GOOD[:40])),
    "signature not ASCII": (COMMAND, with_value(SIGNATURE, "v0=ü€🙈")),
    "timestamp a word": (COMMAND, with_value(TIME, "abc")),
    "timestamp empty": (COMMAND, with_value(TIME, "")),
    "timestamp negative": (COMMAND, with_value(TIME, f"-{STAMP}")),
    "timestamp a fraction": (COMMAND, with_value(TIME, f"{STAMP}.0")),
    "timestamp enormous": (COMMAND, with_value(TIME, "9" * 5000)),
    "timestamp in other digits": (COMMAND, with_value(TIME, "١٧٩٥٤٢٨٠٠٠")),
    "timestamp of another second": (COMMAND, with_value(TIME, str(STAMP + 1))),
    "another secret": (COMMAND, signed(secret="another secret")),
    "too old": (COMMAND, signed(stamp=STAMP - 301)),
    "too early": (COMMAND, signed(stamp=STAMP + 301)),
    "body changed": (COMMAND.replace(b"help", b"mine"), signed()),
    "body longer": (COMMAND + b"&a=1", signed()),
    "body empty": (b"", signed()),
    "ssl_check": (b"ssl_check=1&" + COMMAND, signed()),
    "nested lists": (b"payload=" + b"[" * 5000 + MARK.encode(), signed()),
    "no JSON": (b"payload={" + MARK.encode(), signed()),
    "not UTF-8": (b"\xff\xfe" + MARK.encode(), signed()),
    "challenge": (json.dumps({"type": "url_verification", "challenge": MARK}).encode(), signed()),
    "packed": (COMMAND, [*signed(), ("Content-Encoding", "deflate")]),
    "packed by nothing": (COMMAND, [*signed(), ("Content-Encoding", "identity")]),
}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def post(
    http: aiohttp.ClientSession, house: House, body: bytes, headers: Head
) -> tuple[int, str]:
    async with http.post(house.url, data=body, headers=CIMultiDict(headers)) as response:
        return response.status, await response.text()


async def test_what_slack_signed_is_answered(house: House, http: aiohttp.ClientSession) -> None:
    status, answer = await post(http, house, COMMAND, signed())
    assert status == 200
    assert "/signoff mine" in answer


@pytest.mark.parametrize("stamp", [STAMP - 300, STAMP + 300])
async def test_five_minutes_are_tolerated(
    house: House, http: aiohttp.ClientSession, stamp: int
) -> None:
    assert (await post(http, house, COMMAND, signed(stamp=stamp)))[0] == 200


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_request_is_refused_and_nothing_of_it_is_kept(
    house: House, http: aiohttp.ClientSession, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body, headers = FORGED[name]
    before = len(house.slack.calls)
    assert await post(http, house, body, headers) == (401, "")
    assert MARK not in caplog.text
    assert GOOD not in caplog.text
    assert len(house.slack.calls) == before


async def test_more_than_slack_ever_sends_is_not_read(
    house: House, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    fits = b"x=" + b"a" * (200 * 1024) + b"&" + COMMAND
    assert (await post(http, house, fits, signed(fits)))[0] == 200
    huge = b"x=" + b"a" * (256 * 1024) + b"&" + COMMAND
    assert (await post(http, house, huge, signed(huge)))[0] == 413
    assert MARK not in caplog.text


async def test_a_body_without_a_length_is_cut_off_too(
    house: House, http: aiohttp.ClientSession
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"a" * (64 * 1024)

    try:
        async with http.post(house.url, data=endless(), headers=CIMultiDict(signed())) as response:
            assert response.status == 413
    except aiohttp.ClientOSError:
        pass  # we hung up while it was still talking


@pytest.mark.parametrize(
    "body",
    [
        b"payload=[1,2]",
        b"payload=no-json",
        b"payload=" + b"[" * 5000,
        b"\xff\xfe",
        b"",
        b"payload={}",
        b'payload={"type":"block_actions"}',
        b'payload={"type":"block_actions","actions":[],"user":5,"team":[]}',
        b'payload={"type":"block_actions","actions":[{"action_id":"signoff_approve"}]}',
        b'payload={"type":"view_submission","view":{"callback_id":"signoff_form_reject"}}',
        b'payload={"type":"view_submission","user":{"id":"U0ADA"},"view":null}',
        b"command=/signoff",
        b"command=/other",
    ],
)
@pytest.mark.parametrize("kind", [FORM, "application/json", "text/plain"])
async def test_what_is_signed_and_makes_no_sense_is_no_failure_of_ours(
    house: House, http: aiohttp.ClientSession, body: bytes, kind: str
) -> None:
    headers = [(n, v) for n, v in signed(body) if n != "Content-Type"] + [("Content-Type", kind)]
    status, _ = await post(http, house, body, headers)
    assert status < 500
    assert (await post(http, house, COMMAND, signed()))[0] == 200


async def test_the_same_bytes_fifty_times_are_one_review(
    house: House, http: aiohttp.ClientSession
) -> None:
    signoff = await house.ask()
    answer = await house.slack.click("U0ADA", house.card(), APPROVE)
    assert answer.delivery is not None
    body, _ = answer.delivery.body()
    statuses = await asyncio.gather(*(post(http, house, body, signed(body)) for _ in range(50)))
    assert {status for status, _ in statuses} == {200}
    decided = await house.now(signoff)
    assert (decided.status, len(decided.reviews)) == (Status.APPROVED, 1)
    assert house.slack.ephemerals("U0ADA") == []


async def test_while_secrets_are_rotated_both_count(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with a_house(tmp_path, signing_secret=("the next secret", SECRET)) as house:
        assert (await post(http, house, COMMAND, signed()))[0] == 200
        assert (await post(http, house, COMMAND, signed(secret="the next secret")))[0] == 200
        assert (await post(http, house, COMMAND, signed(secret="a third")))[0] == 401


@pytest.mark.parametrize("secrets", [(), ("",), (SECRET, " ")])
def test_an_empty_secret_is_refused_at_the_start(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="empty"):
        Verifier(secrets, FakeClock())


@given(raw=st.binary(max_size=200), stamp=st.text(max_size=20), signature=st.text(max_size=80))
def test_the_verifier_answers_anything_with_no(raw: bytes, stamp: str, signature: str) -> None:
    headers = CIMultiDict({TIME: stamp, SIGNATURE: signature})
    assert Verifier((SECRET,), FakeClock()).is_genuine(raw, headers) is False


@given(raw=st.binary(max_size=200))
def test_the_verifier_knows_slack_by_raw_bytes(raw: bytes) -> None:
    headers = CIMultiDict(sign(SECRET, raw, STAMP))
    clock = FakeClock()
    assert Verifier((SECRET,), clock).is_genuine(raw, headers)
    clock.go_on(hours(1))
    assert not Verifier((SECRET,), clock).is_genuine(raw, headers)


async def test_a_slow_sender_is_not_waited_for(house: House) -> None:
    """Half a body, and then silence: others are served meanwhile."""
    port = urlsplit(house.url).port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    await house.ask()
    assert (await house.slack.click("U0ADA", house.card(), APPROVE)).status == 200
    writer.close()
    await writer.wait_closed()

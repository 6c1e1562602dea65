"""Does the toy pipeline believe only signed answers, and say when two of them disagree?"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.playground.pipeline import ToyPipeline
from tests.playground.conftest import FakeClock

KEY = b"twenty-four bytes of key"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
RUN = "payments-api/deploy/4711"


@pytest.fixture
async def pipeline(clock: FakeClock) -> AsyncIterator[ToyPipeline]:
    async with ToyPipeline(SECRET, clock=clock) as toy:
        toy.start(RUN, "Retry refunds")
        yield toy


class Sender:
    """Signs as Standard Webhooks does; ``headers`` replace what it would have sent."""

    def __init__(self, http: aiohttp.ClientSession, toy: ToyPipeline, clock: FakeClock) -> None:
        self._http, self._toy, self._clock = http, toy, clock

    async def __call__(
        self,
        proceed: object = True,
        *,
        id: str = "msg_1",
        key: bytes = KEY,
        status: str = "",
        **headers: str,
    ) -> int:
        called = status or ("approved" if proceed is True else "rejected")
        data = {"proceed": proceed, "status": called}
        body = json.dumps({"type": "signoff", "data": data}).encode()
        stamp = str(int(self._clock().timestamp()))
        mac = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        sent = {
            "webhook-id": id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
            **{f"webhook-{name}": value for name, value in headers.items()},
        }
        url = self._toy.callback_url(RUN)
        async with self._http.post(url, data=body, headers=sent) as response:
            return response.status


@pytest.fixture
def send(http: aiohttp.ClientSession, pipeline: ToyPipeline, clock: FakeClock) -> Sender:
    return Sender(http, pipeline, clock)


@pytest.mark.parametrize(
    ("proceed", "state"),
    [(True, "deployed"), (False, "stopped"), ("true", "stopped"), (None, "stopped")],
)
async def test_only_true_proceeds(
    pipeline: ToyPipeline, send: Sender, proceed: Any, state: str
) -> None:
    assert pipeline.runs[RUN].state == "waiting"
    assert await send(proceed) == 200
    assert pipeline.runs[RUN].state == state
    assert pipeline.runs[RUN].message_id == "msg_1"
    message_id, body, accepted = pipeline.heard[0]
    assert (message_id, accepted) == ("msg_1", True)
    assert body["data"]["proceed"] == proceed


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": b"some other key"},
        {"signature": "v1,"},
        {"signature": "v1,not base64!"},
        {"signature": "v2,AAAA"},
        {"signature": "é"},
        {"id": ""},
        {"timestamp": ""},
        {"timestamp": "soon"},
        {"timestamp": "1795000000"},
    ],
)
async def test_an_answer_that_is_not_signed_is_not_believed(
    pipeline: ToyPipeline, send: Sender, wrong: dict[str, Any]
) -> None:
    assert await send(True, **wrong) == 400
    assert pipeline.runs[RUN].state == "waiting"
    assert pipeline.heard[0].accepted is False
    assert pipeline.heard[0].why
    assert await send(True) == 200


async def test_one_good_signature_among_several_is_enough(
    pipeline: ToyPipeline, send: Sender, clock: FakeClock
) -> None:
    body = json.dumps({"type": "signoff", "data": {"proceed": True, "status": "approved"}}).encode()
    stamp = int(clock().timestamp())
    mac = hmac.new(KEY, f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    both = f"v1,{base64.b64encode(b'old').decode()} v1,{base64.b64encode(mac).decode()}"
    assert await send(True, signature=both) == 200


@pytest.mark.parametrize(("seconds", "status"), [(300, 200), (301, 400)])
async def test_five_minutes_of_tolerance(
    send: Sender, clock: FakeClock, seconds: int, status: int
) -> None:
    old = clock()
    clock.pass_seconds(seconds)
    late = FakeClock()
    late.now = old
    send._clock = late
    assert await send(True) == status


async def test_the_same_message_again_changes_nothing(pipeline: ToyPipeline, send: Sender) -> None:
    await send(True)
    first = pipeline.runs[RUN]
    assert await send(True) == 200
    assert pipeline.runs[RUN] == first
    assert len(pipeline.heard) == 2


@pytest.mark.parametrize("message_id", ["msg_1", "msg_2"])
async def test_answers_that_disagree_are_a_contradiction(
    pipeline: ToyPipeline, send: Sender, message_id: str
) -> None:
    await send(True)
    await send(False, id=message_id)
    assert pipeline.runs[RUN].state == "contradiction"


async def test_what_nobody_decided_may_be_asked_again_and_go(
    pipeline: ToyPipeline, send: Sender
) -> None:
    await send(False, status="expired")
    assert pipeline.runs[RUN].state == "stopped"
    await send(True, id="msg_2")
    assert (pipeline.runs[RUN].state, pipeline.runs[RUN].status) == ("deployed", "approved")


@pytest.mark.parametrize("status", ["rejected", "withdrawn", "superseded"])
async def test_what_somebody_ended_may_not_go(
    pipeline: ToyPipeline, send: Sender, status: str
) -> None:
    await send(False, status=status)
    assert pipeline.runs[RUN].state == "stopped"
    await send(True, id="msg_2")
    assert pipeline.runs[RUN].state == "contradiction"


async def test_what_went_when_it_was_asked_again_is_not_stopped_after_all(
    pipeline: ToyPipeline, send: Sender
) -> None:
    await send(False, status="expired")
    await send(True, id="msg_2")
    await send(False, id="msg_3", status="expired")
    assert pipeline.runs[RUN].state == "contradiction"


async def test_it_can_be_down_and_can_be_told_what_to_answer(
    pipeline: ToyPipeline, send: Sender
) -> None:
    pipeline.down = True
    assert await send(True) == 503
    pipeline.down = False
    pipeline.answers = [500, 200]
    assert await send(True) == 500
    assert pipeline.runs[RUN].state == "waiting"
    assert await send(True) == 200
    assert pipeline.runs[RUN].state == "deployed"
    assert [heard.accepted for heard in pipeline.heard] == [False, False, True]


async def test_an_answer_for_a_run_it_never_started_is_only_remembered(
    pipeline: ToyPipeline, send: Sender
) -> None:
    pipeline.runs.clear()
    assert await send(True) == 200
    assert pipeline.runs == {}
    assert len(pipeline.heard) == 1


@pytest.mark.parametrize("secret", ["whsec_", "", "whsec_not base64!"])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    ToyPipeline(SECRET)
    with pytest.raises(ValueError, match=r".+"):
        ToyPipeline(secret)

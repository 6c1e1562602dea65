"""SNS knocks at /hooks with text/plain: what does it hear, and what do liars hear?"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.ports import Delivery, Unreachable
from bot.web.hooks import Hooks
from bot.web.problems import own_up, speak_problems
from tests.engine.house import House, a_house
from tests.pipelines.codepipeline.fake_codepipeline import SHA
from tests.pipelines.codepipeline.fake_sns import CERTIFICATE
from tests.pipelines.codepipeline.meeting import Here, meeting

AS_SNS_WRITES_THEM = {
    "Content-Type": "text/plain; charset=UTF-8",
    "X-Amz-Sns-Message-Type": "Notification",
    "User-Agent": "Amazon Simple Notification Service Agent",
}


@dataclass
class Door:
    here: Here
    house: House
    http: Any

    async def knock(self, delivery: Delivery) -> tuple[int, dict[str, str], Any]:
        answer = await self.http.post("/hooks/aws", data=delivery.body, headers=AS_SNS_WRITES_THEM)
        return answer.status, dict(answer.headers), json.loads(await answer.read())

    async def pending(self) -> list[str]:
        await self.house.intake.read_waiting()
        return [it.change.revision for it in await self.house.board.pending()]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with meeting() as here:
        pipelines: Any = {"aws": here.pipeline}
        async with a_house(tmp_path, here.clock, pipelines=pipelines) as house:
            hooks = Hooks(intake=house.intake, public_url="https://countersign.example")
            app = web.Application(middlewares=[own_up, speak_problems])
            app.router.add_post("/hooks/{connection}", hooks.receive)
            async with TestClient(TestServer(app)) as http:
                yield Door(here, house, http)


@pytest.mark.trap(12)
async def test_what_sns_sends_is_taken_as_it_comes(door: Door):
    delivery = door.here.sns.message(Message=door.here.aws.message(), Subject="APPROVAL NEEDED")
    for _ in range(3):  # it repeats itself
        status, _, said = await door.knock(delivery)
        assert (status, said) == (202, {"status": "received"})
    assert await door.pending() == [SHA]
    assert door.here.aws.calls.count("GetPipelineState") == 1


async def test_a_forged_one_is_refused_and_leaves_nothing(door: Door):
    real = door.here.sns.message(Message=door.here.aws.message())
    forged = door.here.sns.delivery(json.loads(real.body) | {"Subject": "added later"})
    status, _, said = await door.knock(forged)
    assert (status, said["status"]) == (401, 401)
    assert await door.pending() == []
    assert (await door.knock(real))[0] == 202


@pytest.mark.parametrize("body", [b"", b"hello", b"[" * 9_999, b"{" + b" " * 600_000 + b"}"])
async def test_what_is_no_message_is_refused_and_costs_no_request(door: Door, body: bytes):
    status, _, _ = await door.knock(Delivery(headers={}, body=body))
    assert status == 401
    assert door.here.sns.asked == []


async def test_while_nobody_can_say_sns_is_asked_to_come_again(door: Door):
    real = door.here.sns.message(Message=door.here.aws.message())
    door.here.sns.answers[CERTIFICATE] = Unreachable("cut off")
    status, headers, said = await door.knock(real)
    assert (status, headers["Retry-After"]) == (503, "5")
    assert "cut off" not in json.dumps(said)
    assert await door.pending() == []
    door.here.sns.answers.clear()
    assert (await door.knock(real))[0] == 202
    assert await door.pending() == [SHA]

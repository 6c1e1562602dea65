"""Our CodePipeline connection and the AWS it talks to, met on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from botocore.credentials import Credentials

from bot.clock import system_clock
from bot.domain.change import Change
from bot.domain.signoff import Status
from bot.pipelines.codepipeline.aws import Service, Wallet
from bot.pipelines.codepipeline.certificates import Certificates
from bot.pipelines.codepipeline.pipeline import TARGET, CodePipeline
from bot.pipelines.codepipeline.sns import SnsDoor, Topic
from bot.sender import Sender
from tests.builders import FakeClock
from tests.pipelines.codepipeline.fake_codepipeline import (
    ACCESS,
    REGION,
    SECRET,
    SESSION,
    FakeCodePipeline,
)
from tests.pipelines.codepipeline.fake_sns import TOPIC, FakeSns
from tests.pipelines.signoffs import a_signoff

MEBIBYTE = 1 << 20


class Here:
    """Our pipeline, and the AWS it talks to; whatever else it might call is told apart."""

    def __init__(self, aws: FakeCodePipeline, sender: Sender) -> None:
        self.aws = aws
        self.clock = FakeClock(system_clock())
        self.sns = FakeSns(self.clock)
        self.sender = sender
        self.found = [Credentials(ACCESS, SECRET, SESSION)]
        self.looked = 0
        self.pipeline = CodePipeline(
            name="aws",
            door=SnsDoor(
                topics={TOPIC: Topic(TOPIC)},
                certificates=Certificates(send=self.sns, clock=self.clock),
                clock=self.clock,
                send=self.sns,
            ),
            apis={
                REGION: Service(
                    name="codepipeline",
                    region=REGION,
                    target=TARGET,
                    url=aws.url,
                    wallet=Wallet(self._find),
                    clock=self.clock,
                    send=sender,
                )
            },
            clock=self.clock,
            link_prefix="https://github.com/acme/",
        )

    def _find(self) -> Any:
        self.looked += 1
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]

    async def read(self, message: str | None = None, **more: Any) -> Any:
        said = self.aws.message() if message is None else message
        delivery = self.sns.message(Message=said, Subject="APPROVAL NEEDED", **more)
        await self.pipeline.learn(delivery)
        self.pipeline.verify(delivery)
        return await self.pipeline.read(delivery)

    async def change(self) -> Change:
        found = await self.read()
        assert isinstance(found, Change)
        return found

    async def report(self, status: Status = Status.APPROVED, **facts: Any) -> None:
        reply_to = facts.pop("reply_to", None) or dict((await self.change()).reply_to)
        await self.pipeline.report(a_signoff(status, reply_to=reply_to, **facts))


@asynccontextmanager
async def meeting(path: str = "") -> AsyncIterator[Here]:
    """An execution waits at the approval; `path` is of CodePipeline's address."""
    async with FakeCodePipeline(path=path) as aws:
        aws.wait()
        async with Sender(private_prefixes=(f"{aws.url}/",), max_body=MEBIBYTE) as sender:
            yield Here(aws, sender)

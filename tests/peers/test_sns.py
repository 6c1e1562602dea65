"""Do we take what another implementation of Amazon SNS signs? That of moto, for messages without a
subject: those with one it does not sign as SNS does."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import system_clock
from bot.pipelines.codepipeline.certificates import Certificates
from bot.pipelines.codepipeline.sns import SnsDoor, Topic
from bot.ports import Delivery, Request, Response, Unauthenticated
from tests.peers.programs import of_python, running, surroundings

HOST = "sns.us-east-1.amazonaws.com"
SCOPE = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=x"


@dataclass(slots=True)
class Sns:
    """moto, which answers for the host of SNS; fulfils Send."""

    address: str
    http: aiohttp.ClientSession
    delivered: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)

    async def __call__(self, request: Request) -> Response:
        asked = urlsplit(request.url)
        assert (asked.scheme, asked.hostname) == ("https", HOST)
        # By it moto knows which service it is to be.
        headers = {"Host": HOST, "Authorization": SCOPE}
        async with self.http.get(self.address + asked.path, headers=headers) as answer:
            return Response(status=answer.status, headers={}, body=await answer.read())

    async def ask(self, action: str, **said: str) -> str:
        headers = {"Host": HOST, "Authorization": SCOPE}
        data = {"Action": action, **said}
        async with self.http.post(self.address, data=data, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def hear(self, request: web.Request) -> web.Response:
        """What is subscribed to the topic."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        await self.delivered.put(Delivery(headers=headers, body=await request.read()))
        return web.Response()


@pytest.fixture
async def sns(tmp_path: Path) -> AsyncIterator[Sns]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    words = (of_python("moto_server"), "-H", "127.0.0.1", "-p", port)
    with TemporaryFile() as into:
        environ = surroundings(tmp_path)
        async with (
            running(*words, at=tmp_path, environ=environ, into=into),
            aiohttp.ClientSession(trust_env=False) as http,
        ):
            await _listens(int(port))
            yield Sns(f"http://127.0.0.1:{port}", http)


async def _listens(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return await writer.wait_closed()


async def test_what_is_published_is_authentic_and_nothing_else(sns: Sns) -> None:
    created = re.search(r"arn:aws:sns:[\w:-]+", await sns.ask("CreateTopic", Name="approvals"))
    assert created
    topic = Topic(created[0])
    app = web.Application()
    app.router.add_post("/hook", sns.hear)
    async with TestServer(app) as listener:
        endpoint = str(listener.make_url("/hook"))
        await sns.ask("Subscribe", TopicArn=topic.arn, Protocol="http", Endpoint=endpoint)
        await sns.ask("Publish", TopicArn=topic.arn, Message='{"approval": "🚢 yes?"}')
        delivery = await asyncio.wait_for(sns.delivered.get(), 20)
    certificates = Certificates(send=sns, clock=system_clock)
    door = SnsDoor(
        topics={topic.arn: topic}, certificates=certificates, clock=system_clock, send=sns
    )
    await door.learn(delivery)
    assert door.verify(delivery).Message == '{"approval": "🚢 yes?"}'
    forged = Delivery(headers=delivery.headers, body=delivery.body.replace(b"yes?", b"no!!"))
    with pytest.raises(Unauthenticated, match="does not match"):
        door.verify(forged)

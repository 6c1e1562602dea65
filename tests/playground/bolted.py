"""How is a real Bolt app put behind the playground?"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.server import Playground
from bot.playground.things import BOT_ID, BOT_USER, TEAM
from tests.playground.conftest import BOT_TOKEN, SECRET

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def listening(slack: Playground, handler: Handler) -> AsyncIterator[None]:
    """A bot at an HTTP address of its own, connected to the playground."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    app = web.Application()
    app.router.add_post("/slack/events", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.connect(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    try:
        yield
    finally:
        await runner.cleanup()


def bolt_app(slack: Playground, session: aiohttp.ClientSession) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=TEAM,
            bot_token=BOT_TOKEN,
            bot_id=BOT_ID,
            bot_user_id=BOT_USER,
        )

    client = AsyncWebClient(base_url=slack.api_url, session=session, retry_handlers=[])
    return AsyncApp(
        signing_secret=SECRET,
        authorize=authorize,
        client=client,
        process_before_response=True,
        logger=logging.getLogger("bolt-of-the-tests"),
    )


@asynccontextmanager
async def bolt_listening(slack: Playground, app: AsyncApp) -> AsyncIterator[None]:
    async def handle(request: web.Request) -> web.StreamResponse:
        answer = await app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    async with listening(slack, handle):
        yield

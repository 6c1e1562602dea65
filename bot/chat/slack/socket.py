"""How does Slack reach us where nothing can reach us? By a socket we open (Socket Mode)."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

log = logging.getLogger(__name__)

_APP = re.compile(r"xapp-[0-9]+-(A[A-Z0-9]+)-")
"""Slack writes the app into its own token."""


class _Ours(AsyncSocketModeHandler):
    """Nothing on a socket is signed: what names another app is acknowledged, and goes no further."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        super().__init__(app, app_token)
        named = _APP.match(app_token)
        self._own = named[1] if named else ""

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        if self._own and req.payload.get("api_app_id", self._own) != self._own:
            log.warning("dropped what Slack sent for another app than ours")
            await client.send_socket_mode_response(SocketModeResponse(req.envelope_id))
        else:
            await super().handle(client, req)


class Socket:
    """Made inside the running loop. A wrong token is tried for ever: `connected` stays False."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._handler = _Ours(app, app_token)
        self._connecting: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        client = self._handler.client
        session = client.current_session
        return not client.closed and not client.stale and session is not None and not session.closed

    def start(self) -> None:
        self._connecting = asyncio.create_task(self._connect(), name="slack socket")

    async def stop(self) -> None:
        if self._connecting:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def _connect(self) -> None:
        await self._handler.connect_async()  # type: ignore[no-untyped-call]
        log.info("connected to Slack by a socket")

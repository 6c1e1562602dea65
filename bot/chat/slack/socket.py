"""How does Slack reach us where nothing can reach us? By a socket we open (Socket Mode)."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

log = logging.getLogger(__name__)


class Socket:
    """Made inside the running loop. A wrong token is tried for ever: `connected` stays False."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token)
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

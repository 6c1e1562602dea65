"""How does a bot without an address hear what people did (Socket Mode)?"""

from __future__ import annotations

import asyncio
import json
from itertools import count

import aiohttp
from aiohttp import web

from bot.playground.rules import Json
from bot.playground.things import APP


class Sockets:
    """The open WebSockets of the app, and the envelopes that wait for their acknowledgement."""

    def __init__(self) -> None:
        self._sockets: list[web.WebSocketResponse] = []
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._numbers = count(1)

    @property
    def open(self) -> bool:
        return bool(self._sockets)

    def ticket(self) -> str:
        """Leave to open one socket."""
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="this ticket is used or unknown")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        try:
            await socket.send_json(
                {
                    "type": "hello",
                    "num_connections": len(self._sockets),
                    "connection_info": {"app_id": APP},
                    "debug_info": {"host": "playground", "approximate_connection_time": 3600},
                }
            )
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._heard(message.data)
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return socket

    async def ask(self, envelope: Json, patience: float) -> Json | None:
        """Send one envelope on the newest socket; the payload of its ack, None if there is none."""
        envelope_id = f"envelope-{next(self._numbers)}"
        acknowledged: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acknowledged
        try:
            async with asyncio.timeout(patience):
                await self._sockets[-1].send_json(
                    {**envelope, "envelope_id": envelope_id, "accepts_response_payload": True}
                )
                return await acknowledged
        except (TimeoutError, ConnectionError):
            return None
        finally:
            del self._waiting[envelope_id]

    async def refresh(self) -> None:
        """Ask the app to come back on a new socket, as Slack does every few hours."""
        leaving, self._sockets = self._sockets, []
        for socket in leaving:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await socket.close()

    async def close(self) -> None:
        for socket in list(self._sockets):
            await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)

    def _heard(self, data: str) -> None:
        message = json.loads(data)
        waiting = self._waiting.get(message.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            payload = message.get("payload") or {}
            waiting.set_result(payload if isinstance(payload, dict) else {"text": payload})

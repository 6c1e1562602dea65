"""What does a bot hear, if all it does is listen?"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web


class Listener:
    """A bot that remembers what it heard and answers with the statuses it was given."""

    def __init__(
        self, *statuses: int, headers: dict[str, str] | None = None, text: str = ""
    ) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self._statuses = list(statuses)
        self._headers = headers or {}
        self._text = text

    async def __call__(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        status = self._statuses.pop(0) if self._statuses else 200
        return web.Response(status=status, headers=self._headers, text=self._text)

    def payload(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(parse_qs(self.heard[-1][1].decode())["payload"][0])
        return parsed

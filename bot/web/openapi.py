"""Which requests does the API take, in words that programs understand? `/api/v1/openapi.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources

from aiohttp import web

TEXT = resources.files("bot.web").joinpath("openapi.json").read_text(encoding="utf-8")


class Description:
    """Of this very Countersign: it names the address at which it is reached."""

    def __init__(self, public_url: str) -> None:
        self._text = json.dumps(described(public_url))

    async def get(self, _: web.Request) -> web.Response:
        """Public: it stands in the documentation as well."""
        return web.Response(text=self._text, content_type="application/json")


def described(public_url: str) -> Mapping[str, object]:
    document: dict[str, object] = json.loads(TEXT)
    return {**document, "servers": [{"url": public_url}]}

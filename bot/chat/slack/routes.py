"""POST /slack/events: read a little, believe nothing, then let Bolt see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.chat.slack.presses import well_formed
from bot.chat.slack.verify import Verifier

log = logging.getLogger(__name__)

LARGEST = 256 * 1024
READ_WITHIN = 5.0
"""Seconds for a whole body."""

_UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


class TooLarge(Exception):
    """The body is larger than anything Slack sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """`app` is asked for with each request: it does not exist before the room is open."""

    verifier: Verifier
    app: Callable[[], AsyncApp | None]

    async def slack_events(self, request: web.Request) -> web.StreamResponse:
        """Events, buttons, forms and commands. Bodies are never logged."""
        try:
            async with asyncio.timeout(READ_WITHIN):
                raw = await _read(request)
        except TooLarge:
            return _closing(413)
        except TimeoutError:
            return _closing(408)
        except (web.HTTPException, ConnectionError, ValueError):
            return _closing(400)
        if raw is None or not self.verifier.is_genuine(raw, request.headers):
            log.warning("refused a request to /slack/events: not signed by Slack")
            return web.Response(status=401)
        app = self.app()
        if app is None:
            return web.Response(status=503)
        return await _dispatch(app, raw, request)


async def _dispatch(app: AsyncApp, raw: bytes, request: web.Request) -> web.StreamResponse:
    """Bolt answers for what goes wrong in a listener; what it raises, it could not read."""
    headers: dict[str, str | Sequence[str]] = {
        name: list(request.headers.getall(name)) for name in request.headers
    }
    try:
        parsed = AsyncBoltRequest(
            body=raw.decode("utf-8"), query=request.query_string, headers=headers
        )
        if not well_formed(parsed.body):
            log.warning("signed by Slack, and yet of a shape that makes no sense")
            return web.Response(status=400)
        return await to_aiohttp_response(await app.async_dispatch(parsed))
    except _UNREADABLE as problem:
        log.warning("signed by Slack, and yet unreadable: %s", type(problem).__name__)
        return web.Response(status=400)


async def _read(request: web.Request) -> bytes | None:
    """The body as it was sent; None if it is packed: what was signed could not be seen."""
    if "Content-Encoding" in request.headers:
        return None
    if (request.content_length or 0) > LARGEST:
        raise TooLarge
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw += chunk
        if len(raw) > LARGEST:
            raise TooLarge
    return bytes(raw)


def _closing(status: int) -> web.Response:
    """What was not read is not waited for."""
    return web.Response(status=status, headers={"Connection": "close"})

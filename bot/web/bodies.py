"""How is a body read? Raw, whole, within a size and a time, and never unpacked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from bot.ports import Malformed

MIB = 1 << 20
SECONDS = 20


@dataclass(slots=True)
class Budget:
    """Bytes that may still be held of bodies under way."""

    left: int

    def take(self, size: int) -> None:
        """Raises the 503 that asks to come again."""
        if size > self.left:
            raise web.HTTPServiceUnavailable(
                reason="Too much is being read just now; please try again.",
                headers={"Retry-After": "5"},
            )
        self.left -= size


async def read_body(
    request: web.Request, at_most: int, within: float = SECONDS, budget: Budget | None = None
) -> bytes:
    """The exact bytes. Raises Malformed, or the 408, 413, 415 or 503 that says why not.

    `at_most` is in bytes, `within` in seconds; `budget` is shared with other requests.
    """
    # All of them: who looks at the body later may go by another than the first.
    if any(it != "identity" for it in request.headers.getall("Content-Encoding", [])):
        raise web.HTTPUnsupportedMediaType(reason="Please send the body uncompressed.")
    too_large = web.HTTPRequestEntityTooLarge(
        max_size=at_most,
        actual_size=request.content_length or at_most,
        reason=f"The body is larger than {at_most // MIB} MiB.",
    )
    if request.content_length and request.content_length > at_most:
        raise too_large
    body, budget = bytearray(), budget or Budget(at_most + MIB)
    try:
        async with asyncio.timeout(within):
            async for chunk in request.content.iter_any():
                budget.take(len(chunk))
                body += chunk
                if len(body) > at_most:
                    raise too_large
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="The body did not arrive in time.") from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Malformed("the body broke off") from error
    finally:
        budget.left += len(body)
    return bytes(body)

"""How is a body read? Raw, whole, within a size and a time, and never unpacked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bot.ports import Malformed

MIB = 1 << 20
SECONDS = 20


@dataclass(slots=True, eq=False)
class Reading:
    """A body under way, and the bytes of it that are held."""

    limit: asyncio.Timeout
    held: int = 0

    def break_off(self) -> None:
        self.limit.reschedule(asyncio.get_running_loop().time())


@dataclass(slots=True)
class Budget:
    """Bytes that may still be held of bodies under way.

    Where they run out, room is made by breaking off what has been under way longest: whoever sends
    in earnest is done in a moment, and whoever only holds on keeps nobody out.
    """

    left: int
    _readings: dict[Reading, None] = field(default_factory=dict)

    @contextmanager
    def reading(self, within: float) -> Iterator[Reading]:
        reading = Reading(asyncio.timeout(within))
        self._readings[reading] = None
        try:
            yield reading
        finally:
            self._let_go(reading)

    def take(self, size: int, reading: Reading) -> None:
        """Raises the 503 that asks to come again."""
        while size > self.left and (other := self._oldest_but(reading)):
            other.break_off()
            self._let_go(other)
        if size > self.left:
            raise web.HTTPServiceUnavailable(
                reason="Too much is being read just now; please try again.",
                headers={"Retry-After": "5"},
            )
        self.left -= size
        reading.held += size

    def _oldest_but(self, reading: Reading) -> Reading | None:
        return next((other for other in self._readings if other is not reading), None)

    def _let_go(self, reading: Reading) -> None:
        self._readings.pop(reading, None)
        self.left += reading.held
        reading.held = 0


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
        with budget.reading(within) as reading:
            async with reading.limit:
                async for chunk in request.content.iter_any():
                    budget.take(len(chunk), reading)
                    body += chunk
                    if len(body) > at_most:
                        raise too_large
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="The body did not arrive in time.") from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Malformed("the body broke off") from error
    return bytes(body)

"""How does somebody wait until a thing has happened?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LOOK_AGAIN = 0.005  # seconds; a condition may also look at things that ring no bell


class Bell:
    """Rung on each change; ``count`` says how many there have been."""

    def __init__(self) -> None:
        self.count = 0
        self._next = asyncio.Event()

    def ring(self) -> None:
        self.count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def heard(self, seconds: float) -> bool:
        """Wait for the next ring; False if it stayed quiet that long."""
        waiting = self._next
        try:
            async with asyncio.timeout(seconds):
                await waiting.wait()
        except TimeoutError:
            return False
        return True

    async def until(self, condition: Callable[[], T], seconds: float) -> T:
        """The first truthy answer of the condition; TimeoutError if there is none in time."""
        async with asyncio.timeout(seconds):
            while not (answer := condition()):
                await self.heard(_LOOK_AGAIN)
        return answer

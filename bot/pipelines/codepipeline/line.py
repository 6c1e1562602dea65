"""Who goes next where few may go at a time? What was asked for most often.

A stranger can ask for many things, but for each of them only as often as they send something. What
is needed is asked for again and again: so it comes to the front, however many strangers there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class Full(Exception):
    """It cannot be taken now: others were asked for as often, or it waited too long."""


@dataclass(slots=True, kw_only=True)
class Line:
    """`at_once` go at a time, `longest` wait, for so many `seconds` at most. How often each was asked
    for is remembered of `remembered`, which are more than can wait.
    """

    at_once: int
    longest: int
    seconds: float
    remembered: int
    _inside: int = 0
    _asked: dict[str, int] = field(default_factory=dict)
    _waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    def ask(self, name: str) -> None:
        """Somebody asked for it, once more."""
        self._asked[name] = self._asked.get(name, 0) + 1
        if len(self._asked) > self.remembered:
            idle = (it for it in self._asked if it != name and it not in self._waiting)
            del self._asked[min(idle, key=self._times)]

    def forget(self, name: str) -> None:
        """It needs no turn any more."""
        self._asked.pop(name, None)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """One that was asked for, once at a time. Raises Full."""
        if self._inside < self.at_once:
            self._inside += 1
        else:
            await self._wait(name)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, name: str) -> None:
        if len(self._waiting) >= self.longest:
            self._make_room(name)
        turn = self._waiting[name] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self.seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and not turn.exception():
                self._next()  # it was its turn just when it went away
            if isinstance(error, TimeoutError):
                raise Full from None
            raise
        finally:
            self._waiting.pop(name, None)

    def _make_room(self, name: str) -> None:
        least = min(self._waiting, key=self._times)
        if self._times(least) >= self._times(name):
            raise Full
        self._waiting.pop(least).set_exception(Full())

    def _next(self) -> None:
        """Its place is the next one's."""
        if self._waiting:
            most = max(self._waiting, key=self._times)
            self._waiting.pop(most).set_result(None)
        else:
            self._inside -= 1

    def _times(self, name: str) -> int:
        return self._asked.get(name, 0)

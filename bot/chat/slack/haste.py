"""How long does Slack still wait for our answer? All that is asked before it shares the time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.domain.errors import PerhapsStored
from bot.engine.ailments import as_refusal

T = TypeVar("T")

log = logging.getLogger(__name__)

SECONDS = 2.2
"""Slack waits three; the rest is for our own work, and the way there and back."""

OURS = 0.2
"""What is asked ends in time by itself; what we store has so much longer."""

HALF = 0.5
"""Of the time, for whoever asks two things that do not know of each other."""


@dataclass(frozen=True, slots=True)
class Haste:
    """`ends` is by the clock of the loop."""

    ends: float

    @property
    def left(self) -> float:
        """Seconds; nothing can be asked any more once it is nought."""
        return max(self.ends - asyncio.get_running_loop().time(), 0.0)


async def in_time(deed: Coroutine[Any, Any, T], haste: Haste) -> T:
    """Raises PerhapsStored where Slack would not wait for it, and it goes on all the same; and what
    ails the database, as a Refusal.
    """
    doing = asyncio.create_task(deed)
    doing.add_done_callback(_look_at)
    await asyncio.wait([doing], timeout=haste.left + OURS)
    if not doing.done():
        raise PerhapsStored
    try:
        return doing.result()
    except Exception as error:
        if refusal := as_refusal(error):
            raise refusal from error
        raise


def _look_at(doing: asyncio.Task[Any]) -> None:
    """Whoever was not waited for any more may fail: they were told that nobody knows."""
    if not doing.cancelled() and (error := doing.exception()):
        log.info("what was pressed came to %s", type(error).__name__)


def hurry(share: float = 1.0) -> Haste:
    """From now on, with so much of the time."""
    return Haste(asyncio.get_running_loop().time() + SECONDS * share)

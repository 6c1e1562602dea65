"""What may be done after Slack has its answer? Courtesies: none of them changes what is decided."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.chat.slack.api import SlackRefused
from bot.ports import Unreachable

log = logging.getLogger(__name__)

AT_THE_END = 1.0
"""Seconds for those under way."""


@dataclass(frozen=True, slots=True)
class Errands:
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def run(self, name: str, errand: Coroutine[Any, Any, None]) -> None:
        """Begin it, and keep hold of it until it is done."""
        task = asyncio.create_task(_tried(name, errand), name=name)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def finish(self) -> None:
        """Wait for those under way, but not for what hangs."""
        if self._under_way:
            _, hanging = await asyncio.wait(self._under_way, timeout=AT_THE_END)
            for task in hanging:
                task.cancel()


async def _tried(name: str, errand: Coroutine[Any, Any, None]) -> None:
    try:
        await errand
    except (SlackRefused, Unreachable) as problem:
        log.warning("%s: %s", name, problem)

"""How do we wait for somebody who signs elsewhere, and for nothing else meanwhile?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.ports import Unreachable

T = TypeVar("T")

AT_MOST = 15.0
"""Seconds, with the wait for those who were first."""

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="signing")
"""Of its own: who hangs here must not keep those waiting who read a large change."""


async def aside(ask: Callable[[], T]) -> T:
    """Raises Unreachable where it takes too long, and what `ask` raises."""
    try:
        async with asyncio.timeout(AT_MOST):
            return await asyncio.get_running_loop().run_in_executor(_THREADS, ask)
    except TimeoutError:
        raise Unreachable(f"the key service took more than {AT_MOST:.0f} seconds") from None

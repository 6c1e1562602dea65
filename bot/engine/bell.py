"""Who has to know that something changed?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Bell:
    """Rung after every commit. Those who wait for one signoff are woken, and every listener."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._neighbours: Callable[[tuple[str, ...]], None] = lambda _: None

    def tell(self, neighbours: Callable[[tuple[str, ...]], None]) -> None:
        """Other processes on the same database hear of it, too."""
        self._neighbours = neighbours

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every ring; it must be quick."""
        self._listeners.append(listener)

    def ring(self, *signoff_ids: str) -> None:
        """Here and next door."""
        self.ring_here(signoff_ids)
        self._neighbours(signoff_ids)

    def ring_here(self, signoff_ids: tuple[str, ...]) -> None:
        for signoff_id in signoff_ids:
            for event in self._waiting.get(signoff_id, ()):
                event.set()
        for listener in self._listeners:
            listener()

    @contextmanager
    def heard(self, signoff_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when it rings for this signoff."""
        event = asyncio.Event()
        self._waiting.setdefault(signoff_id, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[signoff_id].discard(event)
            if not self._waiting[signoff_id]:
                del self._waiting[signoff_id]

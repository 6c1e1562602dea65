"""Is our clock right? It is compared with whatever else says what time it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another clock. `ahead` says by how many seconds it is ahead of ours, None: nobody knows.

    From more than `most` on somebody should look; from `wrong` on, messages are refused for it.
    """

    name: str
    ahead: Callable[[], float | None]
    most: float
    wrong: float | None = None


@dataclass(frozen=True, slots=True)
class Clocks:
    others: tuple[Other, ...] = ()
    _told: set[str] = field(default_factory=set)

    @property
    def offsets(self) -> Mapping[str, float]:
        """By the names of those that are known."""
        found = ((it.name, it.ahead()) for it in self.others)
        return {name: offset for name, offset in found if offset is not None}

    @property
    def warnings(self) -> list[str]:
        return [*self._off(wrong=False).values()]

    @property
    def problems(self) -> list[str]:
        """Because of which nothing can be done."""
        return [*self._off(wrong=True).values()]

    async def beat(self) -> None:
        """As a duty of the heartbeat: each is said once, until it is right again."""
        off = {**self._off(wrong=False), **self._off(wrong=True)}
        for name in off.keys() - self._told:
            log.error("%s", off[name])
        for name in self._told - off.keys():
            log.info("the clock of %s and ours agree again", name)
        self._told.clear()
        self._told.update(off)

    def _off(self, *, wrong: bool) -> dict[str, str]:
        offsets = self.offsets
        return {
            it.name: _said(it, offsets[it.name])
            for it in self.others
            if it.name in offsets and abs(offsets[it.name]) > it.most
            if wrong is (it.wrong is not None and abs(offsets[it.name]) >= it.wrong)
        }


def _said(other: Other, offset: float) -> str:
    way = "ahead of" if offset > 0 else "behind"
    lead = f"the clock of {other.name} is {abs(offset):.0f} seconds {way} ours"
    refused = other.wrong is not None and abs(offset) >= other.wrong
    return f"{lead}: what it signs is refused" if refused else lead

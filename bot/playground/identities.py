"""Where do new ids, message timestamps and secrets of this workspace come from?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from bot.playground.rules import Json


class Mint:
    """Ids in order of need: the same run gives the same ids."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._numbers: Iterator[int] = count(1)
        self._last = (0, 0)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock().timestamp()

    def ts(self) -> str:
        """A message timestamp; later than every other one, even on a clock that stands still."""
        second = int(self.now())
        last_second, last_part = self._last
        if second > last_second:
            self._last = (second, 100)
        else:
            self._last = (last_second, last_part + 100)
        return f"{self._last[0]}.{self._last[1]:06d}"

    def id(self, prefix: str) -> str:
        return f"{prefix}0{next(self._numbers):05d}"

    def number(self) -> int:
        return next(self._numbers)

    def name_all(self, blocks: Iterable[Json]) -> list[Json]:
        """The blocks with an id on each block and each element that has none, as Slack adds them."""
        return [self._named(block) for block in blocks]

    def _named(self, block: Json) -> Json:
        named = {"block_id": f"b{self.number()}", **block}
        if block["type"] == "actions":
            named["elements"] = [self._with_action(one) for one in block["elements"]]
        for slot in ("accessory", "element"):
            if slot in block and block[slot]["type"] != "image":
                named[slot] = self._with_action(block[slot])
        return named

    def _with_action(self, element: dict[str, Any]) -> Json:
        return {"action_id": f"a{self.number()}", **element}

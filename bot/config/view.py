"""What stands where in plain values? Asking for what is not there gives emptiness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.config.mistakes import Path

Found = Iterator[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class View:
    """A plain value and where it stands."""

    value: object
    path: Path = ()

    @property
    def name(self) -> str:
        return str(self.path[-1])

    def __getitem__(self, key: str) -> View:
        inner = self.value.get(key) if isinstance(self.value, dict) else None
        return View(inner, (*self.path, key))

    def entries(self) -> dict[str, View]:
        keys = self.value if isinstance(self.value, dict) else {}
        return {key: self[key] for key in keys}

    def items(self) -> list[View]:
        """The values of a list; anything else stands for a list of itself."""
        if isinstance(self.value, list):
            return [View(item, (*self.path, i)) for i, item in enumerate(self.value)]
        return [] if self.value is None else [self]

    def texts(self) -> list[tuple[str, Path]]:
        return [(item.value, item.path) for item in self.items() if isinstance(item.value, str)]

    def numbers(self) -> list[tuple[str, Path]]:
        return [(str(item.value), item.path) for item in self.items() if type(item.value) is int]

    def everything(self) -> Iterator[View]:
        """All that stands below, from top to bottom."""
        below = self.items() if isinstance(self.value, list) else self.entries().values()
        for view in below:
            yield view
            yield from view.everything()


def located(path: Path, data: object) -> Path:
    """A path without the positions of values that stand without the brackets of their list."""
    kept: list[str | int] = []
    for step in path:
        if isinstance(step, int) and not isinstance(data, list):
            continue
        kept.append(step)
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            data = None
    return tuple(kept)

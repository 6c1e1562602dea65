"""Where do the words beside the marks of a chart stand, so that all of them can be read?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from xml.etree.ElementTree import Element

from bot.domain.seeing.chart import Kind

LETTER_WIDE = 7.2
"""Pixels of a letter, no fewer than it has."""

LINE = 16
"""Pixels from one word down to the next."""

ABOVE, BESIDE, DOWN = 6, 8, 4.5

AXIS = 48
"""Pixels of what stands at an upright axis."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a picture is, in pixels, and how many letters of a name it has room for."""

    name_of: str
    width: int
    height: int
    name: int

    @property
    def is_wide(self) -> bool:
        return self.name_of == "wide"

    def every(self, labels: Sequence[str], end: float) -> int:
        """Each how many-th label of an axis there is room for."""
        wide = max(map(len, labels)) * LETTER_WIDE + BESIDE
        return ceil(len(labels) * wide / max(wide, self.width - end - AXIS))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of pygal's, the shape that it belongs to, and what it says."""

    element: Element
    shape: Element
    text: str

    @property
    def width(self) -> float:
        return len(self.text) * LETTER_WIDE

    def number(self, name: str) -> float:
        return float(self.shape.get(name, "0"))

    def put(self, x: float, y: float, anchor: str) -> None:
        self.element.text = self.text
        for name, value in (("x", f"{x:.1f}"), ("y", f"{y:.1f}"), ("text-anchor", anchor)):
            self.element.set(name, value)


def placed(words: Sequence[Word], kind: Kind) -> None:
    match kind:
        case Kind.LINES:
            _at_the_end(words)
        case Kind.RANGES:
            _above_the_dot(words)
        case Kind.BARS:
            _on_top(words)
        case Kind.ACROSS:
            _after(words)
        case Kind.STACKED_ACROSS:
            _inside(words)
        case Kind.STACKED:
            pass  # as many numbers as marks would hide them


def _at_the_end(words: Sequence[Word]) -> None:
    """One under the other, whatever their lines do."""
    free = 0.0
    for word in sorted(words, key=lambda it: it.number("cy")):
        y = max(word.number("cy") + DOWN, free)
        word.put(word.number("cx") + BESIDE, y, "start")
        free = y + LINE


def _above_the_dot(words: Sequence[Word]) -> None:
    for word in words:
        x = max(word.number("cx"), word.width / 2)
        word.put(x, word.number("cy") - ABOVE - BESIDE / 2, "middle")


def _on_top(words: Sequence[Word]) -> None:
    """Left out where there is no room for them: the table has them."""
    for word in words:
        if word.width <= word.number("width") + BESIDE:
            middle = word.number("x") + word.number("width") / 2
            word.put(middle, word.number("y") - ABOVE, "middle")


def _after(words: Sequence[Word]) -> None:
    for word in words:
        y = word.number("y") + word.number("height") / 2 + DOWN
        word.put(word.number("x") + word.number("width") + BESIDE, y, "start")


def _inside(words: Sequence[Word]) -> None:
    for word in words:
        wide, high = word.number("width"), word.number("height")
        if word.width + BESIDE <= wide and high >= LINE:
            y = word.number("y") + high / 2 + DOWN
            word.put(word.number("x") + wide / 2, y, "middle")

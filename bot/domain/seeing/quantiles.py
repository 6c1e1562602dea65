"""How long did half of them take, and nine of ten? By nearest rank: a value that there was."""

from __future__ import annotations

from collections.abc import Sequence

ENOUGH = 5
"""Of fewer than that, nothing is said but how many there are."""


def rank(ordered: Sequence[int], of_hundred: int) -> int:
    """So many of a hundred are no larger; `ordered` is not empty, smallest first."""
    return ordered[-(-len(ordered) * of_hundred // 100) - 1]


def half(ordered: Sequence[int]) -> int | None:
    """None where there are too few."""
    return rank(ordered, 50) if len(ordered) >= ENOUGH else None


def nine_of_ten(ordered: Sequence[int]) -> int | None:
    return rank(ordered, 90) if len(ordered) >= ENOUGH else None

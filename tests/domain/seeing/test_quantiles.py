"""Nearest rank: what is said took somebody exactly that long."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from bot.domain.figures import ninetieth
from bot.domain.seeing.quantiles import half, nine_of_ten, rank


def test_the_ordinal_rank_of_a_known_list() -> None:
    """The list of Wikipedia's "Percentile", by the nearest-rank method."""
    ordered = [15, 20, 35, 40, 50]
    assert [rank(ordered, it) for it in (5, 30, 40, 50, 100)] == [15, 20, 20, 35, 50]
    ten = [3, 6, 7, 8, 8, 10, 13, 15, 16, 20]
    assert [rank(ten, it) for it in (25, 50, 75, 100)] == [7, 8, 15, 20]


@pytest.mark.parametrize("number", [5, 6, 9, 10, 11, 19, 20, 99, 100, 101])
def test_as_many_as_it_says_took_no_longer(number: int) -> None:
    ordered = list(range(1, number + 1))
    found = nine_of_ten(ordered)
    assert found == math.ceil(number * 9 / 10)
    assert half(ordered) == math.ceil(number / 2)
    assert ninetieth([timedelta(seconds=it) for it in ordered]) == timedelta(seconds=found)


def test_of_too_few_nothing_is_said() -> None:
    assert half([1, 2, 3, 4]) is nine_of_ten([1, 2, 3, 4]) is None
    assert half([1, 2, 3, 4, 5]) == 3

"""Numbers as people say them."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.seeing.chart import Cell, Unit
from bot.domain.seeing.saying import counted, listed, said


@pytest.mark.parametrize(
    ("cell", "unit", "words"),
    [
        (None, Unit.LENGTH, "–"),
        (0, Unit.LENGTH, "0 s"),
        (59, Unit.LENGTH, "59 s"),
        (60, Unit.LENGTH, "1 min"),
        (61, Unit.LENGTH, "2 min"),
        (3600, Unit.LENGTH, "1 h"),
        (12_000, Unit.LENGTH, "3 h 20 min"),
        (172_800, Unit.LENGTH, "48 h"),
        (172_801, Unit.LENGTH, "2 d 1 h"),
        (259_200, Unit.LENGTH, "3 d"),
        (2400, Unit.WORK, "40 min"),
        (3600, Unit.WORK, "1 h"),
        (5400, Unit.WORK, "1.5 h"),
        (35_996, Unit.WORK, "10 h"),
        (111_600, Unit.WORK, "31 h"),
        (7_200_000, Unit.WORK, "2,000 h"),
        (0.0, Unit.SHARE, "0 %"),
        (0.004, Unit.SHARE, "under 1 %"),
        (0.005, Unit.SHARE, "1 %"),
        (0.0732, Unit.SHARE, "7 %"),
        (0.996, Unit.SHARE, "over 99 %"),
        (1.0, Unit.SHARE, "100 %"),
        (1234, Unit.NUMBER, "1,234"),
        ("a rule", Unit.WORDS, "a rule"),
        (date(2026, 11, 2), Unit.WEEK, "2 Nov"),
    ],
)
def test_a_cell(cell: Cell, unit: Unit, words: str) -> None:
    assert said(cell, unit) == words


def test_words_around_numbers() -> None:
    assert counted(1, "rule") == "1 rule"
    assert counted(2000, "rule") == "2,000 rules"
    assert counted(2, "entry", "entries") == "2 entries"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"

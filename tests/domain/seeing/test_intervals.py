"""Wilson's interval, against figures worked out elsewhere, and what is said of two of them."""

from __future__ import annotations

import pytest

from bot.domain.seeing.intervals import NO_CHANCE, PERHAPS_CHANCE, Rate, compared, rate


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (3, 41, 0.0252, 0.1943),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (0, 1, 0.0, 0.7935),
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_known_intervals(hits: int, of: int, low: float, high: float) -> None:
    found = Rate(hits, of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize("of", [1, 2, 7, 40, 5000])
def test_it_holds_the_share_and_stays_within_0_and_1(of: int) -> None:
    for hits in range(0, of + 1, max(1, of // 20)):
        found = Rate(hits, of)
        assert 0 <= found.low <= found.share <= found.high <= 1


def test_of_none_there_is_no_rate() -> None:
    assert rate(0, 0) is None
    assert rate(0, 1) == Rate(0, 1)
    for hits, of in ((0, 0), (2, 1), (-1, 1)):
        with pytest.raises(ValueError, match="is no rate"):
            Rate(hits, of)


def test_it_is_said_with_its_counts() -> None:
    assert Rate(3, 41).said("failed") == "3 of 41 failed: 7 %, likely between 3 and 19 %"
    assert Rate(0, 10).said("failed") == "0 of 10 failed: 0 %, likely between 0 and 28 %"
    assert Rate(1, 1200).said("failed").startswith("1 of 1,200 failed: under 1 %, ")
    assert Rate(999, 1000).said("were in time").startswith("999 of 1,000 were in time: over 99 %,")


def test_two_rates_may_differ_by_chance_unless_their_intervals_are_apart() -> None:
    few, many = Rate(3, 41), Rate(60, 820)
    assert compared(few, many) == compared(many, few) == PERHAPS_CHANCE
    assert compared(few, Rate(600, 820)) == compared(Rate(600, 820), few) == NO_CHANCE
    assert "It does not say why" in NO_CHANCE

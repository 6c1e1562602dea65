"""Is every month lawful, whatever breaks in it? Ten thousand: `python -m tests.faults.simulation`."""

from __future__ import annotations

import pytest

from tests.faults.simulation.month import simulate
from tests.faults.simulation.trial import EPISODES, story, try_all

LOTS, MONTHS_EACH = 15, 100
AT_LEAST = 3
"""Of every episode, in each lot."""


@pytest.mark.parametrize("lot", range(LOTS))
def test_every_month_is_lawful_and_full_of_trouble(lot: int) -> None:
    bad, counts = try_all(range(lot * MONTHS_EACH, (lot + 1) * MONTHS_EACH))
    if bad is not None:
        pytest.fail(story(bad))
    assert {what: counts[what] for what in EPISODES if counts[what] < AT_LEAST} == {}


def test_a_seed_is_the_same_month_again() -> None:
    assert simulate(11).evidence == simulate(11, telling=True).evidence


def test_a_story_says_what_happened_and_how_to_see_it_again() -> None:
    told = story(11)
    assert "presses click-" in told
    assert told.endswith("Again: python -m tests.faults.simulation --seed 11")

"""Figures about signoffs: are they right, and silent where there is too little to say?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.figures import ENOUGH, Case, figures_of, middle, ninetieth
from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskTier
from bot.domain.signoff import Status
from tests.builders import NOW, minutes


def a_case(status: Status = Status.APPROVED, after: float | None = 10, **facts: Any) -> Case:
    """Decided by a review so many minutes after it was opened."""
    at = None if after is None else NOW + minutes(after)
    known: dict[str, Any] = {
        "opened_at": NOW,
        "status": status,
        "ai": AiStatus.UNDECLARED,
        "groups": frozenset({"payments-seniors"}),
        "tier": RiskTier.NORMAL,
        "asked": 2,
        "decided_at": at,
        "reviewed_at": at,
    }
    return Case(**{**known, **facts})


def test_of_nothing_there_are_no_figures() -> None:
    figures = figures_of([])
    assert figures.cases == 0
    assert (figures.decided_in, figures.decided_in_90, figures.reviewed_in) == (None, None, None)
    assert (figures.in_time, figures.asked) == (None, None)


@pytest.mark.parametrize(("number", "said"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_below_five_nothing_is_said_but_how_many(number: int, said: bool) -> None:
    figures = figures_of([a_case()] * number)
    assert figures.statuses[Status.APPROVED] == number
    for figure in (
        figures.decided_in,
        figures.decided_in_90,
        figures.reviewed_in,
        figures.in_time,
        figures.asked,
    ):
        assert (figure is not None) is said


def test_the_median_and_nine_of_ten() -> None:
    figures = figures_of(a_case(after=n) for n in range(1, 11))
    assert figures.decided_in == minutes(5.5)
    assert figures.decided_in_90 == minutes(9)


def test_what_was_carried_on_took_nobody_any_time() -> None:
    decided = [a_case(after=60)] * 5
    carried = [a_case(after=0, reviewed_at=None)] * 5
    assert figures_of([*decided, *carried]).decided_in == minutes(60)
    assert figures_of([*decided, *carried]).statuses[Status.APPROVED] == 10


def test_what_nobody_decided_is_no_decision() -> None:
    others = [Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN, Status.NOT_REQUIRED]
    slow = [a_case(status, after=9000) for status in others for _ in range(5)]
    assert figures_of([*[a_case(after=10)] * 5, *slow]).decided_in == minutes(10)


def test_the_first_review_counts_though_more_were_needed() -> None:
    waiting = a_case(Status.PENDING, decided_at=None, reviewed_at=NOW + minutes(3))
    assert figures_of([waiting] * 5).reviewed_in == minutes(3)
    assert figures_of([waiting] * 5).decided_in is None


def test_in_time_is_what_people_decided_of_what_they_decided_or_let_expire() -> None:
    cases = [
        *[a_case()] * 2,
        a_case(Status.REJECTED),
        a_case(Status.EXPIRED, reviewed_at=None),
        a_case(Status.EXPIRED, reviewed_at=None),
        *[a_case(Status.SUPERSEDED, reviewed_at=None)] * 20,
    ]
    assert figures_of(cases).in_time == 3 / 5


def test_who_was_asked_is_counted_where_anybody_had_to_sign() -> None:
    nobody = [a_case(Status.NOT_REQUIRED, asked=0)] * 50
    assert figures_of([*[a_case(asked=3)] * 5, *nobody]).asked == 3


def test_how_ai_helped_and_how_risky_it_was_is_counted() -> None:
    cases = [
        a_case(ai=AiStatus.ASSISTED, tier=RiskTier.HIGH),
        a_case(ai=AiStatus.ASSISTED, tier=None),
        a_case(ai=AiStatus.DECLARED_HUMAN, tier=RiskTier.HIGH),
    ]
    figures = figures_of(cases)
    assert figures.ai == {AiStatus.ASSISTED: 2, AiStatus.DECLARED_HUMAN: 1}
    assert figures.tiers == {RiskTier.HIGH: 2, None: 1}


_LENGTHS = st.lists(st.integers(0, 10**7).map(lambda s: timedelta(seconds=s)), min_size=1)


@given(lengths=_LENGTHS)
def test_nine_of_ten_took_no_longer_and_it_is_one_that_there_was(
    lengths: list[timedelta],
) -> None:
    found = ninetieth(sorted(lengths))
    assert found in lengths
    assert sum(it <= found for it in lengths) * 10 >= len(lengths) * 9
    assert sum(it < found for it in lengths) * 10 < len(lengths) * 9
    assert middle(lengths) <= found or len(lengths) < 3

"""Is the chat never asked for more than it takes, and is what is urgent let through?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.pacing import REST, Pacing
from bot.ports import Limit, Pace
from storage.surfaces import CHANGING, DRAWING
from tests.builders import NOW

SECOND = timedelta(seconds=1)
PACE = Pace(
    post=Limit(2, SECOND), change=Limit(5, timedelta(seconds=10), reserved=2), home=Limit(1, SECOND)
)
LANES = ("post C0PAY", CHANGING, DRAWING)


def taken(pacing: Pacing, lane: str, tries: int, *, urgent: bool = False) -> int:
    return sum(pacing.take(lane, NOW, urgent=urgent) for _ in range(tries))


@pytest.mark.parametrize(("lane", "most"), [(LANES[0], 2), (LANES[1], 3), (LANES[2], 1)])
def test_so_many_at_once_and_no_more(lane: str, most: int) -> None:
    assert taken(Pacing(PACE), lane, 9) == most


def test_what_is_urgent_has_what_is_reserved_for_it() -> None:
    pacing = Pacing(PACE)
    assert taken(pacing, CHANGING, 9) == 3
    assert pacing.closed(NOW) == set()
    assert taken(pacing, CHANGING, 9, urgent=True) == 2
    assert pacing.closed(NOW) == {CHANGING}


def test_lanes_do_not_wait_for_each_other() -> None:
    pacing = Pacing(PACE)
    assert taken(pacing, "post C0PAY", 9) == taken(pacing, "post C0PLAT", 9) == 2


def test_it_opens_when_the_oldest_call_is_old_enough() -> None:
    pacing = Pacing(PACE)
    assert pacing.opens(NOW) is None
    taken(pacing, "post C0PAY", 9)
    assert pacing.opens(NOW) == NOW + SECOND
    assert not pacing.take("post C0PAY", NOW + SECOND / 2, urgent=True)
    assert pacing.take("post C0PAY", NOW + SECOND, urgent=False)


def test_what_had_not_to_be_said_was_not_said() -> None:
    pacing = Pacing(PACE)
    assert taken(pacing, "post C0PAY", 9) == 2
    pacing.give_back("post C0PAY")
    pacing.give_back("post C0PLAT")
    assert taken(pacing, "post C0PAY", 9) == 1
    for _ in range(3):
        pacing.give_back("post C0PAY")
    assert (pacing.closed(NOW), pacing.opens(NOW)) == (set(), None)


def test_a_lane_that_rests_takes_nothing_for_a_moment() -> None:
    pacing = Pacing(PACE)
    pacing.rest("post C0PAY", NOW)
    assert pacing.closed(NOW) == {"post C0PAY"}
    assert pacing.opens(NOW) == NOW + REST
    assert pacing.closed(NOW + REST) == set()


def test_lanes_that_were_not_used_lately_are_forgotten() -> None:
    pacing = Pacing(PACE)
    for number in range(100):
        pacing.take(f"post C{number}", NOW, urgent=False)
    pacing.closed(NOW + SECOND)
    assert pacing._calls == {}


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 700), st.sampled_from(LANES), st.booleans()), max_size=80
    )
)
def test_no_span_ever_holds_more_than_the_limit(steps: list[tuple[int, str, bool]]) -> None:
    pacing, now, made = Pacing(PACE), NOW, []
    limits = dict(zip(LANES, (PACE.post, PACE.change, PACE.home), strict=True))
    for wait, lane, urgent in steps:
        now += timedelta(milliseconds=wait)
        closed = pacing.closed(now)
        if pacing.take(lane, now, urgent=urgent):
            assert lane not in closed
            made.append((lane, now))
    for lane, limit in limits.items():
        calls = [at for name, at in made if name == lane]
        for first in calls:
            assert sum(first <= at < first + limit.within for at in calls) <= limit.count

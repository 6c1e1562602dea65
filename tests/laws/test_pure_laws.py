"""Do the laws hold for every life of a signoff that anybody can think of? (ARCHITECTURE.md lists them.)"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import lifecycle
from bot.domain.errors import Refusal
from bot.domain.events import Opened, Reviewed
from bot.domain.lifecycle import advance
from bot.domain.people import Standing
from bot.domain.quorum import tally
from bot.domain.signoff import Ask, Status
from tests.builders import (
    LEVELS,
    NOW,
    a_requirement,
    a_review,
    a_signoff,
    after,
    approves,
    hours,
    minutes,
    time_passes,
)
from tests.laws.law import check_life
from tests.laws.lives import Maker, cases

_WORDS = st.sampled_from(["senior", "mid", "guest", "", "Senior", "senior ", "principal"])
_GROUPS = st.frozensets(st.sampled_from(["payments-seniors", "platform", "", "x"]))


@settings(max_examples=600, deadline=None)
@given(case=cases())
def test_every_life_keeps_the_laws(case: tuple[Opened, list[Maker]]) -> None:
    """Laws 1, 2, 4, 5, 6 and 7, step by step, against a second opinion."""
    check_life(lifecycle, *case)


@given(level=_WORDS, wanted=_WORDS, groups=_GROUPS, circle=_GROUPS)
def test_an_unknown_level_or_group_never_approves(
    level: str, wanted: str, groups: frozenset[str], circle: frozenset[str]
) -> None:
    """Law 7: whatever is unknown means not approved."""
    asks = (Ask(approvals=1, level=wanted, groups=circle),)
    signoff = a_signoff(requirement=a_requirement(*asks, wider=frozenset()))
    who = Standing(person="ada", level=level, groups=groups)
    known = level in LEVELS and wanted in LEVELS and groups & circle
    try:
        step = advance(signoff, _by(who))
    except Refusal:
        assert not known or LEVELS.index(level) < LEVELS.index(wanted)
    else:
        assert known
        assert step.signoff.status is Status.APPROVED


def _by(who: Standing) -> Reviewed:
    return replace(approves(who.person), standings=(who,))


@given(people=st.lists(st.sampled_from(["ada", "grace", "pat", "x"]), max_size=6))
def test_without_standings_nobody_counts(people: list[str]) -> None:
    signoff = a_signoff()
    reviews = tuple(a_review(person) for person in people)
    assert tally(replace(signoff, reviews=reviews), ()) is Status.PENDING


@given(late=st.integers(0, 10**6), seen=st.booleans())
def test_no_click_at_or_after_the_expiry_counts_whether_anybody_noticed_or_not(
    late: int, seen: bool
) -> None:
    """Law 6: the scheduler may be as late as it likes."""
    moment = NOW + hours(8) + minutes(late)
    signoff = after(a_signoff(), time_passes(moment)) if seen else a_signoff()
    try:
        step = advance(signoff, approves("ada", at=moment))
    except Refusal:
        return
    raise AssertionError(f"a late click made it {step.signoff.status}")
